"""Path patterns with * and $ (RFC 9309, 2.2.3), those of many hosts in flat arrays, and a kernel that judges many paths at once."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numba import i8, types

from soofi.corpus.compiled import kernel_of
from soofi.corpus.consent.addresses import canonical

Ints = np.ndarray[Any, np.dtype[np.int64]]
_STAR, _SLASH = ord("*"), ord("/")


def canonical_pattern(written: str) -> str:
    """A pattern as it is compared: `*` and a closing `$` keep their meaning, everything else as in `canonical`.

    A pattern that does not begin at the root is taken from there, as its author must have meant it. Its length in this form is
    how specific it is.
    """
    anchored = written.endswith("$")
    parts, in_query = [], False
    for part in written.removesuffix("$").split("*"):
        parts.append(canonical(part, in_query))
        in_query = in_query or "?" in part
    pattern = "*".join(parts)
    if not pattern.startswith(("/", "*")):
        pattern = f"/{pattern}"
    return f"{pattern}$" if anchored else pattern


class Table(NamedTuple):
    """Patterns (`canonical_pattern`) of which the first that matches decides, and whether each refuses."""

    patterns: Sequence[str]
    refuses: Sequence[bool]


class Programs:
    """Programs: tables that are gone through one after another until a pattern refuses."""

    def __init__(self) -> None:
        self._text = np.empty(1 << 16, np.uint8)
        self._written = 0
        # A row a pattern: where its text begins and ends, whether $ closes it, whether it refuses, where its table ends.
        self._patterns = np.empty((1 << 10, 5), np.int64)
        self.size = 0
        """Patterns of all programs."""

    def add(self, tables: Sequence[Table]) -> tuple[int, int]:
        """Take up a program; returns the numbers of its first pattern and of the one after its last."""
        first = self.size
        for table in tables:
            end = self.size + len(table.patterns)
            for pattern, refuses in zip(table.patterns, table.refuses, strict=True):
                # A closing * changes nothing, since a pattern is a prefix.
                anchored = pattern.endswith("$")
                text = (pattern.removesuffix("$") if anchored else pattern.rstrip("*")).encode()
                begin, self._written = self._written, self._written + len(text)
                self._text = grown(self._text, self._written)
                self._text[begin : self._written] = np.frombuffer(text, np.uint8)
                self._patterns = grown(self._patterns, self.size + 1)
                self._patterns[self.size] = begin, self._written, anchored, refuses, end
                self.size += 1
        return first, self.size

    def run(self, data: np.ndarray[Any, Any], offsets: np.ndarray[Any, Any], first: Ints, last: Ints) -> Ints:
        """For each path the number of the pattern that refuses it, else of the first that grants it, else −1.

        `data` (uint8), `offsets` (int32, one more than paths): paths as `canonical` writes them. `first`, `last`: each path's
        program.
        """
        return judge_paths(data, offsets, first, last, self._text, self._patterns)


def grown(array: np.ndarray[Any, Any], size: int) -> np.ndarray[Any, Any]:
    """The array, or a copy with room for at least `size` rows."""
    if size <= len(array):
        return array
    grown = np.empty((max(size, 2 * len(array)), *array.shape[1:]), array.dtype)
    grown[: len(array)] = array
    return grown


# Buffers of Arrow arrays may not be written to: what is read only is declared so.
_OCTETS = types.Array(types.uint8, 1, "C", readonly=True)
_OFFSETS = types.Array(types.int32, 1, "C", readonly=True)


@kernel_of(types.boolean(_OCTETS, i8, i8, i8, _OCTETS, i8, i8))
def _matches(
    text: np.ndarray[Any, Any],
    begin: int,
    end: int,
    anchored: int,
    path: np.ndarray[Any, Any],
    start: int,
    stop: int,
) -> bool:
    """Whether text[begin:end] matches path[start:stop]: at a mismatch the last * takes one octet more."""
    place, at, star, taken = begin, start, -1, 0
    while True:
        if place < end and text[place] == _STAR:
            star, taken = place, at
            place += 1
            continue
        if place == end:
            if not anchored or at == stop:
                return True
        elif at < stop and text[place] == path[at]:
            place += 1
            at += 1
            continue
        if star < 0 or taken >= stop:
            return False
        taken += 1
        at = taken
        place = star + 1


@kernel_of(i8[::1](_OCTETS, _OFFSETS, i8[::1], i8[::1], _OCTETS, i8[:, ::1]))
def judge_paths(
    data: np.ndarray[Any, Any],
    offsets: np.ndarray[Any, Any],
    first: Ints,
    last: Ints,
    text: np.ndarray[Any, Any],
    patterns: Ints,
) -> Ints:
    """The work of `Programs.run`."""
    found = np.full(len(first), -1, np.int64)
    for row in range(len(first)):
        number = first[row]
        second = data[offsets[row] + 1] if offsets[row + 1] - offsets[row] > 1 else _STAR
        while number < last[row]:
            begin, end, anchored, refuses, table_end = patterns[number]
            # Most patterns differ from a path in its second octet, behind the slash that both begin with.
            differs = (
                end - begin > 1 and text[begin] == _SLASH and text[begin + 1] != second and text[begin + 1] != _STAR
            )  # fmt: skip
            if not differs and _matches(text, begin, end, anchored, data, offsets[row], offsets[row + 1]):
                if refuses:
                    found[row] = number
                    break
                if found[row] < 0:
                    found[row] = number
                number = table_end
            else:
                number += 1
    return found
