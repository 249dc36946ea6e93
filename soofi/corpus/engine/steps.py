"""The corpus stages as steps that datatrove's executor carries: they pass Arrow record batches, each for its own task."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

import pyarrow as pa
import pyarrow.compute as pc
from datatrove.pipeline.base import PipelineStep

from soofi.corpus.batches import WORKING
from soofi.corpus.documents import UNDETERMINED, ParquetFileWriter, dropped_schema
from soofi.corpus.engine.work import Job, Work
from soofi.corpus.identification.identify import identify_batch
from soofi.corpus.quality.quality import quality_batch
from soofi.corpus.reading.readers import read_batches
from soofi.ledger import publish_file, write_text

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


class IdentifyStep(PipelineStep):
    """Language identification."""

    name, type = "language", "STAGE"

    def __init__(self, job: Job):
        super().__init__()
        self.minimum_score = job.corpus.identify.minimum_score
        self.languages = job.languages

    def run(self, data: Batches, rank: int = 0, world_size: int = 1) -> Batches:
        """Yield each batch with its languages identified."""
        for batch in data:
            with self.track_time("batch"):
                marked = identify_batch(batch, self.minimum_score, self.languages)
            yield marked


class QualityStep(PipelineStep):
    """Quality rules."""

    name, type = "quality", "STAGE"

    def __init__(self, job: Job):
        super().__init__()
        self.limits = job.corpus.quality
        self.by_language = job.corpus.quality_by_language

    def run(self, data: Batches, rank: int = 0, world_size: int = 1) -> Batches:
        """Yield each batch with its quality measured."""
        for batch in data:
            with self.track_time("batch"):
                marked = quality_batch(batch, self.limits, self.by_language)
            yield marked


class WriteStep(PipelineStep):
    """Writes a task's documents, dropped documents and counts; each appears under its name when it is whole."""

    name, type = "Parquet", "WRITER"

    def __init__(self, work: Work, job: Job, reader: ReadStep):
        super().__init__()
        self.work = work
        self.dropped = dropped_schema(job.corpus.keep_dropped_text)
        self.reader = reader

    def run(self, data: Batches, rank: int = 0, world_size: int = 1) -> Batches:
        """Consume the batches; nothing comes after."""
        counts: Counter[tuple[str | None, ...]] = Counter()
        sizes: Counter[tuple[str | None, ...]] = Counter()
        with ExitStack() as stack:
            kept, dropped = (
                stack.enter_context(ParquetFileWriter(stack.enter_context(publish_file(path)), schema))
                for path, schema in (
                    (self.work.documents(rank), WORKING),
                    (self.work.dropped(rank), self.dropped),
                )
            )
            for batch in data:
                is_open = pc.is_null(batch["stage"])
                kept.write(batch.filter(is_open))
                dropped.write(batch.filter(pc.invert(is_open)).select(self.dropped.names))
                columns = [batch[name].to_pylist() for name in ("language", "stage", "reason", "text_bytes")]
                for language, stage, reason, size in zip(*columns, strict=True):
                    key = (language or UNDETERMINED, stage, reason)
                    counts[key] += 1
                    sizes[key] += size
        assert counts.total() == self.reader.documents, f"task {rank} lost a document"
        rows = sorted([*key, counts[key], sizes[key]] for key in counts if key[1]) + sorted(
            [*key, counts[key], sizes[key]] for key in counts if not key[1]
        )
        write_text(
            self.work.counts(rank), json.dumps({"documents": self.reader.documents, "rows": rows}) + "\n"
        )
        yield from ()
