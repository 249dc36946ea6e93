"""Streams, windows and the loader, on token shards that were really written."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soofi.ledger import read_manifest, write_manifest
from soofi.recipe import Mixture, Stage
from soofi.tokens import (
    IGNORED_LABEL,
    Loader,
    Sampler,
    Step,
    geometry_sha256,
    open_streams,
    read_windows,
    tile,
)
from soofi.tokens.shard import ShardWriter
from soofi.tokens.stage_table import StageTable, resolve_stages, windows_of
from soofi.tokens.stream import Stream
from soofi.tokens.windows import number_documents

PADDING, END = 0, 1

# Document lengths by stream and shard, each with its end-of-document id; shards begin anywhere in a window.
SHARDS = {
    "law/de": [[5, 1, 12], [3], [40, 2]],
    "web/de": [[30, 7, 7, 1, 90], [64, 64], [5]],
    "web/mt": [[8, 8, 8]],
    "web/sr-Cyrl": [[1], [1], [1]],
    "wiki/mt": [[17]],
}


@dataclass(frozen=True)
class Shards:
    """Token shards on disk, and by stream the tokens (n,) that they were written from."""

    directory: Path
    tokens: dict[str, np.ndarray]

    @property
    def streams(self) -> dict[str, Stream]:
        return open_streams(self.directory, "train")


def write_shards(
    directory: Path, lengths=SHARDS, vocabulary_size: int = 60_000, split: str = "train"
) -> dict:
    """Write shards in which every token but the closing one comes once; tokens by stream."""
    tokens, counts, following = defaultdict(list), {}, 2
    for stream, shards in lengths.items():
        for number, documents in enumerate(shards):
            path = f"{split}/{stream}/part-{number:05}.bin"
            (directory / path).parent.mkdir(parents=True, exist_ok=True)
            with ShardWriter(directory / path, vocabulary_size) as writer:
                for index, length in enumerate(documents):
                    document = [*range(following, following + length - 1), END]
                    following += length - 1
                    writer.add(f"{stream}-{number}-{index}", document)
                    tokens[stream] += document
            counts[path] = sum(documents)
    describe(directory, counts)
    return {stream: np.array(ids) for stream, ids in tokens.items()}


def describe(directory: Path, counts: dict[str, int]) -> None:
    write_manifest(directory, "tokens", {}, {}, tokens=counts)


@pytest.fixture(scope="module", params=[60_000, 70_000], ids=["uint16", "int32"])
def shards(request, tmp_path_factory) -> Shards:
    directory = tmp_path_factory.mktemp("tokens")
    return Shards(directory, write_shards(directory, vocabulary_size=request.param))


def stage(name: str, tokens: int, length: int, batch: int, **mixture) -> Stage:
    return Stage(
        name=name, tokens=tokens, sequence_length=length, batch_samples=batch, mixture=Mixture(**mixture)
    )


def resolve(shards: Shards, *stages: Stage) -> StageTable:
    lengths = {name: stream.tokens for name, stream in shards.streams.items()}
    return resolve_stages(stages, lengths, geometry_sha256(shards.directory, "train"), 3)


@pytest.fixture
def table(shards) -> StageTable:
    return resolve(shards, stage("short", 1500, 8, 12), stage("long", 1800, 32, 4), stage("back", 600, 8, 8))


def loader(shards: Shards, table: StageTable, rank: int = 0, ranks: int = 1) -> Loader:
    return Loader(Sampler(table), shards.streams, END, PADDING, rank, ranks)


def window(stream: Stream, index: int, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Tokens and labels, (length,) each."""
    batch = read_windows([tile(stream, index, length)], length, END, PADDING)
    return batch.tokens[0], batch.labels[0]


def joined(step: Step) -> dict[str, list]:
    """A step's samples one after the other, whatever the micro batches."""
    return {
        part: [row for batch in step.micro_batches for row in np.asarray(getattr(batch, part)).tolist()]
        for part in ("tokens", "labels", "documents", "streams")
    }


# ---- streams and windows


def test_streams_are_the_shards_end_to_end(shards):
    streams = shards.streams
    assert list(streams) == sorted(SHARDS)
    assert [streams[name].language for name in streams] == ["de", "de", "mt", "sr-Cyrl", "mt"]
    for name, stream in streams.items():
        assert stream.tokens == len(shards.tokens[name])
        read = stream.read(0, stream.tokens)
        assert read.dtype == np.int64
        assert np.array_equal(read, shards.tokens[name])


@settings(derandomize=True, deadline=None, max_examples=100)
@given(st.sampled_from(sorted(SHARDS)), st.integers(0, 280), st.integers(0, 280))
def test_reading_is_slicing_across_shards_and_ends_with_the_stream(shards, name, start, count):
    assert np.array_equal(shards.streams[name].read(start, count), shards.tokens[name][start : start + count])


@pytest.mark.parametrize("length", [1, 2, 7, 8, 17, 24, 64, 500])
def test_windows_tile_the_stream_and_labels_are_one_later(shards, length):
    for name, stream in shards.streams.items():
        expected = shards.tokens[name]
        count = windows_of(stream.tokens, length)
        windows = [window(stream, index, length) for index in range(count)]
        assert all(
            part.shape == (length,) and part.dtype == np.int32 for window in windows for part in window
        )
        tokens, labels = (np.concatenate(parts) for parts in zip(*windows, strict=True))
        tail = len(tokens) - len(expected)
        assert 0 <= tail < length
        assert tokens.tolist() == [*expected.tolist(), *[PADDING] * tail]
        assert labels.tolist() == [*expected[1:].tolist(), *[IGNORED_LABEL] * (tail + 1)]


def test_windows_do_not_share_memory_with_the_shard(shards):
    stream = shards.streams["wiki/mt"]
    window(stream, 0, 8)[0][:] = 9
    assert np.array_equal(stream.read(0, 17), shards.tokens["wiki/mt"])


def test_splits_and_empty_shards_do_not_mix(tmp_path):
    write_shards(tmp_path, {"web/de": [[4], [], [6]], "web/fr": [[]]})
    write_shards(tmp_path, {"web/de": [[3]], "web/fr": [[2]]}, split="validation")
    describe(tmp_path, {
        "train/web/de/part-00000.bin": 4, "train/web/de/part-00001.bin": 0, "train/web/de/part-00002.bin": 6,
        "train/web/fr/part-00000.bin": 0,
        "validation/web/de/part-00000.bin": 3, "validation/web/fr/part-00000.bin": 2,
    })  # fmt: skip
    train, validation = (open_streams(tmp_path, split) for split in ("train", "validation"))
    assert {name: stream.tokens for name, stream in train.items()} == {"web/de": 10}
    assert train["web/de"].read(2, 4).tolist() == [4, END, 5, 6]
    assert {name: stream.tokens for name, stream in validation.items()} == {"web/de": 3, "web/fr": 2}
    assert validation["web/fr"].read(0, 9).tolist() == [4, END]


def test_without_a_manifest_there_are_no_streams(tmp_path):
    with pytest.raises(FileNotFoundError, match="did not finish"):
        open_streams(tmp_path, "train")


# ---- geometry and erasure


def geometry(tmp_path: Path, name: str, lengths, **options) -> str:
    write_shards(tmp_path / name, lengths, **options)
    return geometry_sha256(tmp_path / name, "train")


def test_geometry_covers_files_order_and_document_lengths(tmp_path):
    base = {"web/de": [[4, 6], [5]], "web/fr": [[3]]}
    others = {
        "lengths": {"web/de": [[5, 5], [5]], "web/fr": [[3]]},
        "order of documents": {"web/de": [[6, 4], [5]], "web/fr": [[3]]},
        "order of shards": {"web/de": [[5], [4, 6]], "web/fr": [[3]]},
        "cut into shards": {"web/de": [[4], [6], [5]], "web/fr": [[3]]},
        "stream": {"web/de": [[4, 6], [5]], "web/fi": [[3]]},
        "a document less": {"web/de": [[4, 6], [5]]},
    }
    digests = [geometry(tmp_path, name, lengths) for name, lengths in {"base": base, **others}.items()]
    assert len(set(digests)) == len(digests)
    assert geometry(tmp_path, "again", base) == digests[0]
    write_shards(tmp_path / "base", {"web/de": [[9]]}, split="validation")
    assert geometry_sha256(tmp_path / "base", "train") == digests[0]


def test_an_erased_document_is_masked_and_moves_nothing(tmp_path):
    before = Shards(tmp_path / "before", write_shards(tmp_path / "before"))
    after = Shards(tmp_path / "after", write_shards(tmp_path / "after"))
    path = after.directory / "train/web/de/part-00000.bin"
    ids = np.memmap(path, np.uint16, "r+")
    ids[37:44] = PADDING  # the third document, its closing id included
    ids.flush()
    outputs = read_manifest(after.directory).outputs
    counts = {output.path: output.tokens for output in outputs if output.tokens}
    describe(after.directory, counts)
    assert geometry_sha256(after.directory, "train") == geometry_sha256(before.directory, "train")
    table = resolve(before, stage("only", 8 * 400, 8, 4))
    assert resolve(after, stage("only", 8 * 400, 8, 4)) == table
    erased = before.tokens["web/de"][37:43].tolist()
    learned = []
    loaders = [loader(shards, table) for shards in (before, after)]
    for index in range(table.steps):
        was, now = (joined(one.step(index)) for one in loaders)
        assert now["streams"] == was["streams"]
        for key, hidden in (("tokens", PADDING), ("labels", IGNORED_LABEL)):
            for row_was, row_now in zip(was[key], now[key], strict=True):
                pairs = [(a, b) for a, b in zip(row_was, row_now, strict=True) if a != END]
                assert all(b == (hidden if a in erased else a) for a, b in pairs)
        assert not any(PADDING in labels for labels in now["labels"])
        learned += [label for labels in was["labels"] for label in labels]
    assert set(erased) <= set(learned), "the steps do show the document"


# ---- the loader


@pytest.mark.parametrize("ranks", [1, 2, 4])
def test_rank_r_has_the_samples_j_with_j_congruent_r(shards, table, ranks):
    alone = loader(shards, table)
    parts = [loader(shards, table, rank, ranks) for rank in range(ranks)]
    for index in range(table.steps):
        whole, shares = joined(alone.step(index)), [joined(part.step(index)) for part in parts]
        for rank, share in enumerate(shares):
            for key in whole:
                assert share[key] == whole[key][rank::ranks]
        assert sum(len(share["tokens"]) for share in shares) == len(table.samples_of_step(index))
        assert sum(part.step(index).valid_tokens for part in parts) == alone.step(index).valid_tokens


def test_a_step_is_its_samples_in_order(shards, table):
    sampler, streams = Sampler(table), shards.streams
    one = loader(shards, table)
    for index in range(table.steps):
        step = one.step(index)
        assert step.index == index
        (batch,) = step.micro_batches
        samples = table.samples_of_step(index)
        assert batch.tokens.shape == (len(samples), table.row_of_step(index).sequence_length)
        assert batch.tokens.shape == batch.labels.shape == batch.documents.shape
        assert batch.tokens.dtype == batch.labels.dtype == batch.documents.dtype == np.int32
        for row, sample in enumerate(samples):
            at = sampler.locate(sample)
            assert batch.streams[row] == at.stream
            tokens, labels = window(streams[at.stream], at.window, at.sequence_length)
            assert np.array_equal(batch.tokens[row], tokens)
            assert np.array_equal(batch.labels[row], labels)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 12, 100])
def test_any_micro_batch_size_gives_the_same_samples(shards, table, size):
    for rank, ranks in ((0, 1), (1, 2), (3, 4)):
        part = loader(shards, table, rank, ranks)
        for index in (0, table.rows[1].first_step, table.steps - 1):
            whole, cut = part.step(index), part.step(index, size)
            assert joined(cut) == joined(whole)
            assert cut.valid_tokens == whole.valid_tokens
            *full, last = (len(batch.tokens) for batch in cut.micro_batches)
            assert all(samples == size for samples in full) and 1 <= last <= size


def test_more_ranks_than_samples_leave_some_ranks_nothing(shards, table):
    shares = [joined(loader(shards, table, rank, 20).step(0))["tokens"] for rank in range(20)]
    assert [row for share in shares for row in share] == joined(loader(shards, table).step(0))["tokens"]


def test_valid_tokens_are_known_from_the_streams_lengths(shards):
    # One epoch of every stream: as many labels as tokens, less the last of each stream.
    for name, tokens in shards.tokens.items():
        windows = windows_of(len(tokens), 8)
        source, language = name.split("/")
        others = {s.split("/")[0]: 0.0 for s in SHARDS} | {source: 1.0}
        languages = {s.split("/")[1]: 0.0 for s in SHARDS} | {language: 1.0}
        only = resolve(shards, stage("one", 8 * windows, 8, 1, sources=others, languages=languages))
        one = loader(shards, only)
        steps = [one.step(index) for index in range(only.steps)]
        assert len(steps) == windows
        assert sum(step.valid_tokens for step in steps) == len(tokens) - 1
        seen = sorted(token for step in steps for row in joined(step)["tokens"] for token in row)
        assert seen == sorted([*tokens.tolist(), *[PADDING] * (8 * windows - len(tokens))])


def test_no_window_crosses_into_another_stream(shards, table):
    owner = {int(token): name for name, tokens in shards.tokens.items() for token in tokens if token != END}
    one = loader(shards, table)
    for index in range(table.steps):
        step = joined(one.step(index))
        for tokens, labels, stream in zip(step["tokens"], step["labels"], step["streams"], strict=True):
            assert {owner[token] for token in {*tokens, *labels} - {PADDING, END, IGNORED_LABEL}} <= {stream}


def test_steps_come_in_any_order(shards, table):
    one = loader(shards, table)
    forwards = [joined(one.step(index)) for index in range(table.steps)]
    backwards = [joined(one.step(index)) for index in reversed(range(table.steps))]
    assert forwards == backwards[::-1]
    with pytest.raises(IndexError, match="the run has steps"):
        one.step(table.steps)


# ---- document boundaries


@settings(derandomize=True, deadline=None, max_examples=100)
@given(st.integers(1, 4), st.integers(1, 24), st.data())
def test_a_boundary_stands_before_each_end_of_document(samples, length, data):
    ids = st.sampled_from([PADDING, END, END, 5, 6])
    row = st.lists(ids, min_size=length, max_size=length)
    tokens = np.array(data.draw(st.lists(row, min_size=samples, max_size=samples)), np.int32)
    copy = tokens.copy()
    numbers = np.full_like(tokens, 9)
    number_documents(tokens, END, [(0, 0)], numbers)
    assert np.array_equal(tokens, copy) and numbers.shape == tokens.shape and numbers.dtype == np.int32
    for ids, found in zip(tokens.tolist(), numbers.tolist(), strict=True):
        expected, current = [], 0
        for place, token in enumerate(ids):
            current += token == END and place > 0
            expected.append(current)
        assert found == expected


def test_the_end_of_document_opens_the_next_document_and_its_label_closes_the_last(shards):
    # law/de begins with documents of 5, 1 and 12 tokens.
    batch = read_windows([tile(shards.streams["law/de"], 0, 16)], 16, END, PADDING)
    (tokens,), (labels,) = batch.tokens, batch.labels
    assert tokens.tolist() == [2, 3, 4, 5, END, END, *range(6, 16)]
    assert labels.tolist() == [3, 4, 5, END, END, *range(6, 17)]
    assert batch.documents.tolist() == [[0, 0, 0, 0, 1, *[2] * 11]]
