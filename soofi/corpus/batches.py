"""Arrow record batches on their way through the stages.

A batch holds every document that its reader found. A stage that drops one marks its row; later stages pass marked rows
on untouched, so that order and number of rows never change and nothing can be lost between two stages.
"""

import json
from typing import Any

import pyarrow as pa

from soofi.corpus.documents import DOCUMENT

WORKING = pa.schema(
    [
        *DOCUMENT,
        pa.field("text_bytes", pa.int64()),
        pa.field("stage", pa.string()),
        pa.field("reason", pa.string()),
        pa.field("evidence", pa.string()),
    ]
)
"""A document and, where it was dropped, the stage, reason and evidence."""


def evidence_json(values: dict[str, Any]) -> str:
    """Evidence as canonical JSON text."""
    return json.dumps(values, sort_keys=True, ensure_ascii=False)


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

    def onto(self, batch: pa.RecordBatch, **columns: list[Any]) -> pa.RecordBatch:
        """The batch with these marks and with `columns` in place of those of the same names."""
        columns |= {"stage": self._stages, "reason": self._reasons, "evidence": self._evidence}
        for name, values in columns.items():
            field = WORKING.field(name)
            batch = batch.set_column(WORKING.get_field_index(name), field, pa.array(values, field.type))
        return batch
