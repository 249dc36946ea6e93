"""The tokens stage: every document, in order, closed by one end-of-document id, whoever and however many encode it."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from soofi.ledger import RunDirectory, read_manifest
from soofi.recipe import Recipe, load_recipe
from soofi.tokenizer import SentencePieceTokenizer, make_tokenizer
from soofi.tokens.encode import make_tokens, tokens_facts, tokens_governing
from soofi.tokens.processes import map_in_processes
from soofi.tokens.shard import Shard

ROOT = Path(__file__).parents[2]
FORGED = "Ende<eod>Anfang <pad> <eod><eod>\n\n▁<0x41>"


def write(corpus: Path, shard: str, texts: list[str], split: str) -> None:
    """`split` has a letter for each document: t for train, v for validation."""
    path = corpus / f"{shard}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    splits = [{"t": "train", "v": "validation"}[letter] for letter in split]
    ids = [f"{shard}#{i}" for i in range(len(texts))]
    pq.write_table(pa.table({"id": ids, "text": texts, "split": splits}), path)


@pytest.fixture(scope="module")
def texts() -> list[str]:
    paths = sorted((ROOT / "tests/data/texts").glob("*.jsonl"))[:3]
    return [json.loads(line)["text"] for path in paths for line in path.open(encoding="utf-8")]


@pytest.fixture(scope="module")
def corpus(texts) -> dict[str, tuple[list[str], str]]:
    """Shard to its texts and splits."""
    return {
        "a/de/part-00000": ([texts[0], FORGED, texts[1], texts[2]], "ttvt"),
        "a/de/part-00001": (texts[3:8], "ttttt"),
        "a/fr/part-00000": (texts[8:16], "tvtvtttt"),
        "b/de/part-00000": (["", texts[16]], "vv"),
    }


@pytest.fixture(scope="module")
def recipe() -> Recipe:
    return load_recipe(ROOT / "recipes/smoke.yaml", ["tokenizer.vocabulary_size=900"])


@pytest.fixture(scope="module")
def run(tmp_path_factory, corpus, recipe) -> RunDirectory:
    run = RunDirectory(tmp_path_factory.mktemp("run"))
    for shard, (texts, split) in corpus.items():
        write(run.corpus, shard, texts, split)
    make_tokenizer(recipe, run, {}, lambda line: None)
    make(recipe, run, 1)
    return run


def make(recipe: Recipe, run: RunDirectory, workers: int) -> list[str]:
    said: list[str] = []
    tokens = recipe.tokens.model_copy(update={"workers": workers})
    make_tokens(recipe.model_copy(update={"tokens": tokens}), run, {"corpus": "1" * 64}, said.append)
    return said


def files(run: RunDirectory) -> dict[str, bytes]:
    return {
        path.relative_to(run.tokens).as_posix(): path.read_bytes()
        for path in run.tokens.rglob("*")
        if path.is_file()
    }


def expected(corpus, split: str) -> dict[str, list[tuple[str, str]]]:
    """Shard to the (id, text) of its documents of a split; shards without any left out."""
    chosen = {
        shard: [(f"{shard}#{i}", texts[i]) for i in range(len(texts)) if splits[i] == split[0]]
        for shard, (texts, splits) in corpus.items()
    }
    return {shard: documents for shard, documents in chosen.items() if documents}


@pytest.mark.parametrize("split", ["train", "validation"])
def test_each_shard_and_split_holds_its_documents_in_order(run, corpus, split):
    tokenizer = SentencePieceTokenizer(run.tokenizer)
    written = {
        path.relative_to(run.tokens / split).as_posix() for path in run.tokens.glob(f"{split}/**/*.bin")
    }
    assert written == {f"{shard}.bin" for shard in expected(corpus, split)}
    for name, documents in expected(corpus, split).items():
        shard = Shard(run.tokens / split / f"{name}.bin")
        assert shard.document_ids() == [document_id for document_id, _ in documents]
        for start, length, (_, text) in zip(shard.starts, shard.lengths, documents, strict=True):
            ids = shard.read(start, length).tolist()
            assert ids == [*tokenizer.encode(text), tokenizer.eod_id]
            assert tokenizer.decode(ids) == text


def test_a_document_that_spells_control_entries_has_one_end(run):
    tokenizer = SentencePieceTokenizer(run.tokenizer)
    shard = Shard(run.tokens / "train/a/de/part-00000.bin")
    ids = shard.read(shard.starts[1], shard.lengths[1]).tolist()
    assert tokenizer.decode(ids) == FORGED
    assert ids.index(tokenizer.eod_id) == len(ids) - 1
    assert tokenizer.pad_id not in ids


def test_any_number_of_workers_gives_the_same_bytes(recipe, run):
    before = files(run)
    said = make(recipe, run, 2)
    assert files(run) == before
    assert said[-1].startswith("tokens: 4 of 4 corpus shards")


def test_size_of_batches_does_not_matter(recipe, run, monkeypatch, tmp_path):
    from soofi.tokens import encode

    job = encode.Job(run.corpus / "a/fr/part-00000.parquet", "a/fr/part-00000", run.tokenizer, tmp_path)
    monkeypatch.setattr(encode, "BATCH_CHARACTERS", 700)
    encode.encode_shard(job)
    for path in tmp_path.rglob("*.*"):
        assert path.read_bytes() == (run.tokens / path.relative_to(tmp_path)).read_bytes()


def test_manifest_and_facts_count_tokens_and_documents(run, recipe):
    manifest = read_manifest(run.tokens)
    assert manifest.unchanged({"corpus": "1" * 64}, tokens_governing(recipe))
    counted = {output.path: (output.rows, output.tokens) for output in manifest.outputs if output.tokens}
    shards = {path: Shard(run.tokens / path) for path in counted}
    assert counted == {path: (shard.documents, shard.tokens) for path, shard in shards.items()}
    assert len(shards) == 6  # b/de has nothing to train on, a/de/part-00001 nothing held out
    facts = tokens_facts(run)
    assert facts["documents"] == {"train": 14, "validation": 5}
    for split, languages in facts["tokens_by_language"].items():
        assert sum(languages.values()) == facts["tokens"][split]
        for language, tokens in languages.items():
            mine = [
                s for path, s in shards.items() if path.startswith(f"{split}/") and f"/{language}/" in path
            ]
            assert tokens == sum(shard.tokens for shard in mine)


def test_what_is_missing_is_said_in_one_sentence(recipe, run, tmp_path):
    empty = RunDirectory(tmp_path)
    with pytest.raises(FileNotFoundError, match="make the corpus first"):
        make(recipe, empty, 1)
    write(empty.corpus, "a/de/part-00000", ["x"], "t")
    with pytest.raises(FileNotFoundError, match="make the tokenizer first"):
        make(recipe, empty, 1)
    assert not empty.tokens.exists()


def test_a_damaged_shard_of_the_corpus_ends_the_stage(recipe, corpus, run, tmp_path):
    broken = RunDirectory(tmp_path)
    write(broken.corpus, "a/de/part-00000", ["x"], "t")
    broken.tokenizer.symlink_to(run.tokenizer)
    pq.write_table(pa.table({"id": ["x"]}), broken.corpus / "a/de/part-00001.parquet")
    with pytest.raises(ValueError, match="part-00001"):
        make(recipe, broken, 2)
    assert not broken.tokens.exists()


def double(number: int) -> int:
    return 2 * number


def die(number: int) -> int:
    if number == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def test_every_job_is_done_once():
    assert sorted(map_in_processes(double, range(7), 2)) == list(range(0, 14, 2))


def test_a_killed_worker_ends_the_stage_with_a_sentence():
    with pytest.raises(ChildProcessError, match=r"killed.*tokens\.workers lower"):
        list(map_in_processes(die, range(4), 2))


class Interrupted(BaseException):
    pass


class InterruptedWhileStarted(list[int]):
    """Jobs of which the second one sees an interrupt, when the first process is already being started."""

    def __iter__(self):
        for number in range(len(self)):
            if number == 1:
                signal.raise_signal(signal.SIGTERM)
            yield self[number]
        self.all_handed_out = True


def test_an_interrupt_waits_until_all_processes_are_started():
    def interrupt(number, frame):
        raise Interrupted

    before = signal.signal(signal.SIGTERM, interrupt)
    jobs = InterruptedWhileStarted(range(4))
    try:
        with pytest.raises(Interrupted):
            list(map_in_processes(double, jobs, 2))
        assert jobs.all_handed_out
        assert signal.getsignal(signal.SIGTERM) is interrupt
    finally:
        signal.signal(signal.SIGTERM, before)
    assert not multiprocessing.active_children()


END_AT_ONCE = """
import os
from soofi.tokens.processes import map_in_processes
from tests.tokens.test_encode import double
if __name__ == "__main__":
    results = map_in_processes(double, [21] * 8, 2)
    print(next(results), flush=True)
    os._exit(3)
"""


def test_a_process_that_ends_at_once_leaves_no_warning_behind_its_last_word(tmp_path: Path) -> None:
    """As an interrupted command may; what cleans up after it would say so on the terminal, a moment later."""
    script = tmp_path / "end_at_once.py"
    script.write_text(END_AT_ONCE)
    done = subprocess.run(
        [sys.executable, script],
        capture_output=True,  # waits for all who hold the other end, the cleaning process among them
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        timeout=120,
    )
    assert (done.returncode, done.stdout, done.stderr) == (3, "42\n", "")
