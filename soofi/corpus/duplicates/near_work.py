"""What the search for near-duplicates keeps in the work directory."""

import json
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from soofi.corpus.engine.work import Work
from soofi.ledger import write_json

VERDICT = np.dtype([("row", "<i8"), ("representative", "<i8"), ("cluster", "<i8"), ("similarity", "<f8")])
"""A document in a cluster of several: `representative` is its own row where it stands for others, with `similarity` 1; `cluster`:
the row that comes first in the order of preference. Rows are over all tasks."""


@dataclass(frozen=True)
class Plan:
    """How the search is divided: into how many ranges each band is, and the first row of every task of documents.

    `starts` has one number more than there are tasks: the number of all documents.
    """

    ranges: int
    starts: list[int]


@dataclass(frozen=True)
class NearWork:
    """Paths below the work directory that only this search writes."""

    work: Work

    def signatures(self, task: int) -> Path:
        """Signatures of one task's documents."""
        return self.work.signatures(task)

    def links(self, task: int) -> Path:
        """Links between documents that one task of phase `buckets` found."""
        return self._folder / f"links/{task:05d}.npy"

    def candidates(self, task: int) -> Path:
        """Which of one task's documents are compared, and in which part. int64 (documents, 2): row in its file, part."""
        return self._folder / f"candidates/{task:05d}.npy"

    def shingles(self, task: int) -> Path:
        """Sets of shingles of one task's candidates, by part."""
        return self._folder / f"shingles/{task:05d}.arrow"

    def verdicts(self, part: int) -> Path:
        """What comparing the candidates of one part came to."""
        return self._folder / f"verdicts/{part:05d}.npy"

    def write_plan(self, plan: Plan) -> None:
        """Publish what the tasks of all phases have to know."""
        write_json(self._folder / "plan.json", asdict(plan))

    def plan(self) -> Plan:
        """Read back what `write_plan` wrote."""
        return Plan(**json.loads((self._folder / "plan.json").read_text(encoding="utf-8")))

    @cached_property
    def _folder(self) -> Path:
        return self.work.path / "near"
