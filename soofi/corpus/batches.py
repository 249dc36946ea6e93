"""Arrow record batches on their way through the stages.

A batch holds every document that its reader found. A stage that drops one marks its row; later stages pass marked rows
on untouched, so that order and number of rows never change and nothing can be lost between two stages.
"""

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from soofi.corpus.documents import DOCUMENT, EDITING

WORKING = pa.schema(
    [
        *DOCUMENT,
        pa.field("text_bytes", pa.int64()),
        pa.field("stage", pa.string()),
        pa.field("reason", pa.string()),
        pa.field("evidence", pa.string()),
        pa.field("markup", pa.string()),
        pa.field("headers", pa.string()),
        pa.field("removed", pa.struct([(stage, pa.int64()) for stage in EDITING])),
    ]
)
"""A document and, where it was dropped, the stage, reason and evidence.

`text_bytes`: UTF-8 bytes of `text`, of a page's `markup` until it is extracted. `markup`: a page's HTML until it is extracted, null for what
came as text. `headers`: JSON object of the HTTP response's headers, names in lower case, or null. `removed`: bytes by
which each editing stage made the text shorter (negative: longer), null where it did not come.
"""


def text_buffers(texts: pa.StringArray) -> tuple[np.ndarray, np.ndarray]:
    """UTF-8 of the texts, end to end, uint8, and where each begins, int32 (texts + 1,): views where no text is null; a null is empty."""
    if not len(texts):
        return np.empty(0, np.uint8), np.zeros(1, np.int32)  # such an array may have no buffers
    if texts.null_count:
        texts = pc.fill_null(texts, "")
    _, begins, data = texts.buffers()
    octets = np.frombuffer(data, np.uint8) if data is not None else np.empty(0, np.uint8)
    return octets, np.frombuffer(begins, np.int32)[texts.offset : texts.offset + len(texts) + 1]


def evidence_json(values: dict[str, Any]) -> str:
    """Evidence as canonical JSON text."""
    return json.dumps(values, sort_keys=True, ensure_ascii=False)


def edited(before: pa.RecordBatch, after: pa.RecordBatch, stage: str) -> pa.RecordBatch:
    """`after` with `text_bytes` of its texts, and in `removed` how many bytes `stage` took from those of `before`.

    A row that is dropped keeps its size: what it loses is accounted as dropped.
    """
    sizes = pc.if_else(
        pc.is_null(after["stage"]), pc.binary_length(after["text"]).cast(pa.int64()), before["text_bytes"]
    )
    removed = pc.subtract(before["text_bytes"], sizes)
    parts = [removed if name == stage else after["removed"].field(name) for name in EDITING]
    after = _set(
        after, "removed", pa.StructArray.from_arrays(parts, fields=list(WORKING.field("removed").type))
    )
    return _set(after, "text_bytes", sizes)


def _set(batch: pa.RecordBatch, name: str, values: pa.Array) -> pa.RecordBatch:
    return batch.set_column(WORKING.get_field_index(name), WORKING.field(name), values)


def dropped(
    batch: pa.RecordBatch, stage: str, reasons: pa.StringArray, evidence: pa.StringArray
) -> pa.RecordBatch:
    """The batch with every row marked as dropped that is open and has a reason: `Marks` for a stage that judges whole columns.

    `reasons` and `evidence` (JSON, see `evidence_json`): one for each row, null where it is kept.
    """
    drops = pc.and_(pc.is_null(batch["stage"]), pc.is_valid(reasons))
    for name, values in (("stage", pa.scalar(stage)), ("reason", reasons), ("evidence", evidence)):
        batch = _set(batch, name, pc.if_else(drops, values, batch[name]))
    return batch


class Marks:
    """The rows of a batch that were dropped, to be written back with `onto`."""

    def __init__(self, batch: pa.RecordBatch, stage: str):
        self._stage = stage
        self._stages = batch["stage"].to_pylist()
        self._reasons = batch["reason"].to_pylist()
        self._evidence = batch["evidence"].to_pylist()

    def open_rows(self) -> list[int]:
        """Rows that no stage has dropped."""
        return [row for row, stage in enumerate(self._stages) if stage is None]

    def drop(self, row: int, reason: str, evidence: dict[str, Any]) -> None:
        """Mark a row as dropped by this stage."""
        self._stages[row], self._reasons[row] = self._stage, reason
        self._evidence[row] = evidence_json(evidence)

    def onto(self, batch: pa.RecordBatch, **columns: list[Any] | pa.Array) -> pa.RecordBatch:
        """The batch with these marks and with `columns` in place of those of the same names."""
        columns |= {"stage": self._stages, "reason": self._reasons, "evidence": self._evidence}
        for name, values in columns.items():
            array = values if isinstance(values, pa.Array) else pa.array(values, WORKING.field(name).type)
            batch = _set(batch, name, array)
        return batch
