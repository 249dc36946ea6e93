"""Digests of texts as they will be published."""

import hashlib

import pyarrow as pa

from soofi.corpus.batches import WORKING


def with_digests(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch (`WORKING`) with `text_sha256` of every text."""
    found = [hashlib.sha256(text.encode()).hexdigest() for text in batch["text"].to_pylist()]
    place = WORKING.get_field_index("text_sha256")
    return batch.set_column(place, WORKING.field(place), pa.array(found, pa.string()))
