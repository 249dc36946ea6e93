"""Columns of a batch as the compiled code takes and gives them."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from soofi.corpus.documents import QUALITY


def text_buffers(texts: pa.Array) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The bytes of a string column and the offsets of its rows, without a copy of the bytes; nulls are empty."""
    _, offsets, data = texts.buffers()
    kind = np.int64 if pa.types.is_large_string(texts.type) else np.int32
    places = np.frombuffer(offsets, kind)[texts.offset : texts.offset + len(texts) + 1]
    return np.frombuffer(data if data is not None and data.size else b"\0", np.uint8), places.astype(np.int64)


def quality_column(
    figures: NDArray[np.float64], has_score: NDArray[np.bool_], measured: Sequence[int], before: pa.Array
) -> pa.Array:
    """`figures` (documents × fields of `QUALITY`) as the quality column; rows not measured stay as they were before."""
    is_old = np.ones(len(figures), dtype=bool)
    is_old[measured] = False
    fields = [
        pa.array(figures[:, place], mask=~has_score if field.name == "score" else None).cast(field.type)
        for place, field in enumerate(QUALITY)
    ]
    column = pa.StructArray.from_arrays(fields, fields=list(QUALITY), mask=pa.array(is_old))
    if before.null_count == len(before):
        return column
    return pc.if_else(pa.array(is_old), before, column)
