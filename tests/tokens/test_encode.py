"""The tokens stage: every document, in order, closed by one end-of-document id, whoever and however many encode it."""

import dataclasses
import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from soofi.ledger import RunDirectory, manifest_sha256, read_manifest, write_manifest
from soofi.recipe import Recipe, load_recipe
from soofi.tokenizer import SentencePieceTokenizer, make_tokenizer
from soofi.tokens import open_streams, packed_windows
from soofi.tokens.chunk_encoder import ChunkEncoder, cuts
from soofi.tokens.document_encoder import PlainEncoder, fast_encoder, same_ids
from soofi.tokens.encode import check_tokenizer, make_tokens, tokens_facts, tokens_governing
from soofi.tokens.encode_shard import Job, encode_shard, write_shards
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


@pytest.mark.parametrize("workers", [2, pytest.param(4, marks=pytest.mark.nightly)])
def test_any_number_of_workers_gives_the_same_bytes(recipe, run, workers):
    before = files(run)
    said = make(recipe, run, workers)
    assert files(run) == before
    assert said[-1].startswith("tokens: 4 of 4 corpus shards")


def test_packed_lengths_add_window_lists_and_move_nothing(recipe, run, tmp_path):
    packed = RunDirectory(tmp_path)
    for name in ("corpus", "tokenizer"):
        (packed.path / name).symlink_to(run.path / name)
    tokens = recipe.tokens.model_copy(update={"packed_lengths": [64, 16]})
    with_lists = recipe.model_copy(update={"tokens": tokens})
    said = make(with_lists, packed, 1)
    assert [line.split(",")[0] for line in said[-2:]] == [
        f"tokens: 14 documents packed into {sum(windows.values())} windows of {length}"
        for length, windows in packed_windows(open_streams(packed.tokens, "train")).items()
    ]
    written = files(packed)
    lists = {f"train/{name}/windows-{length}.safetensors" for name in ("a/de", "a/fr") for length in (16, 64)}
    assert written.keys() - files(run).keys() == lists | {"packing.json"}
    assert {path: written[path] for path in files(run) if path != "manifest.json"} == {
        path: data for path, data in files(run).items() if path != "manifest.json"
    }
    make(with_lists, packed, 2)
    assert files(packed) == written
    assert tokens_facts(packed) == tokens_facts(run) | {
        "packing": json.loads(written["packing.json"])["sequence_lengths"]
    }
    assert not read_manifest(packed.tokens).unchanged({"corpus": "1" * 64}, tokens_governing(recipe))


def job_of(run: RunDirectory, name: str, work: Path) -> Job:
    return Job(run.corpus / f"{name}.parquet", name, run.tokenizer, "0" * 64, work)


def expect_published(run: RunDirectory, written: Path, shard: str) -> None:
    """What was written of a corpus shard is what the run has published of it."""
    paths = [path for path in written.rglob(f"{shard.rpartition('/')[2]}.*") if path.suffix != ".json"]
    assert paths
    for path in paths:
        assert path.read_bytes() == (run.tokens / path.relative_to(written)).read_bytes()


def test_size_of_batches_does_not_matter(run, monkeypatch, tmp_path):
    monkeypatch.setattr("soofi.tokens.encode_shard.BATCH_BYTES", 700)
    encoded = encode_shard(job_of(run, "a/fr/part-00000", tmp_path))
    assert encoded.compared == 8  # a sample of each batch, all of which are small
    expect_published(run, tmp_path, "a/fr/part-00000")


@pytest.mark.parametrize("shard", ["a/de/part-00000", "a/fr/part-00000"])
def test_an_encoder_that_cuts_words_apart_is_found_out(run, tmp_path, shard):
    """It would give other ids for nearly every document: SentencePiece encodes the shard, and the bytes are the same."""
    tokenizer = SentencePieceTokenizer(run.tokenizer)
    wrong = ChunkEncoder(tokenizer, cuts([]))
    encoded = write_shards(job_of(run, shard, tmp_path), tokenizer, wrong)
    assert encoded.other_ids
    expect_published(run, tmp_path, shard)


def test_the_encoder_of_another_vocabulary_is_found_out(run, recipe, tmp_path):
    other = RunDirectory(tmp_path / "other")
    other.corpus.parent.mkdir()
    other.corpus.symlink_to(run.corpus)
    smaller = load_recipe(ROOT / "recipes/smoke.yaml", ["tokenizer.vocabulary_size=850"])
    make_tokenizer(smaller, other, {}, lambda line: None)
    tokenizer = SentencePieceTokenizer(run.tokenizer)
    wrong = fast_encoder(SentencePieceTokenizer(other.tokenizer), other.tokenizer)
    encoded = write_shards(job_of(run, "a/fr/part-00000", tmp_path / "written"), tokenizer, wrong)
    assert encoded.other_ids
    expect_published(run, tmp_path / "written", "a/fr/part-00000")


def test_a_difference_is_said_and_counted_and_changes_no_token(recipe, run, tmp_path):
    """The list of what entries spell is of another vocabulary, so texts would be cut in wrong places."""
    other = RunDirectory(tmp_path)
    other.corpus.symlink_to(run.corpus)
    shutil.copytree(run.tokenizer, other.tokenizer)
    spelled = json.loads((other.tokenizer / "token_bytes.json").read_text())
    spelled["bytes"] = [entry[:2] for entry in spelled["bytes"]]
    (other.tokenizer / "token_bytes.json").write_text(json.dumps(spelled))
    said = make(recipe, other, 2)
    assert sum("SentencePiece" in line for line in said) == 4
    assert tokens_facts(other)["corpus_shards_with_other_ids"] == 4
    assert tokens_facts(run)["corpus_shards_with_other_ids"] == 0
    assert tokens_facts(run)["compared_documents"] == 19
    apart = {"manifest.json", "encoding.json"}
    assert {n: b for n, b in files(other).items() if n not in apart} == {
        n: b for n, b in files(run).items() if n not in apart
    }


@pytest.mark.parametrize("length", [10, 70_000])
def test_a_sample_is_compared_whatever_the_length_of_documents(run, length):
    tokenizer = SentencePieceTokenizer(run.tokenizer)
    plain, wrong = PlainEncoder(tokenizer), ChunkEncoder(tokenizer, cuts([]))
    right = fast_encoder(tokenizer, run.tokenizer)
    texts = pa.array([("der Anfang und das Ende " * 4000)[:length]] * 3)
    for number in range(3):
        for encoder, same in ((right, True), (wrong, False)):
            assert same_ids(texts, *encoder.encode(texts), encoder, plain, number)[0] is same


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


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


def overwrite_middle(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4 : len(data) // 2] = b"\xff" * (len(data) // 2 - 4)
    path.write_bytes(data)


def replace(**columns: list[Any]) -> Callable[[Path], None]:
    return lambda path: pq.write_table(pa.table(columns), path)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (cut_short, "is damaged or cut short: make the corpus again"),
        (overwrite_middle, "is damaged or cut short: make the corpus again"),
        (replace(id=["x"]), "has no column 'text', only id: make the corpus again"),
        (replace(id=["x"], text=["y"]), "has no column 'split', only id, text: make the corpus again"),
        (replace(id=["x"], text=pa.array([None], pa.string()), split=["train"]), "without id, text or split"),
        (replace(id=["x"], text=["y"], split=["../y"]), "without id, text or split"),
        (replace(id=["x"], text=[b"\xff\xfe"], split=["train"]), "is damaged or cut short"),
    ],
)
def test_a_damaged_shard_of_the_corpus_ends_the_stage(run, tmp_path, damage, sentence):
    path = tmp_path / "corpus/a/de/part-00001.parquet"
    write(tmp_path / "corpus", "a/de/part-00001", ["x" * 500] * 50, "t" * 50)
    damage(path)
    job = Job(path, "a/de/part-00001", run.tokenizer, "0" * 64, tmp_path / "work")
    with pytest.raises(ValueError, match=sentence) as refusal:
        encode_shard(job)
    assert str(path) in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert not [path for path in tmp_path.glob("work/**/*") if path.is_file()]


def test_a_damaged_shard_leaves_the_finished_ones_to_go_on_from(recipe, run, tmp_path):
    broken = RunDirectory(tmp_path)
    shutil.copytree(run.corpus, broken.corpus)
    broken.tokenizer.symlink_to(run.tokenizer)
    last = broken.corpus / "b/de/part-00000.parquet"  # the smallest, and so the last
    whole = last.read_bytes()
    cut_short(last)
    with pytest.raises(ValueError, match=r"b/de/part-00000\.parquet is damaged"):
        make(recipe, broken, 1)
    assert not broken.tokens.exists()
    last.write_bytes(whole)
    said = make(recipe, broken, 1)
    assert said[-1] == "tokens: 3 of 4 corpus shards were encoded before"
    assert files(broken) == files(run)
    assert not (broken.path / ".work").exists()


@pytest.mark.parametrize("change", ["corpus shard", "tokenizer", "token shard", "mark"])
def test_what_was_done_before_counts_only_for_the_same_work(run, tmp_path, change):
    shutil.copytree(run.corpus, tmp_path / "corpus")
    shard = "a/fr/part-00000"
    job = Job(tmp_path / f"corpus/{shard}.parquet", shard, run.tokenizer, "0" * 64, tmp_path / "work")
    first = encode_shard(job)
    assert not first.found
    assert encode_shard(job) == dataclasses.replace(first, found=True)
    if change == "corpus shard":
        write(tmp_path / "corpus", shard, ["another text"], "t")
    elif change == "tokenizer":
        job = dataclasses.replace(job, tokenizer_sha256="1" * 64)
    elif change == "token shard":
        (tmp_path / f"work/train/{shard}.bin").write_bytes(b"")
    else:
        cut_short(tmp_path / f"work/{shard}.json")
    again = encode_shard(job)
    assert not again.found
    assert (again.files == first.files) == (change != "corpus shard")


def test_tokens_of_another_tokenizer_are_refused(tmp_path):
    tokens, tokenizer = tmp_path / "tokens", tmp_path / "tokenizer"
    for directory, inputs in ((tokenizer, {}), (tokens, {})):
        directory.mkdir()
        write_manifest(directory, directory.name, inputs, {})
    check_tokenizer(tokens, tokenizer)  # nothing is said of where they are from
    write_manifest(tokens, "tokens", {"tokenizer": manifest_sha256(tokenizer)}, {})
    check_tokenizer(tokens, tokenizer)
    (tokenizer / "tokenizer.model").write_bytes(b"another")
    write_manifest(tokenizer, "tokenizer", {}, {})
    with pytest.raises(ValueError, match="was made with another tokenizer than .* holds: run `soofi tokens`"):
        check_tokenizer(tokens, tokenizer)


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
