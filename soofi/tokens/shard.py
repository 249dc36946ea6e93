"""Token shards: Megatron's indexed dataset (`.bin`, `.idx`) and beside it the documents' ids (`.documents.parquet`).

`.bin` holds token ids, documents end to end. `.idx` holds, little-endian: the magic, version, type code (uint64, uint8),
number of sequences n, number of document indices n + 1 (uint64 each), then tokens of each sequence (int32), byte offset of
each sequence (int64) and the document indices 0 … n (int64). Here every sequence is one document.
"""

import struct
from array import array
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from soofi.ledger import publish_file

MAGIC = b"MMIDIDX\x00\x00"
VERSION = 1
TYPES: dict[int, np.dtype] = {4: np.dtype("<i4"), 8: np.dtype("<u2")}
"""Megatron's type code → type of the ids, of the codes that soofi writes and reads."""

_HEADER = struct.Struct("<9sQBQQ")
_IDS = pa.schema([("id", pa.string())])
_GROUP_DOCUMENTS = 65_536  # in one piece: row group of ids, slice of offsets


def type_code(vocabulary_size: int) -> int:
    """Megatron's code of the ids' type: uint16 (8) for up to 65,536 entries, else int32 (4)."""
    return 8 if vocabulary_size <= 65_536 else 4


class ShardWriter:
    """Writes one token shard; a context manager.

    Tokens go to disk as they come; in memory stays one length per document. The bytes depend on the documents alone, not on
    how they are batched. On leaving without an error `.bin`,
    `.documents.parquet` and last `.idx` are flushed and get their names; after an error nothing is left.
    """

    def __init__(self, path: str | Path, vocabulary_size: int):
        """`path` ends in `.bin`; `vocabulary_size` decides the type of the ids and bounds them."""
        self.path = _bin_path(path)
        self.tokens = 0
        self._vocabulary_size = vocabulary_size
        self._code = type_code(vocabulary_size)
        self._lengths = array("i")
        self._ids: list[pa.StringArray] = []
        self._waiting = 0

    @property
    def documents(self) -> int:
        """Documents written so far."""
        return len(self._lengths)

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._index = stack.enter_context(publish_file(self.path.with_suffix(".idx")))
            ids = stack.enter_context(publish_file(self.path.with_suffix(".documents.parquet")))
            self._parquet = stack.enter_context(
                pq.ParquetWriter(ids, _IDS, compression="zstd", use_dictionary=False, write_statistics=False)
            )
            data = stack.enter_context(publish_file(self.path))
            self._bin = stack.enter_context(open(data, "wb"))
            self._stack = stack.pop_all()
        return self

    def add(self, document_id: str, tokens: list[int] | np.ndarray) -> None:
        """Append a document's ids, the closing end-of-document id included: ints (n,), n ≥ 1.

        Raises ValueError for an empty document and for ids outside the vocabulary.
        """
        values = np.asarray(tokens, np.int64)
        if values.ndim != 1:
            raise ValueError(f"document {document_id} has tokens of {values.ndim} dimensions: give one row")
        self.add_batch(pa.array([document_id], pa.string()), values, np.array([len(values)], np.int32))

    def add_batch(self, document_ids: pa.StringArray, tokens: np.ndarray, lengths: np.ndarray) -> None:
        """Append documents: their names, (documents,); all their ids end to end, ints (tokens,), each document's closing
        end-of-document id included; how many are of each, ints (documents,), each ≥ 1.

        Raises ValueError, and appends nothing, for an empty document and for ids outside the vocabulary.
        """
        if not len(document_ids) == len(lengths) or int(lengths.sum()) != len(tokens):
            raise ValueError(
                "names, tokens and lengths are not of the same documents: give one length for each"
            )
        if not len(lengths):
            return
        if lengths.min() < 1:
            raise ValueError(
                f"document {document_ids[int(lengths.argmin())]} has no tokens: it needs at least the end-of-document id"
            )
        if tokens.min() < 0 or tokens.max() >= self._vocabulary_size:
            wrong = int(np.argmax((tokens < 0) | (tokens >= self._vocabulary_size)))
            document = document_ids[int(np.searchsorted(np.cumsum(lengths), wrong, side="right"))]
            raise ValueError(
                f"document {document} holds a token outside the vocabulary of {self._vocabulary_size} entries"
            )
        self._bin.write(np.ascontiguousarray(tokens, TYPES[self._code]).data)
        self._lengths.frombytes(lengths.astype(np.int32).tobytes())
        self._ids.append(document_ids)
        self._waiting += len(document_ids)
        self.tokens += len(tokens)
        if self._waiting >= _GROUP_DOCUMENTS:
            self._write_ids(_GROUP_DOCUMENTS)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._stack.__exit__(kind, error, trace)  # each file sees the error and removes what it has
            return
        with self._stack:
            self._write_ids(1)
            self._write_index()

    def _write_ids(self, least: int) -> None:
        """Write names in whole row groups, however they came, until fewer than `least` wait."""
        names = pa.chunked_array(self._ids, pa.string()).combine_chunks()
        while len(names) >= least and len(names):
            group = names.slice(0, _GROUP_DOCUMENTS)
            self._parquet.write_table(pa.table([pa.concat_arrays([group])], schema=_IDS))
            names = names.slice(len(group))
        self._ids, self._waiting = [names], len(names)

    def _write_index(self) -> None:
        count = len(self._lengths)
        lengths = np.frombuffer(self._lengths, np.int32) if count else np.empty(0, np.int32)
        with open(self._index, "wb") as file:
            file.write(_HEADER.pack(MAGIC, VERSION, self._code, count, count + 1))
            file.write(lengths.astype("<i4").tobytes())
            offset = 0
            for start in range(0, count, _GROUP_DOCUMENTS):
                ends = offset + np.cumsum(lengths[start : start + _GROUP_DOCUMENTS], dtype=np.int64)
                starts = np.concatenate([[offset], ends[:-1]])
                file.write((starts * TYPES[self._code].itemsize).astype("<i8").tobytes())
                offset = int(ends[-1])
            for start in range(0, count + 1, _GROUP_DOCUMENTS):
                file.write(np.arange(start, min(start + _GROUP_DOCUMENTS, count + 1), dtype="<i8").tobytes())


class Shard:
    """Reads a token shard; ids stay on disk until they are asked for.

    Opening reads a few bytes of `.idx` and checks them against the sizes of both files. Raises FileNotFoundError or
    ValueError with one sentence.
    """

    def __init__(self, path: str | Path):
        """`path` ends in `.bin`; `.idx` and `.documents.parquet` stand beside it."""
        self.path = _bin_path(path)
        self._index_path = self.path.with_suffix(".idx")
        for file in (self.path, self._index_path):
            if not file.is_file():
                raise FileNotFoundError(f"there is no token shard file {file}: make the tokens again")
        code, self.documents = self._read_header()
        self._dtype = TYPES[code]
        bin_bytes = self.path.stat().st_size
        self.tokens = bin_bytes // self._dtype.itemsize
        if bin_bytes != self._indexed_bytes():
            raise ValueError(
                f"{self.path} has {bin_bytes} bytes and {self._index_path.name} describes {self._indexed_bytes()}: one "
                "of them is damaged, make the tokens again"
            )
        self._data = np.memmap(self.path, self._dtype, "r") if self.tokens else np.empty(0, self._dtype)

    @cached_property
    def lengths(self) -> np.ndarray:
        """Tokens of each document, its end-of-document id included: int32 (documents,)."""
        return self._read_index(np.dtype("<i4"), self.documents, _HEADER.size)

    @cached_property
    def starts(self) -> np.ndarray:
        """Token offset of each document: int64 (documents,)."""
        return self._read_index(np.dtype("<i8"), self.documents, self._offsets_at) // self._dtype.itemsize

    def read(self, start: int, count: int) -> np.ndarray:
        """Tokens start … start + count − 1 as stored, uint16 or int32 (count,), not writable.

        Raises IndexError outside the shard.
        """
        if start < 0 or count < 0 or start + count > self.tokens:
            raise IndexError(f"{self.path} has {self.tokens} tokens, not {count} from {start} on")
        return np.asarray(self._data[start : start + count])

    def document_ids(self) -> list[str]:
        """Ids of the documents in order; raises ValueError if there are not as many as documents."""
        path = self.path.with_suffix(".documents.parquet")
        if not path.is_file():
            raise FileNotFoundError(f"there is no {path}: make the tokens again")
        try:
            ids = pq.read_table(path, columns=["id"])["id"].to_pylist()
        except (pa.ArrowInvalid, OSError):
            raise ValueError(f"{path} is damaged: make the tokens again") from None
        if len(ids) != self.documents:
            raise ValueError(
                f"{path} names {len(ids)} documents where the shard has {self.documents}: make it again"
            )
        return ids

    @property
    def _offsets_at(self) -> int:
        return _HEADER.size + 4 * self.documents

    def _read_header(self) -> tuple[int, int]:
        """Type code and number of documents."""
        path = self._index_path
        with open(path, "rb") as file:
            header = file.read(_HEADER.size)
        if header[: len(MAGIC)] != MAGIC:
            raise ValueError(f"{path} is no Megatron index: it does not begin with MMIDIDX")
        if len(header) < _HEADER.size:
            raise ValueError(f"{path} is cut short: make the tokens again")
        _, version, code, sequences, indices = _HEADER.unpack(header)
        if version != VERSION:
            raise ValueError(f"{path} has version {version}; this soofi reads {VERSION}: use a newer soofi")
        if code not in TYPES:
            raise ValueError(f"{path} has type code {code}; soofi reads 4 (int32) and 8 (uint16): convert it")
        if indices != sequences + 1:
            raise ValueError(
                f"{path} has documents of several sequences; soofi reads one for each: convert it"
            )
        expected = _HEADER.size + 12 * sequences + 8 * indices
        if path.stat().st_size != expected:
            raise ValueError(f"{path} has {path.stat().st_size} bytes, not {expected}: make the tokens again")
        return code, sequences

    def _indexed_bytes(self) -> int:
        """Where the last document ends in `.bin`, as the index has it."""
        if not self.documents:
            return 0
        last = self.documents - 1
        length = self._read_index(np.dtype("<i4"), 1, _HEADER.size + 4 * last)[0]
        return (
            int(self._read_index(np.dtype("<i8"), 1, self._offsets_at + 8 * last)[0])
            + int(length) * self._dtype.itemsize
        )

    def _read_index(self, dtype: np.dtype, count: int, offset: int) -> np.ndarray:
        return np.fromfile(self._index_path, dtype, count, offset=offset)


def _bin_path(path: str | Path) -> Path:
    path = Path(path)
    if path.suffix != ".bin":
        raise ValueError(f"{path} does not name a token shard: its name must end in .bin")
    return path
