"""Token shards: written and read by soofi and by Megatron, and refused when damaged."""

import struct
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from soofi.tokens.shard import Shard, ShardWriter

DOCUMENTS = {"a": [5, 6, 1], "b": [1], "c": [65_535, 0, 1, 1]}


@pytest.fixture(scope="module")
def megatron():
    from megatron.core.datasets import indexed_dataset

    return indexed_dataset


def write(path, documents=DOCUMENTS, vocabulary_size=65_536):
    with ShardWriter(path, vocabulary_size) as writer:
        for name, tokens in documents.items():
            writer.add(name, tokens)
    return path


@pytest.fixture
def path(tmp_path):
    return write(tmp_path / "part-00000.bin")


@pytest.mark.parametrize(("vocabulary_size", "dtype"), [(65_536, np.uint16), (65_537, np.int32)])
def test_megatron_reads_what_we_write(megatron, tmp_path, vocabulary_size, dtype):
    path = write(tmp_path / "part-00000.bin", vocabulary_size=vocabulary_size)
    theirs = megatron.IndexedDataset(str(path.with_suffix("")))
    assert theirs.index.dtype is dtype
    assert [theirs[i].tolist() for i in range(len(theirs))] == list(DOCUMENTS.values())
    assert theirs.document_indices.tolist() == [0, 1, 2, 3]
    assert theirs.sequence_lengths.tolist() == [3, 1, 4]


@pytest.mark.parametrize("dtype", [np.uint16, np.int32])
def test_we_read_what_megatron_writes_and_write_the_same_bytes(megatron, tmp_path, dtype):
    builder = megatron.IndexedDatasetBuilder(str(tmp_path / "theirs.bin"), dtype=dtype)
    for tokens in DOCUMENTS.values():
        builder.add_item(torch.tensor(tokens))
        builder.end_document()
    builder.finalize(str(tmp_path / "theirs.idx"))
    shard = Shard(tmp_path / "theirs.bin")
    assert (shard.documents, shard.tokens) == (3, 8)
    assert shard.read(0, 8).tolist() == [5, 6, 1, 1, 65_535, 0, 1, 1]
    assert shard.read(0, 8).dtype == dtype
    ours = write(tmp_path / "ours.bin", vocabulary_size=65_536 if dtype is np.uint16 else 65_537)
    for suffix in (".bin", ".idx"):
        ours_bytes = ours.with_suffix(suffix).read_bytes()
        assert ours_bytes == (tmp_path / f"theirs{suffix}").read_bytes()


@settings(max_examples=50, deadline=None, derandomize=True, database=None)
@given(
    documents=st.lists(st.lists(st.integers(0, 99_999), min_size=1, max_size=9), max_size=9),
    wide=st.booleans(),
)
def test_what_was_written_is_read(tmp_path_factory, documents, wide):
    documents = [[token % (100_000 if wide else 60_000) for token in tokens] for tokens in documents]
    path = tmp_path_factory.mktemp("shard") / "part-00000.bin"
    write(path, {f"id-{i}": tokens for i, tokens in enumerate(documents)}, 100_000 if wide else 60_000)
    shard = Shard(path)
    flat = [token for tokens in documents for token in tokens]
    assert shard.tokens == len(flat)
    assert shard.documents == len(documents)
    assert shard.document_ids() == [f"id-{i}" for i in range(len(documents))]
    assert shard.lengths.tolist() == [len(tokens) for tokens in documents]
    assert shard.starts.tolist() == [sum(map(len, documents[:i])) for i in range(len(documents))]
    assert (shard.lengths.dtype, shard.starts.dtype) == (np.int32, np.int64)
    for start in range(len(flat) + 1):
        assert shard.read(start, min(5, len(flat) - start)).tolist() == flat[start : start + 5]


def test_more_documents_than_one_piece_line_up(tmp_path, monkeypatch):
    monkeypatch.setattr("soofi.tokens.shard._GROUP_DOCUMENTS", 4)
    path = write(tmp_path / "part-00000.bin", {str(i): [1] * (i + 1) for i in range(11)}, 512)
    shard = Shard(path)
    assert shard.starts.tolist() == [i * (i + 1) // 2 for i in range(11)]
    assert shard.document_ids() == [str(i) for i in range(11)]
    with pq.ParquetFile(path.with_suffix(".documents.parquet")) as file:
        assert file.num_row_groups == 3
    indices = np.fromfile(path.with_suffix(".idx"), "<i8", offset=34 + 12 * 11)
    assert indices.tolist() == list(range(12))


def test_the_same_documents_give_the_same_bytes(tmp_path):
    write(tmp_path / "one.bin")
    write(tmp_path / "two.bin")
    for suffix in (".bin", ".idx", ".documents.parquet"):
        assert (tmp_path / f"one{suffix}").read_bytes() == (tmp_path / f"two{suffix}").read_bytes()


def test_tokens_are_not_writable(path):
    with pytest.raises(ValueError):
        Shard(path).read(0, 3)[0] = 1


@pytest.mark.parametrize(("start", "count"), [(-1, 2), (0, 9), (8, 1), (2, -1)])
def test_reading_outside_is_refused(path, start, count):
    with pytest.raises(IndexError, match="has 8 tokens"):
        Shard(path).read(start, count)


def test_an_interrupted_writer_leaves_nothing(tmp_path):
    with pytest.raises(KeyboardInterrupt), ShardWriter(tmp_path / "part-00000.bin", 512) as writer:
        writer.add("a", [1, 2])
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("tokens", [[], [512], [-1], [[1, 2]]])
def test_documents_that_cannot_be_are_refused(tmp_path, tokens):
    with pytest.raises(ValueError, match="document a "), ShardWriter(tmp_path / "x.bin", 512) as writer:
        writer.add("a", tokens)
    assert list(tmp_path.iterdir()) == []


def cut(path, count):
    path.write_bytes(path.read_bytes()[:-count])


def patch(path, offset, data):
    content = bytearray(path.read_bytes())
    content[offset : offset + len(data)] = data
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda path: cut(path, 2), "describes 16"),
        (lambda path: cut(path, 1), "has 15 bytes"),
        (lambda path: cut(path, 16), "has 0 bytes"),
        (lambda path: cut(path.with_suffix(".idx"), 8), "make the tokens again"),
        (lambda path: cut(path.with_suffix(".idx"), 84), "cut short"),
        (lambda path: path.with_suffix(".idx").write_bytes(b""), "does not begin with MMIDIDX"),
        (lambda path: patch(path.with_suffix(".idx"), 2, b"X"), "does not begin with MMIDIDX"),
        (lambda path: patch(path.with_suffix(".idx"), 9, struct.pack("<Q", 2)), "version 2"),
        (lambda path: patch(path.with_suffix(".idx"), 17, b"\x05"), "type code 5"),
        (lambda path: patch(path.with_suffix(".idx"), 17, b"\x04"), "describes"),
        (lambda path: patch(path.with_suffix(".idx"), 26, struct.pack("<Q", 3)), "several sequences"),
        (lambda path: patch(path.with_suffix(".idx"), 34 + 8, struct.pack("<i", 5)), "describes 18"),
    ],
)
def test_damage_is_refused_in_one_sentence(path, damage, sentence):
    damage(path)
    with pytest.raises(ValueError, match=sentence) as refusal:
        Shard(path)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("suffix", [".bin", ".idx"])
def test_missing_files_are_named(path, suffix):
    path.with_suffix(suffix).unlink()
    with pytest.raises(FileNotFoundError, match=rf"part-00000\{suffix}"):
        Shard(path)


def test_a_name_that_is_no_shard_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"must end in \.bin"):
        Shard(tmp_path / "part-00000.idx")


def test_ids_that_do_not_line_up_are_refused(path, tmp_path):
    ids = path.with_suffix(".documents.parquet")
    write(tmp_path / "other.bin", {"a": [1]})
    ids.write_bytes((tmp_path / "other.documents.parquet").read_bytes())
    with pytest.raises(ValueError, match="names 1 documents where the shard has 3"):
        Shard(path).document_ids()
    ids.write_bytes(b"no parquet")
    with pytest.raises(ValueError, match="damaged"):
        Shard(path).document_ids()
    ids.unlink()
    with pytest.raises(FileNotFoundError, match="make the tokens again"):
        Shard(path).document_ids()


@pytest.mark.parametrize("cuts", [[], [1], [3, 4, 4], [5, 9], list(range(11))])
def test_batches_do_not_matter(tmp_path, monkeypatch, cuts):
    monkeypatch.setattr("soofi.tokens.shard._GROUP_DOCUMENTS", 4)
    documents = {f"id-{i}": list(range(i % 3 + 1)) for i in range(11)}
    alone = write(tmp_path / "alone.bin", documents, 512)
    names = pa.array(list(documents))
    lengths = np.array([len(tokens) for tokens in documents.values()], np.int32)
    flat = np.concatenate([np.array(tokens, np.int32) for tokens in documents.values()])
    edges = np.concatenate([[0], np.cumsum(lengths)])
    with ShardWriter(tmp_path / "batches.bin", 512) as writer:
        for start, stop in pairwise([0, *cuts, 11]):
            tokens = flat[edges[start] : edges[stop]]
            writer.add_batch(names.slice(start, stop - start), tokens, lengths[start:stop])
    assert (writer.documents, writer.tokens) == (11, len(flat))
    for suffix in (".bin", ".idx", ".documents.parquet"):
        assert alone.with_suffix(suffix).read_bytes() == (tmp_path / f"batches{suffix}").read_bytes()


@pytest.mark.parametrize(
    ("tokens", "lengths", "sentence"),
    [
        ([1, 2, 512, 3], [2, 1, 1], "document b holds a token outside the vocabulary of 512"),
        ([1, 2, 3, -1], [2, 1, 1], "document c holds a token outside"),
        ([1, 2, 3], [2, 0, 1], "document b has no tokens"),
        ([1, 2, 3], [2, 1, 1], "not of the same documents"),
        ([1, 2, 3], [2, 1], "not of the same documents"),
    ],
)
def test_a_batch_with_a_wrong_document_is_refused_whole(tmp_path, tokens, lengths, sentence):
    names = pa.array(["a", "b", "c"])
    with ShardWriter(tmp_path / "x.bin", 512) as writer:
        with pytest.raises(ValueError, match=sentence):
            writer.add_batch(names, np.array(tokens), np.array(lengths))
        assert (writer.documents, writer.tokens) == (0, 0)
        writer.add_batch(names.slice(0, 0), np.empty(0, np.int32), np.empty(0, np.int32))
    assert Shard(tmp_path / "x.bin").documents == 0
