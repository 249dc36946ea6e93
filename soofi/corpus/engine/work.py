"""The work directory: what an interrupted corpus run leaves for the next one to go on from."""

import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from soofi.corpus.engine.tasks import Task
from soofi.corpus.reading.sources import SourceFile
from soofi.ledger import RunDirectory, remove_partial, sha256_values, write_json
from soofi.recipe import Corpus, Recipe, governing

LIBRARIES = (
    "datatrove", "fastwarc", "ftfy", "google-re2", "license-expression", "phonenumbers", "py3langid", "pyarrow", "python-stdnum", "resiliparse",
    "zstandard",
)  # fmt: skip
"""Distributions whose version can change the corpus."""

FULL_DISK = 3
"""Exit code of a worker that found the disk full: it could not write a sentence."""


@dataclass(frozen=True)
class Work:
    """Paths below the work directory. A task's number is its place in `Job.tasks`."""

    path: Path

    @property
    def job(self) -> Path:
        """What the workers have to know."""
        return self.path / "job.json"

    def engine(self, phase: str) -> Path:
        """datatrove's log folder of one phase, which holds the marks of completed tasks."""
        return self.path / "engine" / phase

    def documents(self, task: int) -> Path:
        """Documents of one task that no stage has dropped."""
        return self.path / f"documents/{task:05d}.parquet"

    def dropped(self, task: int) -> Path:
        """Documents of one task that were dropped."""
        return self.path / f"dropped/{task:05d}.parquet"

    @property
    def decisions(self) -> Path:
        """Directory with what was decided about every document."""
        return self.path / "decisions"

    def scattered(self, task: int) -> Path:
        """Directory with one task's documents, laid out by group of shards."""
        return self.path / f"scattered/{task:05d}"

    def shards(self, group: int) -> Path:
        """Directory with the shards of one group."""
        return self.path / f"shards/{group:05d}"

    def counts(self, task: int) -> Path:
        """Counts of one task."""
        return self.path / f"counts/{task:05d}.json"

    def signatures(self, task: int) -> Path:
        """MinHash signatures of the documents of one task."""
        return self.path / f"signatures/{task:05d}.keys"

    def lines(self, task: int) -> Path:
        """In how many of the documents of one task each line stands, where repeated lines are looked for."""
        return self.path / f"lines/{task:05d}.npy"

    def repeated_lines(self, task: int) -> Path:
        """Lines that stand in many documents, of one range of hashes."""
        return self.path / f"repeated-lines/{task:05d}.npy"

    def failure(self, phase: str, first_task: int) -> Path:
        """The sentence with which the worker that began at this task gave up."""
        return self.path / f"failure-{phase}-{first_task:05d}.json"

    def failures(self, phase: str) -> list[Path]:
        """Sentences with which workers of a phase gave up since the work was opened, by first task."""
        return sorted(self.path.glob(f"failure-{phase}-*.json"))

    def remove_partial(self) -> None:
        """Remove what killed workers left unfinished; no worker may be at work."""
        for folder in (*self.path.glob("*/"), *self.path.glob("near/*/")):
            remove_partial(folder)

    def complete(self, phase: str) -> set[int]:
        """Numbers of the tasks of a phase whose files are all there."""
        try:
            return {int(name) for name in os.listdir(self.engine(phase) / "completions") if name.isdecimal()}
        except FileNotFoundError:
            return set()


@dataclass(frozen=True)
class Job:
    """What the workers have to know, as `job.json` holds it."""

    tasks: list[Task]
    corpus: Corpus
    languages: list[str]
    erased: list[str]


def open_work(
    recipe: Recipe,
    run: RunDirectory,
    inputs: dict[str, str],
    tasks: Sequence[Task],
    erased: Sequence[str] = (),
) -> Work:
    """The directory for exactly this work, with what an earlier attempt finished; that of other work is removed.

    Its name is a digest of everything that decides the result and of the division into tasks: marks of completion from
    other inputs, another recipe or another division of the work are never taken for these.
    """
    identity = {
        "inputs": inputs,
        "corpus": governing(recipe.corpus),
        "languages": recipe.languages,
        "seed": recipe.seed,
        "erased": sorted(erased),
        "tasks": [[[file.source, file.origin, file.format] for file in task.files] for task in tasks],
        "libraries": {name: version(name) for name in LIBRARIES},
    }
    everything = _everything(run)
    work = Work(everything / sha256_values(identity)[:16])
    if everything.is_dir():
        for other in everything.iterdir():
            if other != work.path:
                shutil.rmtree(other)
    for failure in work.path.glob("failure-*.json"):
        failure.unlink()
    values = {
        "tasks": [asdict(task) for task in tasks],
        "corpus": recipe.corpus.model_dump(mode="json"),
        "languages": recipe.languages,
        "erased": sorted(erased),
    }
    write_json(work.job, values)
    return work


def read_job(work: Work) -> Job:
    """Read back what `open_work` wrote."""
    values = json.loads(work.job.read_text(encoding="utf-8"))
    tasks = [
        Task(
            task["source"],
            [SourceFile(**file) for file in task["files"]],
            task["size_bytes"],
        )
        for task in values["tasks"]
    ]
    return Job(tasks, Corpus.model_validate(values["corpus"]), values["languages"], values["erased"])


def remove_work(run: RunDirectory) -> None:
    """Remove everything that corpus runs keep for resuming."""
    shutil.rmtree(_everything(run), ignore_errors=True)
    parent = _everything(run).parent
    if parent.is_dir() and not any(parent.iterdir()):
        parent.rmdir()


def _everything(run: RunDirectory) -> Path:
    return run.path / ".work" / "corpus"


CarryOut = Callable[[Work, str, Sequence[int]], None]
"""Carries out all tasks of a phase in a work directory that are not complete; the numbers are the bytes that each reads."""
