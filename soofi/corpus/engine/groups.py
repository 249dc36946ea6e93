"""Groups of tasks: what one process takes on, whichever executor starts it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from soofi.corpus.engine.work import Work

GROUP_BYTES = 1 << 30
"""Size of the input of a group at most, unless one file is larger; a local process that has read so much takes no other group."""


@dataclass(frozen=True)
class Group:
    """A range of tasks for one process."""

    first: int
    count: int


def divide(sizes: Sequence[int], groups: int) -> list[Group]:
    """Divide tasks of these sizes (bytes) into at most `groups` ranges of similar size, none empty."""
    found: list[Group] = []
    total, done, first = sum(sizes), 0, 0
    for task, size in enumerate(sizes):
        done += size
        # A range ends where the running total passes its share of the whole.
        if done * groups >= total * (len(found) + 1) or task == len(sizes) - 1:
            found.append(Group(first, task + 1 - first))
            first = task + 1
    return found


def groups_left(work: Work, phase: str, sizes: Sequence[int], least: int) -> list[Group]:
    """Groups with a task that is not complete, at least `least` of them where there are so many tasks."""
    complete = work.complete(phase)
    left = [0 if task in complete else size + 1 for task, size in enumerate(sizes)]
    wanted = max(least, -(-sum(left) // GROUP_BYTES))
    return [group for group in divide(left, wanted) if any(left[group.first : group.first + group.count])]


def complete_tasks(work: Work, phase: str, tasks: int) -> int:
    """How many of a phase's tasks are complete."""
    return sum(task < tasks for task in work.complete(phase))


def told_failure(work: Work, phase: str) -> Exception | None:
    """The user's error that a worker of this phase met and wrote down, of several that of the first task; or None.

    Every worker counts, however the work was divided: an array that is waited for may be of an earlier command.
    """
    for path in work.failures(phase):
        failure = json.loads(path.read_text(encoding="utf-8"))
        kind = FileNotFoundError if failure["kind"] == "FileNotFoundError" else ValueError
        return kind(failure["sentence"])
    return None


def died(work: Work, phase: str, tasks: int, how: str, log: Path) -> ChildProcessError:
    """The error of a worker that ended without a sentence; `how`: what became of it."""
    done = f"{complete_tasks(work, phase, tasks)} of {tasks} parts are done"
    return ChildProcessError(
        f"a corpus worker {how}; {done}: see the end of {log}, then run the same command again"
    )
