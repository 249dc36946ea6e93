"""Byte-pair learning that goes on where a tokenizer's own ended (continued BPE training: Purason et al. 2025, arXiv 2512.03989).

Pairs of neighbouring old pieces are counted within words, the most frequent becomes a new entry, and so on. The new merges come
after all old ones, so a text is first cut exactly as before, and then some of its pieces are joined: it never takes more tokens,
and each new entry is one that the tokenizer reaches. Characters that were spelled in bytes may get entries too.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from soofi.tokenizer.encoded_words import EncodedWords
from soofi.tokenizer.old_vocabulary import OldVocabulary

Pattern = tuple[int, ...]
"""What becomes one entry: two neighbours, or one character that has no entry yet (a negative symbol of `EncodedWords`)."""


@dataclass(frozen=True)
class NewEntry:
    """An entry that was learned. `text`: as the vocabulary spells it. `pieces`: the old ids that spelled it."""

    id: int
    text: str
    pieces: tuple[int, ...]


@dataclass(frozen=True)
class Learned:
    """New entries in the order of their ids, and the merges that were learned, in order; an entry may have several ways to it."""

    entries: list[NewEntry]
    merges: list[tuple[str, str]]


def continue_merges(
    words: EncodedWords, old: OldVocabulary, entries: int, min_frequency: int, maximum_characters: int
) -> Learned:
    """Learn up to `entries` new entries; fewer where the sample has no more that stand there `min_frequency` times.

    The next entry is the one that saves most tokens: its times for a pair, and for a character its times × (its bytes - 1).
    Of equal ones the one with the older parts comes first, so equal samples give equal entries.
    """
    learning = _Learning(words, old, min_frequency, maximum_characters)
    while len(learning.new) < entries and learning.step():
        pass
    return Learned(learning.new, learning.merges)


class _Learning:
    """The sample as it is cut after the entries learned so far, with every pattern's count and places."""

    def __init__(self, words: EncodedWords, old: OldVocabulary, min_frequency: int, maximum_characters: int):
        self.new: list[NewEntry] = []
        self.merges: list[tuple[str, str]] = []
        self._old = old
        self._min_frequency, self._maximum_characters = min_frequency, maximum_characters
        self._ids = dict(old.entries)
        self._text = {id: entry for entry, id in old.entries.items()}
        self._length = {id: _characters(old.spelled[id]) for id in self._text}
        self._pieces: dict[int, tuple[int, ...]] = {id: (id,) for id in self._text}
        id_of_byte = {byte: id for id, byte in old.byte_of.items()}
        for index, character in enumerate(words.characters):
            symbol = -1 - index
            self._text[symbol], self._length[symbol] = character, 1
            self._pieces[symbol] = tuple(id_of_byte[byte] for byte in character.encode())
        self._merged: dict[Pattern, int] = {}
        self._words = [list(word) for word in words.times]
        self._times = list(words.times.values())
        self._count: dict[Pattern, int] = {}
        self._where: dict[Pattern, set[int]] = {}
        for index, (word, times) in enumerate(zip(self._words, self._times, strict=True)):
            for pattern in _patterns(word):
                self._count[pattern] = self._count.get(pattern, 0) + times
                self._where.setdefault(pattern, set()).add(index)
        self._heap = [(rank, pattern) for pattern in self._count if (rank := self._rank(pattern)) is not None]
        heapq.heapify(self._heap)

    def step(self) -> bool:
        """Join the next pattern wherever it stands; False if there is none."""
        while self._heap:
            rank, pattern = heapq.heappop(self._heap)
            if rank == self._rank(pattern):  # else its count has changed since, and it was put in again
                known = self._known(pattern)
                self._replace(pattern, self._learn(pattern) if known is None else known)
                return True
        return False

    def _rank(self, pattern: Pattern) -> tuple[int, int] | None:
        """Lowest first: what the tokenizer so far joins by itself, then what saves most; None for what must not be joined."""
        count = self._count.get(pattern, 0)
        if not count:
            return None
        if (known := self._known(pattern)) is not None:
            return 0, known
        text = "".join(self._text[part] for part in pattern)
        if (
            count < self._min_frequency
            or text in self._old.taken
            or sum(self._length[part] for part in pattern) > self._maximum_characters
        ):
            return None
        return 1, -count * (len(text.encode()) - 1 if len(pattern) == 1 else 1)

    def _known(self, pattern: Pattern) -> int | None:
        """The id that the tokenizer so far makes of a pattern."""
        if len(pattern) == 2 and self._old.merges_any_pair:
            return self._ids.get(self._text[pattern[0]] + self._text[pattern[1]])
        return self._merged.get(pattern)

    def _learn(self, pattern: Pattern) -> int:
        text = "".join(self._text[part] for part in pattern)
        id = self._ids.get(text)
        if id is None:
            id = self._old.size + len(self.new)
            pieces = tuple(piece for part in pattern for piece in self._pieces[part])
            self.new.append(NewEntry(id, text, pieces))
            self._ids[text], self._text[id], self._pieces[id] = id, text, pieces
            self._length[id] = sum(self._length[part] for part in pattern)
        self._merged[pattern] = id
        if len(pattern) == 2:
            left, right = (self._text[part] for part in pattern)
            self.merges.append((left, right))
        if self._old.merges_any_pair:  # other pairs that make the same text are joined from now on
            for cut in range(1, len(text)):
                halves = self._ids.get(text[:cut]), self._ids.get(text[cut:])
                if halves[0] is not None and halves[1] is not None:
                    self._push((halves[0], halves[1]))
        return id

    def _push(self, pattern: Pattern) -> None:
        if (rank := self._rank(pattern)) is not None:
            heapq.heappush(self._heap, (rank, pattern))

    def _replace(self, pattern: Pattern, id: int) -> None:
        changed: set[Pattern] = set()
        for index in self._where.pop(pattern):
            word, times = self._words[index], self._times[index]
            before = list(_patterns(word))
            joined = self._words[index] = _joined(word, pattern, id)
            after = list(_patterns(joined))
            for one in before:
                self._count[one] -= times
            for one in after:
                self._count[one] = self._count.get(one, 0) + times
            for one in set(before) - set(after) - {pattern}:
                self._where[one].discard(index)
            for one in after:
                self._where.setdefault(one, set()).add(index)
            changed.update(before, after)
        changed.discard(pattern)
        for one in changed:
            self._push(one)


def _patterns(word: list[int]) -> Iterator[Pattern]:
    for symbol in word:
        if symbol < 0:
            yield (symbol,)
    for left, right in pairwise(word):
        if left >= 0 and right >= 0:
            yield left, right


def _joined(word: list[int], pattern: Pattern, id: int) -> list[int]:
    """The word with `id` for every `pattern`, found from the left."""
    if len(pattern) == 1:
        return [id if symbol == pattern[0] else symbol for symbol in word]
    joined = []
    at = 0
    while at < len(word):
        if at + 1 < len(word) and word[at] == pattern[0] and word[at + 1] == pattern[1]:
            joined.append(id)
            at += 2
        else:
            joined.append(word[at])
            at += 1
    return joined


def _characters(data: bytes) -> int:
    """Characters of UTF-8 text, one that begins before it not counted."""
    return sum((byte & 0xC0) != 0x80 for byte in data)
