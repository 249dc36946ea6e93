"""Runs of words of all evaluation texts in one table, and finding them in documents.

For each length in words that documents of some language are compared by there is a group of tables: one for runs of that length, and
one for each shorter length that some whole text has. A table holds 64-bit hashes with open addressing; before it is asked, a field
of bits small enough for the processor's cache says for most runs that they are not in it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from soofi.corpus.batches import text_buffers
from soofi.corpus.compiled import kernel_of
from soofi.corpus.decontaminate.evaluation_files import EvaluationText
from soofi.corpus.segment import folding_table, shingle_hashes, word_hashes

_BITS = 16  # of the field, for each run


@dataclass(frozen=True)
class Table:
    """Runs of `length` words: `slots` uint64 (a power of two; 0 is free), `owners` int32 beside them, `bits` uint64."""

    length: int
    slots: np.ndarray
    owners: np.ndarray
    bits: np.ndarray


class Index:
    """All runs of words by which documents are compared, and where each was found first."""

    def __init__(self, texts: Iterable[EvaluationText], lengths: Sequence[int], whole_text_words: int):
        self._places: list[dict[str, Any]] = []
        self.lengths = sorted(set(lengths))
        found: dict[tuple[int, int], dict[int, int]] = defaultdict(dict)  # (group, length) → run → owner
        for text in texts:
            of_text = len(text.words)
            for group, length in enumerate(self.lengths):
                if of_text < min(length, whole_text_words):
                    continue
                runs = np.empty(max(of_text, 1), dtype=np.uint64)
                used = min(length, of_text)
                for start in range(shingle_hashes(text.words, of_text, used, runs)):
                    self._add(found[group, used], int(runs[start]), text, start)
        self._tables = [
            [_table(length, runs) for (of_group, length), runs in sorted(found.items()) if of_group == group]
            for group in range(len(self.lengths))
        ]
        self.runs = sum(len(runs) for runs in found.values())

    def find(self, texts: pa.StringArray, length: int) -> tuple[np.ndarray, list[dict[str, Any] | None]]:
        """How many different runs of evaluation texts each text holds, int64 (texts,), and the place of the first of them.

        `length`: one of those that the index was made for.
        """
        data, begins = text_buffers(texts)
        counts = np.zeros(len(texts), dtype=np.int64)
        owners = np.full(len(texts), -1, dtype=np.int64)
        firsts = np.full(len(texts), np.iinfo(np.int64).max)
        for table in self._tables[self.lengths.index(length)]:
            _find(
                data,
                begins,
                folding_table(),
                table.length,
                table.slots,
                table.owners,
                table.bits,
                counts,
                owners,
                firsts,
            )
        return counts, [self._places[owner] if owner >= 0 else None for owner in owners]

    def _add(self, runs: dict[int, int], run: int, text: EvaluationText, start: int) -> None:
        run = run or 1
        if run in runs:
            return
        line = int(text.lines[start])
        place = text.place | ({"line": line} if line else {})
        if not self._places or self._places[-1] != place:
            self._places.append(place)
        runs[run] = len(self._places) - 1


def _table(length: int, runs: dict[int, int]) -> Table:
    size = 1 << max(4, (2 * len(runs)).bit_length())
    slots, owners = np.zeros(size, dtype=np.uint64), np.zeros(size, dtype=np.int32)
    bits = np.zeros(max(1, size * _BITS // 128), dtype=np.uint64)
    _fill(
        np.fromiter(runs.keys(), np.uint64, len(runs)),
        np.fromiter(runs.values(), np.int32, len(runs)),
        slots,
        owners,
        bits,
    )
    return Table(length, slots, owners, bits)


@kernel_of("void(u8[::1], i4[::1], u8[::1], i4[::1], u8[::1])")
def _fill(runs: Any, of_runs: Any, slots: Any, owners: Any, bits: Any) -> None:
    mask = np.uint64(len(slots) - 1)
    bit_mask = np.uint64(len(bits) * 64 - 1)
    for number in range(len(runs)):
        run = runs[number]
        bit = (run >> np.uint64(24)) & bit_mask
        bits[bit >> np.uint64(6)] |= np.uint64(1) << (bit & np.uint64(63))
        slot = run & mask
        while slots[slot] != 0:
            slot = (slot + np.uint64(1)) & mask
        slots[slot] = run
        owners[slot] = of_runs[number]


@kernel_of(
    "void(Array(u1, 1, 'C', readonly=True), Array(i4, 1, 'C', readonly=True), u2[::1], i8, u8[::1], i4[::1], u8[::1], "
    "i8[::1], i8[::1], i8[::1])"
)
def _find(
    data: Any,
    begins: Any,
    folding: Any,
    length: Any,
    slots: Any,
    owners: Any,
    bits: Any,
    counts: Any,
    found: Any,
    firsts: Any,
) -> None:
    longest = 0
    for text in range(len(begins) - 1):
        longest = max(longest, begins[text + 1] - begins[text])
    runs = np.empty(longest // 2 + 2, dtype=np.uint64)
    mask = np.uint64(len(slots) - 1)
    bit_mask = np.uint64(len(bits) * 64 - 1)
    last_text = np.full(
        len(slots), -1, dtype=np.int32
    )  # the text that a run was found in last: it counts once
    for text in range(len(begins) - 1):
        count = word_hashes(data, begins[text], begins[text + 1], folding, runs)
        if count < length:
            continue
        count = shingle_hashes(runs, count, length, runs)
        for start in range(count):
            run = runs[start]
            bit = (run >> np.uint64(24)) & bit_mask
            if (bits[bit >> np.uint64(6)] >> (bit & np.uint64(63))) & np.uint64(1) == 0:
                continue
            slot = run & mask
            while slots[slot] != 0 and slots[slot] != run:
                slot = (slot + np.uint64(1)) & mask
            if slots[slot] == run and last_text[slot] != text:
                last_text[slot] = text
                counts[text] += 1
                if start < firsts[text]:
                    firsts[text] = start
                    found[text] = owners[slot]
