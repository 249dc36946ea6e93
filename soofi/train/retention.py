"""Which checkpoints a run keeps."""

import shutil
from collections.abc import Sequence
from contextlib import suppress

from soofi.ledger import PARTIAL, RunDirectory
from soofi.recipe import Checkpoints
from soofi.train.state import TrainerState, published_checkpoints, read_trainer_state


def to_keep(states: Sequence[TrainerState], rule: Checkpoints) -> set[int]:
    """Steps of the checkpoints that the rule keeps: the newest, those at whole multiples of `keep_every_steps`, and the
    best by bits per byte on held-out text (of equals the later one)."""
    newest = sorted(state.step for state in states)[-rule.keep_last :]
    periodic = [
        state.step for state in states if rule.keep_every_steps and not state.step % rule.keep_every_steps
    ]
    measured = [(state.bits_per_byte, -state.step) for state in states if state.bits_per_byte is not None]
    return {*newest, *periodic, *(-step for _, step in sorted(measured)[: rule.keep_best])}


def prune_checkpoints(run: RunDirectory, rule: Checkpoints) -> list[str]:
    """Delete the checkpoints that the rule does not keep; returns the ledger subjects of those deleted."""
    states = {}
    for path in published_checkpoints(run):
        with suppress(ValueError):  # what cannot be read is looked at by a person, not deleted
            states[path] = read_trainer_state(path)
    kept = to_keep(list(states.values()), rule)
    pruned = []
    for path, state in states.items():
        if state.step not in kept:
            # Renamed first: a crash in the middle of the deletion must not leave half a checkpoint under a good name.
            doomed = path.with_name(f"{PARTIAL}pruned-{path.name}")
            try:
                path.rename(doomed)
            except OSError:
                continue  # the run does not end for it; the next save tries again
            shutil.rmtree(doomed, ignore_errors=True)
            pruned.append(f"{run.checkpoints.name}/{path.name}")
    return pruned
