"""Which checkpoints a run keeps."""

import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from soofi.checkpoint.trainer_state import (
    TrainerState,
    latest_name,
    published_checkpoints,
    read_trainer_state,
)
from soofi.ledger import PARTIAL, RunDirectory


class Rule(Protocol):
    """What is kept: `train.checkpoints` of a recipe, or what a person said."""

    @property
    def keep_last(self) -> int: ...
    @property
    def keep_every_steps(self) -> int | None: ...
    @property
    def keep_best(self) -> int: ...


def kept_by(states: Sequence[TrainerState], rule: Rule) -> dict[int, list[str]]:
    """Steps of the checkpoints that the rule keeps, and which parts of it keep each: `last`, the newest; `every`, those at
    whole multiples of `keep_every_steps`; `best` by bits per byte on held-out text (of equals the later one)."""
    newest = sorted(state.step for state in states)[-rule.keep_last :]
    periodic = [
        state.step for state in states if rule.keep_every_steps and not state.step % rule.keep_every_steps
    ]
    measured = [(state.bits_per_byte, -state.step) for state in states if state.bits_per_byte is not None]
    best = [-step for _, step in sorted(measured)[: rule.keep_best]]
    kept: dict[int, list[str]] = {}
    for name, steps in (("last", newest), ("every", periodic), ("best", best)):
        for step in steps:
            kept.setdefault(step, []).append(name)
    return kept


def prune_checkpoints(run: RunDirectory, rule: Rule) -> list[str]:
    """Delete the checkpoints that the rule does not keep; returns the ledger subjects of those deleted.

    What cannot be renamed is left to the next save: a run does not end for it.
    """
    pruned = []
    for path in doomed(run, rule):
        with suppress(OSError):
            pruned.append(delete_checkpoint(run, path))
    return pruned


def doomed(run: RunDirectory, rule: Rule) -> list[Path]:
    """The checkpoints that the rule does not keep.

    What `latest` names is none of them, and neither is one whose trainer.json cannot be read: a person looks at it first.
    """
    states = {}
    for path in published_checkpoints(run):
        with suppress(ValueError):
            states[path] = read_trainer_state(path)
    kept = kept_by(list(states.values()), rule)
    latest = latest_name(run)
    return [path for path, state in states.items() if state.step not in kept and path.name != latest]


def delete_checkpoint(run: RunDirectory, path: Path) -> str:
    """Delete a published checkpoint; returns its ledger subject. Raises OSError if it cannot be renamed."""
    # Renamed first: a crash in the middle of the deletion must not leave half a checkpoint under a good name.
    condemned = path.with_name(f"{PARTIAL}pruned-{path.name}")
    path.rename(condemned)
    shutil.rmtree(condemned, ignore_errors=True)
    return f"{run.checkpoints.name}/{path.name}"
