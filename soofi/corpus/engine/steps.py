"""The corpus stages as steps that datatrove's executor carries: they pass Arrow record batches, each for its own task."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
from datatrove.pipeline.base import PipelineStep

from soofi.corpus.batches import edited
from soofi.corpus.documents import EDITING
from soofi.corpus.engine.task_files import OverTexts, TaskFiles
from soofi.corpus.engine.work import Job, Work
from soofi.corpus.erase import without_erased
from soofi.corpus.reading.readers import read_batches
from soofi.corpus.stages import OverBatch

Batches = Iterator[pa.RecordBatch]


class ReadStep(PipelineStep):
    """Opens the files of a task; counts every document it hands on, so that the last step can be checked."""

    name, type = "documents", "READER"

    def __init__(self, job: Job):
        super().__init__()
        self.tasks = job.tasks
        self.sources = {source.name: source for source in job.corpus.sources}
        self.documents = 0
        self.erased = pa.array(job.erased, pa.string())

    def run(self, data: None, rank: int = 0, world_size: int = 1) -> Batches:
        """Yield the batches of task number `rank`."""
        task = self.tasks[rank]
        for batch in read_batches(task, self.sources[task.source]):
            self.documents += batch.num_rows
            yield without_erased(batch, self.erased)


class BatchStep(PipelineStep):
    """One stage over every batch."""

    type = "STAGE"

    def __init__(self, name: str, over_batch: OverBatch):
        super().__init__()
        self.name = name
        self.over_batch = over_batch

    def run(self, data: Batches, rank: int = 0, world_size: int = 1) -> Batches:
        """Yield each batch as the stage leaves it."""
        for batch in data:
            with self.track_time("batch"):
                after = self.over_batch(batch)
                if self.name in EDITING:
                    after = edited(batch, after, self.name)
            yield after


class WriteStep(PipelineStep):
    """Writes a task's files."""

    name, type = "Parquet", "WRITER"

    def __init__(self, work: Work, job: Job, reader: ReadStep):
        super().__init__()
        self.work = work
        self.job = job
        self.reader = reader

    def run(self, data: Batches, rank: int = 0, world_size: int = 1) -> Batches:
        """Consume the batches; nothing comes after."""
        with TaskFiles(self.work, self.job, rank, self._over_texts(rank), EDITING) as files:
            for batch in data:
                files.write(batch)
        assert files.documents == self.reader.documents, f"task {rank} lost a document"
        files.publish_counts()
        yield from ()

    def _over_texts(self, rank: int) -> list[tuple[OverTexts, Path]]:
        # Kernels take a moment to load: only recipes that use them pay for it.
        limits = self.job.corpus.deduplicate
        if limits.lines.action != "off":
            # Signatures follow when the lines are taken out and the texts are what they will be.
            from soofi.corpus.duplicates.repeated_lines import LineCounts

            return [(LineCounts(limits.lines), self.work.lines(rank))]
        if limits.near.action != "off":
            from soofi.corpus.duplicates.signature_files import Signatures

            return [(Signatures(limits.near), self.work.signatures(rank))]
        return []


class FunctionStep(PipelineStep):
    """A task that is one function of its number."""

    type = "TASK"

    def __init__(self, name: str, carry_out: Callable[[int], None]):
        super().__init__()
        self.name = name
        self.carry_out = carry_out

    def run(self, data: None, rank: int = 0, world_size: int = 1) -> Batches:
        """Carry out task number `rank`."""
        self.carry_out(rank)
        yield from ()
