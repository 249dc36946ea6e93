"""The corpus stages as steps that datatrove's executor carries: they pass Arrow record batches, each for its own task."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
from datatrove.pipeline.base import PipelineStep

from soofi.corpus.batches import edited
from soofi.corpus.documents import EDITING
from soofi.corpus.duplicates.repeated_lines import lines_for
from soofi.corpus.duplicates.signature_files import signatures_for
from soofi.corpus.engine.task_files import OverTexts, TaskFiles
from soofi.corpus.engine.work import Job, Work
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

    def run(self, data: None, rank: int = 0, world_size: int = 1) -> Batches:
        """Yield the batches of task number `rank`."""
        task = self.tasks[rank]
        for batch in read_batches(task, self.sources[task.source]):
            self.documents += batch.num_rows
            yield batch


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
        lines, signatures = lines_for(self.job), signatures_for(self.job)
        over_texts: list[tuple[OverTexts, Path]] = []
        if lines:
            # Signatures follow when the lines are taken out and the texts are what they will be.
            over_texts.append((lines, self.work.lines(rank)))
        elif signatures:
            over_texts.append((signatures, self.work.signatures(rank)))
        with TaskFiles(self.work, self.job, rank, over_texts, EDITING) as files:
            for batch in data:
                files.write(batch)
        assert files.documents == self.reader.documents, f"task {rank} lost a document"
        files.publish_counts()
        yield from ()


class TaskStep(PipelineStep):
    """A step that is a whole task: it reads and publishes files of the work directory by itself."""

    type = "TASK"

    def __init__(self, name: str, carry_out: Callable[[int], None]):
        super().__init__()
        self.name = name
        self.carry_out = carry_out

    def run(self, data: None, rank: int = 0, world_size: int = 1) -> Batches:
        """Carry out task number `rank`."""
        with self.track_time("task"):
            self.carry_out(rank)
        yield from ()
