"""Tasks: what a worker does, and what is done again after an interruption, as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass

from soofi.corpus.reading.sources import SourceFile

TASK_BYTES = 4 << 20
"""Text files share a task until they pass this: a task of its own costs each about 40 milliseconds."""


@dataclass(frozen=True)
class Task:
    """Files of one source that are read one after another, and their bytes on disk."""

    source: str
    files: list[SourceFile]
    size_bytes: int


def tasks_of(files: Sequence[SourceFile]) -> list[Task]:
    """Divide files into tasks without changing their order: one each, but neighbouring text files together."""
    tasks: list[Task] = []
    for file in files:
        size = file.path.stat().st_size
        last = tasks[-1] if tasks else None
        together = last is not None and last.source == file.source and last.size_bytes + size <= TASK_BYTES
        if last is not None and together and file.format == last.files[-1].format == "text":
            last.files.append(file)
            tasks[-1] = Task(last.source, last.files, last.size_bytes + size)
        else:
            tasks.append(Task(file.source, [file], size))
    return tasks
