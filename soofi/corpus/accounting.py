"""The account of a corpus: what came in, what was kept, what was dropped and why."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from soofi.corpus.documents import STAGES
from soofi.corpus.duplicates.keys import Keys
from soofi.corpus.duplicates.selection import Selection
from soofi.corpus.engine.tasks import Task
from soofi.corpus.engine.work import Work

FORMAT = "soofi.accounting/1"

Stream = tuple[str, str]
"""Source and language. Every document is counted under one language throughout: the one in its row, or `und`."""


@dataclass
class Account:
    """Documents and UTF-8 bytes of text, by what became of them."""

    documents_read: int = 0
    dropped: Counter[tuple[Stream, str, str]] = field(
        default_factory=Counter
    )  # (stream, stage, reason) → documents
    dropped_bytes: Counter[tuple[Stream, str, str]] = field(default_factory=Counter)
    removed_bytes: Counter[tuple[Stream, str]] = field(
        default_factory=Counter
    )  # (stream, editing stage) → bytes that texts became shorter by
    kept: Counter[tuple[Stream, str]] = field(default_factory=Counter)  # (stream, split) → documents
    kept_bytes: Counter[tuple[Stream, str]] = field(default_factory=Counter)

    @property
    def streams(self) -> list[Stream]:
        """All streams that a document came in under, sorted."""
        return sorted({key[0] for key in self.dropped} | {key[0] for key in self.kept})

    def reasons(self, source: str | None = None, language: str | None = None) -> list[tuple[str, int]]:
        """Reasons and documents dropped for them, most frequent first, of one source or language or of all."""
        total: Counter[str] = Counter()
        for ((of_source, of_language), _, reason), count in self.dropped.items():
            if source in (None, of_source) and language in (None, of_language):
                total[reason] += count
        return sorted(total.items(), key=lambda item: (-item[1], item[0]))

    def values(self) -> dict[str, Any]:
        """What `accounting.json` holds."""
        sources: dict[str, dict[str, Any]] = {}
        for source, language in self.streams:
            sources.setdefault(source, {})[language] = self._table([(source, language)])
        return {
            "format": FORMAT,
            "stages": list(STAGES),
            "sources": sources,
            "total": self._table(self.streams),
        }

    def check(self, kept_rows: int, dropped_rows: int) -> None:
        """Assert that nothing was lost: every document read is one row of the published files."""
        dropped, kept = self.dropped.total(), self.kept.total()
        assert dropped + kept == self.documents_read, (dropped, kept, self.documents_read)
        assert kept == kept_rows, (kept, kept_rows)
        assert dropped == dropped_rows, (dropped, dropped_rows)

    def _table(self, streams: Sequence[Stream]) -> dict[str, Any]:
        wanted = set(streams)
        split = {
            name: _amount(
                sum(self.kept[stream, name] for stream in wanted),
                sum(self.kept_bytes[stream, name] for stream in wanted),
            )
            for name in ("train", "validation")
        }
        kept = _amount(
            *(sum(part[unit] for part in split.values()) for unit in ("documents", "bytes")),
        )
        stages: dict[str, Any] = {}
        for stage in reversed(STAGES):
            reasons: dict[str, dict[str, int]] = {}
            for stream, of_stage, reason in self.dropped:
                if stream in wanted and of_stage == stage:
                    key = (stream, stage, reason)
                    before = reasons.get(reason, _amount(0, 0))
                    reasons[reason] = _sum(before, _amount(self.dropped[key], self.dropped_bytes[key]))
            dropped = _sum(*reasons.values())
            removed = sum(self.removed_bytes[stream, stage] for stream in wanted)
            came = _sum(kept, dropped, _amount(0, removed))
            stages[stage] = {
                "in": came,
                "kept": kept,
                "dropped": dropped,
                "removed_bytes": removed,
                "reasons": reasons,
            }
            kept = came
        return {"stages": stages, "split": split}


def take_account(work: Work, tasks: Sequence[Task], keys: Keys, selection: Selection) -> Account:
    """Add up the tasks' counts and what deduplication and the split decided."""
    account = Account()
    for number, task in enumerate(tasks):
        counts = json.loads(work.counts(number).read_text(encoding="utf-8"))
        account.documents_read += counts["documents"]
        for language, stage, reason, documents, size in counts["rows"]:
            if stage is not None:
                key = ((task.source, language), stage, reason)
                account.dropped[key] += documents
                account.dropped_bytes[key] += size
        for language, stage, size in counts["removed"]:
            account.removed_bytes[(task.source, language), stage] += size
    reasons = selection.reasons(np.arange(len(keys.ids)))
    for number, stream in enumerate(keys.names):
        of_stream = keys.streams == number
        for reason, rows in reasons.items():
            if documents := int(np.sum(of_stream & rows)):
                account.dropped[stream, "deduplicate", reason] = documents
                account.dropped_bytes[stream, "deduplicate", reason] = int(
                    keys.text_bytes[of_stream & rows].sum()
                )
        for split, rows in (("train", ~selection.validation), ("validation", selection.validation)):
            rows = of_stream & selection.kept & rows
            if documents := int(rows.sum()):
                account.kept[stream, split] = documents
                account.kept_bytes[stream, split] = int(keys.text_bytes[rows].sum())
    return account


def _amount(documents: int, size: int) -> dict[str, int]:
    return {"documents": documents, "bytes": size}


def _sum(*amounts: dict[str, int]) -> dict[str, int]:
    return {unit: sum(amount[unit] for amount in amounts) for unit in ("documents", "bytes")}
