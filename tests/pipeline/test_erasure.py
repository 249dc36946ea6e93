"""Which steps saw a document, and erasing documents from a run that has been trained."""

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from soofi.corpus import corpus_shards, make_corpus
from soofi.ledger import RunDirectory, verify_run
from soofi.pipeline import erasure
from soofi.pipeline.erasure import erase, finish_erasure
from soofi.pipeline.exposure import where
from soofi.recipe import load_recipe, load_resolved
from soofi.tokenizer import open_tokenizer
from soofi.tokens import IGNORED_LABEL, Loader, Sampler, StageTable, find_tokens, open_streams


@pytest.fixture
def run(finished, tmp_path) -> RunDirectory:
    shutil.copytree(finished.directory, tmp_path / "smoke")
    return RunDirectory(tmp_path / "smoke")


def documents(run: RunDirectory) -> list[dict]:
    return [row for shard in corpus_shards(run.corpus) for row in pq.read_table(shard.path).to_pylist()]


def loader(run: RunDirectory) -> Loader:
    table = StageTable.from_values(json.loads(run.stage_table.read_text()))
    tokenizer = open_tokenizer(run.tokenizer)
    streams = open_streams(run.tokens, "train")
    goldfish = load_resolved(run.recipe).train.loss.goldfish
    return Loader(Sampler(table), streams, tokenizer.eod_id, tokenizer.pad_id, goldfish=goldfish)


def steps(run: RunDirectory) -> list[tuple[np.ndarray, np.ndarray]]:
    loads = loader(run)
    table = loads._sampler.table
    batches = [loads.step(step).micro_batches[0] for step in range(table.steps)]
    return [(batch.tokens, batch.labels) for batch in batches]


def bytes_of(directory: Path) -> list[bytes]:
    found = []
    for path in sorted(directory.rglob("*")):
        if path.suffix == ".parquet":
            found.append(repr(pq.read_table(path).to_pylist()).encode())
        elif path.is_file():
            found.append(path.read_bytes())
    return found


@pytest.fixture
def chosen(run) -> list[dict]:
    """A long and a short training document, and one held out."""
    training = sorted((d for d in documents(run) if d["split"] == "train"), key=lambda d: len(d["text"]))
    held_out = next(d for d in documents(run) if d["split"] == "validation")
    return [training[-1], training[0], held_out]


def test_every_step_that_saw_a_document_is_named_and_no_other(run, chosen) -> None:
    tokenizer = open_tokenizer(run.tokenizer)
    exposures = where(run, [document["id"] for document in chosen])
    batches = steps(run)
    for document, exposure in zip(chosen, exposures, strict=True):
        assert exposure.corpus is not None and exposure.corpus.split == document["split"]
        (place,) = exposure.tokens
        written = [*tokenizer.encode_batch([document["text"]])[0], tokenizer.eod_id]
        assert place.tokens == len(written)
        if document["split"] == "validation":
            assert exposure.steps == () and exposure.checkpoints == ()
    # Overwrite the document with an id that nothing else has, and look for it in every batch.
    place = exposures[0].tokens[0]
    data = np.memmap(run.tokens / place.path, "<u2", "r+")
    data[place.offset : place.offset + place.tokens] = 65_000
    data.flush()
    seen = [
        step for step, (tokens, labels) in enumerate(steps(run), 1) if 65_000 in tokens or 65_000 in labels
    ]
    assert list(exposures[0].steps) == seen and len(batches) > len(seen) > 0
    assert exposures[0].checkpoints[-1] == max(path.name for path in run.checkpoints.glob("step-*"))


def test_erased_documents_are_nowhere_and_nothing_else_moves(run, chosen, soofi) -> None:
    before, geometry = steps(run), sorted(run.tokens.rglob("*.idx"))
    idx = [path.read_bytes() for path in geometry]
    places = find_tokens(run.tokens, [document["id"] for document in chosen])
    said: list[str] = []
    receipt = erase(run, [document["id"] for document in chosen], said.append)
    assert receipt is not None and "3 documents left the corpus, 3 were overwritten" in said[-1]

    left = documents(run)
    assert not {document["id"] for document in chosen} & {row["id"] for row in left}
    tokenizer = open_tokenizer(run.tokenizer)
    everything = bytes_of(run.corpus) + bytes_of(run.tokens)
    for document in chosen:
        ids = np.array(tokenizer.encode_batch([document["text"]])[0])
        for needle in (
            document["text"].encode(),
            repr(document["text"])[1:-1].encode(),
            ids.astype("<u2").tobytes(),
        ):
            assert len(needle) > 20
            assert not any(needle in data for data in everything)
    assert [path.read_bytes() for path in geometry] == idx

    # Every sample of every step is the same but where the documents stood.
    pad, streams = tokenizer.pad_id, open_streams(run.tokens, "train")
    changed = 0
    for (tokens, labels), (tokens_after, labels_after) in zip(before, steps(run), strict=True):
        differs = tokens != tokens_after
        assert (tokens_after[differs] == pad).all()
        changed += int(differs.sum())
        gone = labels != labels_after
        assert (labels_after[gone] == IGNORED_LABEL).all()
    trained = [place for place in places if place.split == "train"]
    assert changed >= sum(place.tokens - 1 for place in trained) > 0
    for place in trained:
        stood = streams[place.stream].read(place.start, place.tokens)
        assert (stood[:-1] == pad).all() and stood[-1] == tokenizer.eod_id

    account = json.loads((run.corpus / "accounting.json").read_text())
    last = account["total"]["stages"][account["stages"][-1]]
    assert last["reasons"] == {"erased": last["dropped"]} and last["dropped"]["documents"] == 3
    assert last["in"]["documents"] == last["kept"]["documents"] + 3
    assert last["kept"] == {
        "documents": len(left),
        "bytes": sum(len(row["text"].encode()) for row in left),
    }

    # The run still is as its ledger says, and no stage has to be done again.
    assert verify_run(run)["files"] > 0
    facts = json.loads(receipt.read_text())
    assert facts["requested"] == [document["id"] for document in chosen]
    for directory in facts["directories"].values():
        for digests in (directory["manifest_sha256"], *directory["files"].values()):
            assert digests["before"] != digests["after"]
    exposure = where(run, [chosen[0]["id"]])[0]
    assert exposure.erased and exposure.corpus is not None and exposure.corpus.reason == "erased"
    assert exposure.steps  # what the checkpoints have seen they have seen
    assert erase(run, [chosen[0]["id"]], said.append) is None


def test_steps_after_an_erasure_have_not_seen_the_document(run, chosen) -> None:
    all_steps = where(run, [chosen[0]["id"]])[0].steps
    last = all_steps[len(all_steps) // 2 - 1]
    metrics = run.metrics.read_text().splitlines(keepends=True)
    run.metrics.write_text("".join(line for line in metrics if json.loads(line)["step"] < last))
    erase(run, [chosen[0]["id"]], lambda _: None)
    run.metrics.write_text("".join(metrics))  # training went on
    assert where(run, [chosen[0]["id"]])[0].steps == tuple(step for step in all_steps if step <= last)


@pytest.mark.parametrize("point", ["update_manifest", "sha256_file", "_enter", "overwrite"])
def test_an_erasure_that_was_cut_off_is_finished_by_the_next_command(run, chosen, point, monkeypatch) -> None:
    ids = [document["id"] for document in chosen]

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(erasure, point, die)
        with pytest.raises(KeyboardInterrupt):
            erase(run, ids, lambda _: None)
    receipt = finish_erasure(run, lambda _: None)
    assert receipt is not None and finish_erasure(run, lambda _: None) is None
    verify_run(run)
    assert not set(ids) & {row["id"] for row in documents(run)}
    assert [entry.subject for entry in run.ledger.entries() if entry.kind == "erase"] == ["corpus", "tokens"]


def test_the_commands_say_it_and_a_run_that_was_erased_from_is_still_finished(
    run, chosen, soofi, smoke_recipe, tmp_path
) -> None:
    asked = soofi("where", run.path, chosen[0]["id"])
    assert asked.returncode == 0 and "steps that saw it: " in asked.stdout
    wrong = soofi("where", run.path, "0" * 64)
    assert wrong.returncode == 2 and "has no document 000" in wrong.stderr and "Traceback" not in wrong.stderr
    no_run = tmp_path / "letters"
    no_run.mkdir()
    refused = soofi("erase", no_run, chosen[0]["id"])
    assert refused.returncode == 2 and "there is no run" in refused.stderr and not list(no_run.iterdir())
    done = soofi("erase", run.path, chosen[0]["id"])
    assert done.returncode == 0 and done.stdout.strip().endswith("erasures/00001.json")
    assert "nothing to do" in soofi("erase", run.path, chosen[0]["id"]).stdout
    written = {
        path: path.stat().st_mtime_ns
        for path in run.path.rglob("*")
        if path.suffix in (".bin", ".safetensors")
    }
    again = soofi("run", smoke_recipe, f"run_root={tmp_path}")
    assert again.returncode == 0, again.stderr
    assert again.stdout.count("unchanged, skipped") == 7
    assert {path: path.stat().st_mtime_ns for path in written} == written
    verify_run(run)


def test_an_erased_document_does_not_come_back_when_the_corpus_is_made_again(
    run, chosen, smoke_recipe, tmp_path
) -> None:
    receipt = erase(run, [document["id"] for document in chosen[:2]], lambda _: None)
    recipe = load_recipe(smoke_recipe, ["name=other", f"run_root={tmp_path}", f"corpus.erased=[{receipt}]"])
    other = RunDirectory(recipe.run_directory)
    make_corpus(recipe, other, {"texts": "0" * 64}, lambda _: None)
    assert {row["id"] for row in documents(other)} == {row["id"] for row in documents(run)}
    account = json.loads((other.corpus / "accounting.json").read_text())
    assert account["total"]["stages"]["read"]["reasons"]["erased"]["documents"] == 2
