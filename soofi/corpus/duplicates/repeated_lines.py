"""Lines that stand in many documents: menus, notices and other boilerplate, counted over the whole corpus.

A line is known by its words (`soofi.corpus.segment`), so that case, punctuation and white space make no other line of it. The tasks that
write documents count in how many of theirs each line stands; the tasks of phase `lines` each add these counts up for a range of the
lines' hashes; the tasks of phase `trim` take the lines out and write the documents again, into a work directory of its own.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from soofi.corpus.batches import Marks, edited, text_buffers
from soofi.corpus.compiled import kernel_of
from soofi.corpus.duplicates.signature_files import Signatures
from soofi.corpus.engine.task_files import TaskFiles
from soofi.corpus.engine.work import CarryOut, Job, Work
from soofi.corpus.segment import folding_table, shingle_hashes, word_hashes
from soofi.ledger import publish_file, write_json, write_text
from soofi.recipe.duplicates import RepeatedLines

RANGE_BYTES = 1 << 28
"""Counts that one task adds up, about."""

_BATCH_ROWS = 1024


class LineCounts:
    """Counts the lines of one task's documents and publishes them as one file.

    uint64 (2, lines): hashes, ascending, and in how many documents each line stands.
    """

    def __init__(self, limits: RepeatedLines):
        self._limits = limits
        self._counts = [np.empty((2, 0), np.uint64)]

    def add(self, texts: pa.StringArray) -> None:
        """Take the next documents in; none is null."""
        begins, hashes = line_hashes(texts, self._limits.line_words)
        document = np.repeat(np.arange(len(texts)), np.diff(begins))[hashes != 0]
        hashes = hashes[hashes != 0]
        order = np.lexsort((document, hashes))
        hashes, document = hashes[order], document[order]
        new = np.ones(len(hashes), dtype=bool)
        new[1:] = (hashes[1:] != hashes[:-1]) | (document[1:] != document[:-1])
        self._counts.append(_summed(np.stack([hashes[new], np.ones(int(new.sum()), np.uint64)])))

    def publish(self, path: Path) -> None:
        """Write the file."""
        with publish_file(path) as partial, partial.open("wb") as file:
            np.save(file, _summed(np.concatenate(self._counts, axis=1)))


def trim_repeated_lines(work: Work, job: Job, sizes: Sequence[int], carry_out: CarryOut) -> Work:
    """Take repeated lines out of all documents; returns the work directory that holds the documents as they are then.

    `sizes`: bytes that each task of documents read.
    """
    total = sum(work.lines(task).stat().st_size for task in range(len(job.tasks)))
    ranges = max(1, -(-total // RANGE_BYTES))
    trimmed = Work(work.path / "trimmed")
    write_json(work.path / "line-ranges.json", ranges)
    carry_out(work, "lines", [total // ranges] * ranges)
    write_text(trimmed.job, work.job.read_text(encoding="utf-8"))
    carry_out(trimmed, "trim", sizes)
    return trimmed


def write_repeated(work: Work, job: Job, task: int) -> None:
    """Write the lines of range `task` of the hashes that stand in enough documents. uint64, ascending."""
    ranges = _ranges(work)
    limits = np.array([task * 2**64 // ranges, (task + 1) * 2**64 // ranges - 1], dtype=np.uint64)
    found = [np.empty((2, 0), np.uint64)]
    for number in range(len(job.tasks)):
        counts = np.load(work.lines(number), mmap_mode="r")
        first, end = (
            np.searchsorted(counts[0], limits[0], "left"),
            np.searchsorted(counts[0], limits[1], "right"),
        )
        found.append(counts[:, first:end].copy())  # a view would hold a descriptor for each task
    lines, documents = _summed(np.concatenate(found, axis=1))
    enough = documents >= job.corpus.deduplicate.lines.documents
    with publish_file(work.repeated_lines(task)) as partial, partial.open("wb") as file:
        np.save(file, lines[enough])


def write_trimmed(work: Work, job: Job, task: int) -> None:
    """Write one task's documents, dropped documents, counts and signatures again, without repeated lines.

    Memory: 8 bytes a repeated line beside one batch.
    """
    before = Work(work.path.parent)
    repeated = np.concatenate([np.load(before.repeated_lines(number)) for number in range(_ranges(before))])
    counts = json.loads(before.counts(task).read_text(encoding="utf-8"))
    near = job.corpus.deduplicate.near
    over_texts = [(Signatures(near), work.signatures(task))] if near.action != "off" else []
    with TaskFiles(work, job, task, over_texts, ["deduplicate"]) as files:
        with pq.ParquetFile(before.dropped(task)) as file:
            for batch in file.iter_batches(_BATCH_ROWS):
                files.pass_on_dropped(batch)
        with pq.ParquetFile(before.documents(task)) as file:
            for batch in file.iter_batches(_BATCH_ROWS):
                files.write(trim_batch(batch, repeated, job.corpus.deduplicate.lines))
    files.publish_counts(counts)


def trim_batch(batch: pa.RecordBatch, repeated: np.ndarray, limits: RepeatedLines) -> pa.RecordBatch:
    """Take repeated lines out of the texts of a batch (`WORKING`, all rows open), or drop those that hold too much of them.

    `repeated`: hashes of lines, uint64, ascending.
    """
    marks = Marks(batch, "deduplicate")
    begins, hashes = line_hashes(batch["text"], limits.line_words)
    places = np.searchsorted(repeated, hashes)
    places[places == len(repeated)] = 0
    again = (repeated[places] == hashes) & (hashes != 0) if len(repeated) else np.zeros(len(hashes), bool)
    of_row = np.add.reduceat(np.append(again, False), begins[:-1]) if batch.num_rows else np.empty(0)
    texts = batch["text"].to_pylist()
    for row in np.flatnonzero(of_row):
        lines = texts[row].split("\n")
        flags = again[begins[row] : begins[row + 1]]
        remaining = [line for line, flag in zip(lines, flags, strict=True) if not flag]
        whole = sum(len(line) for line in lines)
        share = 1 - sum(len(line) for line in remaining) / whole
        if share > limits.maximum_share or not any(line.strip() for line in remaining):
            evidence = {"repeated_share": round(share, 4), "maximum_share": limits.maximum_share}
            marks.drop(int(row), "repeated_lines", evidence)
        elif limits.action == "remove":
            texts[row] = "\n".join(remaining).strip("\n")
    return edited(batch, marks.onto(batch, text=texts), "deduplicate")


def line_hashes(texts: pa.StringArray, line_words: int) -> tuple[np.ndarray, np.ndarray]:
    """The hash of each line of each text: (int64 (texts + 1,) where each text's lines begin, uint64 all of them).

    0 for a line of fewer than `line_words` words. A text has one line more than it has line ends.
    """
    data, offsets = text_buffers(texts)
    first, end = (int(offsets[0]), int(offsets[-1])) if len(texts) else (0, 0)
    room = np.empty(int(np.count_nonzero(data[first:end] == ord("\n"))) + len(texts), dtype=np.uint64)
    begins = np.zeros(len(texts) + 1, dtype=np.int64)
    _line_hashes(data, offsets, line_words, folding_table(), begins, room)
    return begins, room


def _ranges(work: Work) -> int:
    return int(json.loads((work.path / "line-ranges.json").read_text(encoding="utf-8")))


def _summed(counts: np.ndarray) -> np.ndarray:
    """Each line once with the sum of its documents, by hash. uint64 (2, lines): hashes, documents."""
    counts = counts[:, np.argsort(counts[0], kind="stable")]
    if counts.shape[1] == 0:
        return counts
    first = np.flatnonzero(np.append(True, counts[0, 1:] != counts[0, :-1]))
    return np.stack([counts[0, first], np.add.reduceat(counts[1], first)])


@kernel_of(
    "void(Array(u1, 1, 'C', readonly=True), Array(i4, 1, 'C', readonly=True), i8, u2[::1], i8[::1], u8[::1])"
)
def _line_hashes(data: Any, offsets: Any, line_words: Any, table: Any, begins: Any, room: Any) -> None:
    longest = 0
    for text in range(len(offsets) - 1):
        longest = max(longest, offsets[text + 1] - offsets[text])
    words = np.empty(longest // 2 + 2, dtype=np.uint64)
    line = 0
    for text in range(len(offsets) - 1):
        start = offsets[text]
        for place in range(offsets[text], offsets[text + 1] + 1):
            if place == offsets[text + 1] or data[place] == 10:
                count = word_hashes(data, start, place, table, words)
                room[line] = 0
                if count >= line_words:
                    shingle_hashes(words, count, count, words)
                    room[line] = max(words[0], np.uint64(1))
                line += 1
                start = place + 1
        begins[text + 1] = line
