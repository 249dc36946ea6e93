"""Deleting checkpoints of a run that nobody works on, by its own rule or by one that a person gave. Needs no torch."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass

from soofi.checkpoint.listing import Listed, list_checkpoints
from soofi.checkpoint.retention import Rule, delete_checkpoint, doomed
from soofi.ledger import RunDirectory, lock_run
from soofi.recipe import load_resolved


@dataclass(frozen=True)
class RuleByHand:
    """A rule that a person gave; the newest is kept whatever it says."""

    keep_last: int = 1
    keep_every_steps: int | None = None
    keep_best: int = 0


@dataclass(frozen=True)
class Pruned:
    """What a rule by hand deletes, and what it keeps."""

    deleted: tuple[Listed, ...]
    kept: tuple[Listed, ...]

    @property
    def bytes(self) -> int:
        """Room that it makes."""
        return sum(one.bytes for one in self.deleted)


def prune_by_hand(run: RunDirectory, rule: Rule | None, is_dry: bool = False) -> Pruned:
    """Apply a rule, by default that of the run's recipe, to a run that nobody works on. `is_dry`: only say what would go.

    What `latest` names always stays, and so do checkpoints that were set aside. Half-written and half-deleted ones go too.
    The ledger knows what was deleted. Raises ValueError while another process holds the run, FileNotFoundError for what is no
    run.
    """
    listed = list_checkpoints(run)
    rule = rule or load_resolved(run.recipe).train.checkpoints
    if is_dry:
        return _sort_out(run, rule, listed)
    with lock_run(run.path):
        pruned = _sort_out(run, rule, list_checkpoints(run))
        gone = [one.path for one in pruned.deleted if one.standing != "partial"]
        if gone:
            # First, so that the ledger never vouches for what is gone; the next start enters again what a deletion that was
            # cut short has left.
            subjects = [f"{run.checkpoints.name}/{path.name}" for path in gone]
            run.ledger.append("intervention", run.checkpoints.name, {"pruned": subjects})
        for path in gone:
            delete_checkpoint(run, path)
        for one in pruned.deleted:
            if one.standing == "partial":
                shutil.rmtree(one.path)
        return pruned


def _sort_out(run: RunDirectory, rule: Rule, listed: Sequence[Listed]) -> Pruned:
    gone = set(doomed(run, rule))
    deleted = [one for one in listed if one.path in gone or one.standing == "partial"]
    return Pruned(tuple(deleted), tuple(one for one in listed if one not in deleted))
