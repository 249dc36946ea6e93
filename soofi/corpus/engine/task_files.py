"""The files that a task of documents leaves: documents, dropped documents, what deduplication needs of them, and counts."""

import json
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol, Self

import pyarrow as pa
import pyarrow.compute as pc

from soofi.corpus.batches import WORKING
from soofi.corpus.documents import UNDETERMINED, ParquetFileWriter, dropped_schema
from soofi.corpus.duplicates.digests import with_digests
from soofi.corpus.engine.work import Job, Work
from soofi.ledger import publish_file, write_text


class OverTexts(Protocol):
    """What looks at all texts that a task writes, and publishes one file about them."""

    def add(self, texts: pa.StringArray) -> None:
        """Take the texts of the next documents."""

    def publish(self, path: Path) -> None:
        """Write the file."""


class TaskFiles:
    """Writes one task's files; a context manager. Each appears under its name when it is whole, counts last.

    `over_texts`: (what looks at the documents' texts, the file that it publishes). `editing`: stages whose removed bytes are
    counted here.
    """

    def __init__(
        self,
        work: Work,
        job: Job,
        task: int,
        over_texts: Sequence[tuple[OverTexts, Path]],
        editing: Sequence[str],
    ):
        self._work, self._task = work, task
        self._over_texts, self._editing = over_texts, editing
        self._schema = dropped_schema(job.corpus.keep_dropped_text)
        self._counts: Counter[tuple[str, str | None, str | None]] = Counter()
        self._sizes: Counter[tuple[str, str | None, str | None]] = Counter()
        self._removed: Counter[tuple[str, str]] = Counter()
        self._stack = ExitStack()

    @property
    def documents(self) -> int:
        """Rows that were given to `write`."""
        return self._counts.total()

    def __enter__(self) -> Self:
        self._kept, self._dropped = (
            self._stack.enter_context(
                ParquetFileWriter(self._stack.enter_context(publish_file(path)), schema)
            )
            for path, schema in (
                (self._work.documents(self._task), WORKING),
                (self._work.dropped(self._task), self._schema),
            )
        )
        return self

    def __exit__(self, *error: Any) -> None:
        self._stack.__exit__(*error)

    def write(self, batch: pa.RecordBatch) -> None:
        """Write the rows of a batch (`WORKING`) and count them."""
        is_open = pc.is_null(batch["stage"])
        documents = with_digests(batch.filter(is_open))
        self._kept.write(documents)
        for over, _ in self._over_texts:
            over.add(documents["text"])
        self._dropped.write(batch.filter(pc.invert(is_open)).select(self._schema.names))
        columns = [batch[name].to_pylist() for name in ("language", "stage", "reason", "text_bytes")]
        for language, stage, reason, size in zip(*columns, strict=True):
            key = (language or UNDETERMINED, stage, reason)
            self._counts[key] += 1
            self._sizes[key] += size
        for stage in self._editing:
            taken = batch["removed"].field(stage).to_pylist()
            for language, size in zip(columns[0], taken, strict=True):
                self._removed[language or UNDETERMINED, stage] += size or 0

    def pass_on_dropped(self, batch: pa.RecordBatch) -> None:
        """Write rows that were dropped, and counted, before."""
        self._dropped.write(batch)

    def publish_counts(self, before: dict[str, Any] | None = None) -> None:
        """Publish, after the files are whole, what looked at the texts and the counts.

        `before`: counts of the same task before its documents were written again; what they say of dropped documents stays.
        """
        for over, path in self._over_texts:
            over.publish(path)
        # Documents that stay come last.
        keys = sorted(key for key in self._counts if key[1]) + sorted(
            key for key in self._counts if not key[1]
        )
        before = before or {"documents": self.documents, "rows": [], "removed": []}
        values = {
            "documents": before["documents"],
            "rows": [row for row in before["rows"] if row[1]]
            + [[*key, self._counts[key], self._sizes[key]] for key in keys],
            "removed": before["removed"]
            + [[*key, size] for key, size in sorted(self._removed.items()) if size],
        }
        write_text(self._work.counts(self._task), json.dumps(values) + "\n")
