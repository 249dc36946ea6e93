"""Counted words: what a vocabulary is learned from.

SentencePiece cuts its text into words before it learns, and looks at nothing but how often each occurs. So text is counted
here, language by language, and only words and counts are given to it. The vocabulary is the one that it would learn from the
text itself. Memory grows with the different words, not with the text, and a language is given more weight by multiplying its
counts: no sampling, no noise.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from soofi.tokenizer.sample import split_lines

SCALE = 1024
"""Counts are whole numbers to SentencePiece: times this they keep their fractions to three digits."""

_CHUNK_WORDS = 100_000


def count_words(lines: Iterable[str], symbols: Sequence[str], maximum: int) -> dict[str, int]:
    """How often each word occurs in the lines, in SentencePiece's sense: a word begins with the space before it.

    A word that opens a line, or follows one of the user-defined `symbols`, has no space. Of more than `maximum` different
    words the rarest half is forgotten, as often as it takes: what is kept is counted too low by at most what was forgotten.
    """
    cut = re.compile("|".join(map(re.escape, sorted(symbols, key=len, reverse=True))) or r"(?!)")
    spaced: Counter[str] = Counter()
    bare: Counter[str] = Counter()
    for line in lines:
        for part in cut.split(line):
            first, *rest = part.split(" ")
            bare[first] += 1
            spaced.update(rest)
        if len(spaced) + len(bare) > maximum:
            spaced, bare = _frequent(spaced, maximum // 2), _frequent(bare, maximum // 4)
    del bare[""]
    counts = {f" {word}": count for word, count in spaced.items()}
    return counts | bare


def read_word_counts(path: Path, maximum: int) -> dict[str, int]:
    """Words that were counted elsewhere: lines of `word<TAB>count`, the most frequent first; at most `maximum` are read.

    Every word is taken as one with a space before it. Raises ValueError with one sentence for any other line.
    """
    counts: dict[str, int] = {}
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            if len(counts) >= maximum:
                break
            word, tab, count = line.rstrip("\n").partition("\t")
            if not (tab and count.isascii() and count.isdigit() and word and " " not in word):
                raise ValueError(f"{path}, line {number}: write a word, a tab and how often it occurs")
            for part in split_lines(word):
                counts[f" {part}"] = counts.get(f" {part}", 0) + int(count)
    return counts


@dataclass(frozen=True)
class WordTable:
    """The different words of all languages, and for each language the places of its words in that list and their counts.

    `counts`: language → (places int32 (n,), counts float64 (n,)).
    """

    words: list[str]
    counts: dict[str, tuple[np.ndarray, np.ndarray]]

    @classmethod
    def of(cls, languages: Iterable[tuple[str, Mapping[str, float]]]) -> "WordTable":
        """The table of languages that come one by one, so that no two need be held as mappings at once."""
        place: dict[str, int] = {}
        counts = {}
        for language, words in languages:
            places = np.fromiter((place.setdefault(word, len(place)) for word in words), np.int32, len(words))
            counts[language] = places, np.fromiter(words.values(), np.float64, len(words))
        return cls(list(place), counts)

    def totals(self, multipliers: Mapping[str, float]) -> np.ndarray:
        """Count of every word, each language's counts times its multiplier: float64 (words,)."""
        total = np.zeros(len(self.words))
        for language, (places, counts) in self.counts.items():
            total[places] += counts * multipliers[language]
        return total

    def rows(self, multipliers: Mapping[str, float]) -> Iterator[str]:
        """Lines of `word<TAB>count` as SentencePiece reads them; counts that round to nothing are left out."""
        rounded = np.rint(self.totals(multipliers) * SCALE).astype(np.int64)
        for word, count in zip(self.words, rounded.tolist(), strict=True):
            if count:
                yield f"{word}\t{count}"

    def characters(self, multipliers: Mapping[str, float]) -> dict[str, float]:
        """How often each character occurs, weighted like the words that hold it."""
        totals = self.totals(multipliers)
        found: dict[str, float] = {}
        for start in range(0, len(self.words), _CHUNK_WORDS):
            words = self.words[start : start + _CHUNK_WORDS]
            codes = np.frombuffer("".join(words).encode("utf-32-le"), np.uint32)
            lengths = np.fromiter(map(len, words), np.int64, len(words))
            sums = np.bincount(codes, np.repeat(totals[start : start + len(words)], lengths))
            for code in np.flatnonzero(sums).tolist():
                found[chr(code)] = found.get(chr(code), 0.0) + float(sums[code])
        return found

    def within(self, alphabet: str) -> "WordTable":
        """The table of what is left of the words where other characters are cut out."""
        others = re.compile(f"[^{re.escape(alphabet)}]+")
        place: dict[str, int] = {}
        parents, parts = [], []
        for parent, word in enumerate(self.words):
            for part in others.split(word):
                if part:
                    parents.append(parent)
                    parts.append(place.setdefault(part, len(place)))
        whole, into = np.array(parents, np.int32), np.array(parts, np.int32)
        counts = {}
        for language, (places, values) in self.counts.items():
            dense = np.zeros(len(self.words))
            dense[places] = values
            sums = np.bincount(into, dense[whole], len(place))
            kept = np.flatnonzero(sums)
            counts[language] = kept.astype(np.int32), sums[kept]
        return WordTable(list(place), counts)


def _frequent(counts: Counter[str], number: int) -> Counter[str]:
    return Counter(dict(counts.most_common(number)))
