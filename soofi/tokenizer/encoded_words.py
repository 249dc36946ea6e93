"""A sample as the old tokenizer cuts it: runs of ids within which new entries may be learned, and how often each stands there."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice, pairwise

import numpy as np
from tokenizers import Encoding, Tokenizer

from soofi.tokenizer.old_vocabulary import OldVocabulary, edges_of, joins

_LINES = 2_000
"""Lines that are encoded at once, which bounds the memory."""


@dataclass(frozen=True)
class EncodedWords:
    """`times`: how often each run of symbols stands in the sample. A symbol is an id, or -1-i for the i-th of `characters`,
    which have no entry and are spelled in bytes."""

    times: Counter[tuple[int, ...]]
    characters: list[str]


def encode_words(tokenizer: Tokenizer, old: OldVocabulary, lines: Iterable[str]) -> EncodedWords:
    """Encode a sample. Runs end where the tokenizer's own pre-tokenisation cuts, and where `OldVocabulary` lets nothing join."""
    words = _Words(old)
    remaining = iter(lines)
    while batch := list(islice(remaining, _LINES)):
        for encoding in tokenizer.encode_batch(batch, add_special_tokens=False):
            words.add(encoding)
    return EncodedWords(words.times, list(words.symbols))


class _Words:
    def __init__(self, old: OldVocabulary):
        self.old = old
        self.times: Counter[tuple[int, ...]] = Counter()
        self.symbols: dict[str, int] = {}
        self.first, self.last = old.first, old.last
        # Behind the ids' kinds stand those of the characters, found by negative symbols from the end: kept in reverse.
        self._extra: list[tuple[int, int]] = []

    def add(self, encoding: Encoding) -> None:
        ids = encoding.ids
        groups = encoding.word_ids  # ids of one pre-token have one number
        if self.old.byte_of and not self.old.byte_of.keys().isdisjoint(ids):
            ids, groups = self._with_characters(ids, groups)
        if not ids:
            return
        symbols, numbers = np.array(ids, np.int64), np.array(groups, np.int64)
        first, last = self.first[symbols], self.last[symbols]
        cut = ~joins(last[:-1], first[1:]) | (numbers[:-1] != numbers[1:])
        bounds = [0, *(np.flatnonzero(cut) + 1).tolist(), len(ids)]
        for start, stop in pairwise(bounds):
            if stop - start > 1 or ids[start] < 0:
                self.times[tuple(ids[start:stop])] += 1

    def _with_characters(
        self, ids: list[int], groups: list[int | None]
    ) -> tuple[list[int], list[int | None]]:
        """Bytes that spell a character become one symbol."""
        symbols: list[int] = []
        numbers: list[int | None] = []
        at = 0
        while at < len(ids):
            if (byte := self.old.byte_of.get(ids[at])) is not None and (length := _utf8_length(byte)) > 1:
                spelled = [self.old.byte_of.get(id) for id in ids[at : at + length]]
                if (symbol := self._symbol(spelled)) is not None:
                    symbols.append(symbol)
                    numbers.append(groups[at])
                    at += length
                    continue
            symbols.append(ids[at])
            numbers.append(groups[at])
            at += 1
        return symbols, numbers

    def _symbol(self, spelled: list[int | None]) -> int | None:
        """The symbol of a character in UTF-8; None for what should not become an entry."""
        try:
            character = bytes(byte for byte in spelled if byte is not None).decode()
        except UnicodeDecodeError:
            return None
        if len(character) != 1 or not character.isprintable() or character in self.old.taken:
            return None
        if character not in self.symbols:
            self.symbols[character] = -1 - len(self.symbols)
            self._extra.insert(0, edges_of(character, []))
            edges = np.array(self._extra, np.uint8)
            self.first = np.concatenate([self.old.first, edges[:, 0]])
            self.last = np.concatenate([self.old.last, edges[:, 1]])
        return self.symbols[character]


def _utf8_length(byte: int) -> int:
    """Bytes of the character that begins with this one; 1 for what begins none of several."""
    return 2 if 0xC2 <= byte <= 0xDF else 3 if 0xE0 <= byte <= 0xEF else 4 if 0xF0 <= byte <= 0xF4 else 1
