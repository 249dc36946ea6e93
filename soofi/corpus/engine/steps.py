"""The corpus stages as steps that datatrove's executor carries: they pass Arrow record batches, each for its own task."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pyarrow as pa
import pyarrow.compute as pc
from datatrove.pipeline.base import PipelineStep

from soofi.corpus.batches import WORKING, edited
from soofi.corpus.documents import EDITING, UNDETERMINED, ParquetFileWriter, dropped_schema
from soofi.corpus.engine.work import Job, Work
from soofi.corpus.reading.readers import read_batches
from soofi.corpus.stages import OverBatch
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
        removed: Counter[tuple[str, str]] = Counter()
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
                kept.write(_with_digests(batch.filter(is_open)))
                dropped.write(batch.filter(pc.invert(is_open)).select(self.dropped.names))
                columns = [batch[name].to_pylist() for name in ("language", "stage", "reason", "text_bytes")]
                for language, stage, reason, size in zip(*columns, strict=True):
                    key = (language or UNDETERMINED, stage, reason)
                    counts[key] += 1
                    sizes[key] += size
                for stage in EDITING:
                    taken = batch["removed"].field(stage).to_pylist()
                    for language, size in zip(columns[0], taken, strict=True):
                        removed[language or UNDETERMINED, stage] += size or 0
        assert counts.total() == self.reader.documents, f"task {rank} lost a document"
        rows = sorted([*key, counts[key], sizes[key]] for key in counts if key[1]) + sorted(
            [*key, counts[key], sizes[key]] for key in counts if not key[1]
        )
        values = {
            "documents": self.reader.documents,
            "rows": rows,
            "removed": [[*key, size] for key, size in sorted(removed.items()) if size],
        }
        write_text(self.work.counts(rank), json.dumps(values) + "\n")
        yield from ()


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


def _with_digests(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with the digest of every text, which no stage changes any more."""
    found = [hashlib.sha256(text.encode()).hexdigest() for text in batch["text"].to_pylist()]
    place = WORKING.get_field_index("text_sha256")
    return batch.set_column(place, WORKING.field(place), pa.array(found, pa.string()))
