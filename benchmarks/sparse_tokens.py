"""A token shard of any length that takes up no room: its data are one hole, its index is true."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from soofi.tokens.shard import MAGIC, VERSION, Shard

DOCUMENT_TOKENS = 10_000
UINT16 = 8
"""Megatron's code of the ids' type."""


def write_sparse_shard(path: Path, tokens: int) -> int:
    """Write `.bin`, `.idx` and `.documents.parquet` of so many uint16 ids 0; returns the number of documents."""
    documents = -(-tokens // DOCUMENT_TOKENS)
    lengths = np.full(documents, DOCUMENT_TOKENS, "<i4")
    lengths[-1] = tokens - DOCUMENT_TOKENS * (documents - 1)
    with open(path, "wb") as file:
        file.truncate(2 * tokens)
    with open(path.with_suffix(".idx"), "wb") as file:
        file.write(MAGIC + np.uint64(VERSION).tobytes() + np.uint8(UINT16).tobytes())
        file.write(np.asarray([documents, documents + 1], "<u8").tobytes())
        file.write(lengths.tobytes())
        file.write((2 * DOCUMENT_TOKENS * np.arange(documents, dtype="<i8")).tobytes())
        file.write(np.arange(documents + 1, dtype="<i8").tobytes())
    ids = pa.table({"id": [f"sparse-{number}" for number in range(documents)]})
    pq.write_table(ids, path.with_suffix(".documents.parquet"), compression="zstd")
    assert Shard(path).tokens == tokens
    return documents
