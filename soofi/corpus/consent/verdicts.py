"""Everything that hosts say, as arrays: which decision each pattern makes, and which one stands where none matches."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from soofi.corpus.batches import evidence_json, text_buffers
from soofi.corpus.consent.patterns import Ints, Programs, Table, grown
from soofi.corpus.documents import CONSENT

ALLOWED = "allowed"
RESERVED = "reserved"
UNKNOWN = "unknown"


class Decision(NamedTuple):
    """What becomes of a document and why: the values of its `consent` struct, and the reason if it is dropped."""

    rule: str
    found_at: str | None
    snapshot_sha256: str | None
    decision: str
    reason: str | None


class Verdicts:
    """Variants of hosts by number. A variant is what a host says to documents of some days: tables of patterns."""

    def __init__(self) -> None:
        self._programs = Programs()
        self._numbers: dict[Decision, int] = {}
        self._decisions: list[Decision] = []
        self._of_pattern = np.empty(1 << 10, np.int64)
        # A row a variant: its first pattern, the one after its last, the decision where none matches.
        self._variants = np.empty((1 << 10, 3), np.int64)
        self._size = 0
        self._columns: list[pa.Array] = _columns([])

    @property
    def patterns(self) -> int:
        """Patterns of all variants."""
        return self._programs.size

    def add(self, tables: Sequence[Table], decisions: Sequence[Decision], silent: Decision) -> int:
        """Take up a variant, with a decision for each pattern of its tables, and `silent`; returns its number."""
        first, last = self._programs.add(tables)
        self._of_pattern = grown(self._of_pattern, last)
        self._of_pattern[first:last] = [self.number(decision) for decision in decisions]
        self._variants = grown(self._variants, self._size + 1)
        self._variants[self._size] = first, last, self.number(silent)
        self._size += 1
        return self._size - 1

    def number(self, decision: Decision) -> int:
        """The number of a decision."""
        number = self._numbers.setdefault(decision, len(self._decisions))
        if number == len(self._decisions):
            self._decisions.append(decision)
        return number

    def decision(self, number: int) -> Decision:
        """The decision of a number."""
        return self._decisions[number]

    def columns(self) -> list[pa.Array]:
        """The consent (`documents.CONSENT`), the reason and the evidence of all decisions, by number."""
        if new := self._decisions[len(self._columns[0]) :]:
            pairs = zip(self._columns, _columns(new), strict=True)
            self._columns = [pa.concat_arrays(pair) for pair in pairs]
        return self._columns

    def silent(self, variant: int) -> Decision:
        """The decision of a variant where no pattern matches."""
        return self._decisions[self._variants[variant, 2]]

    def judge(self, paths: pa.StringArray, variants: Ints) -> tuple[Ints, np.ndarray[Any, Any]]:
        """For each path (`canonical`) the number of its variant's decision, and whether a pattern made it (bool)."""
        rows = self._variants[variants]
        first, last = np.ascontiguousarray(rows[:, 0]), np.ascontiguousarray(rows[:, 1])
        places = self._programs.run(*text_buffers(paths), first, last)
        made = places >= 0
        return np.where(made, self._of_pattern[np.maximum(places, 0)], rows[:, 2]), made


def _columns(decisions: Sequence[Decision]) -> list[pa.Array]:
    *consents, reasons = (
        pa.array([decision[place] for decision in decisions], pa.string())
        for place in range(len(Decision._fields))
    )
    evidence = pa.array([_evidence(one) if one.reason else None for one in decisions], pa.string())
    return [pa.StructArray.from_arrays(consents, fields=list(CONSENT)), reasons, evidence]


def _evidence(decision: Decision) -> str:
    values = zip(CONSENT.names, decision[:-1], strict=True)
    return evidence_json({name: value for name, value in values if value})
