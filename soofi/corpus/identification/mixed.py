"""Documents in more than one language: finding them, and their lines that are in another language than the rest."""

from collections.abc import Sequence
from dataclasses import dataclass

from soofi.corpus.identification.identify import Identifier, Identity

BLOCK_CHARACTERS, BLOCKS_MAX = 200, 16
"""A document is looked through in blocks of whole lines of at least so many characters, at most so many blocks of it."""

LINE_LETTERS = 25
"""A line with fewer letters is not identified alone: it goes with the lines around it."""

FOREIGN_SCORE = 0.9
"""Least probability of another language before a block or a line counts as foreign."""


@dataclass(frozen=True)
class Mixture:
    """What a mixed document is made of: its lines, which of them are foreign, and their share of its letters (0 to 1)."""

    lines: list[str]
    foreign: list[bool]
    foreign_share: float
    languages: list[str]  # of the foreign lines, the most frequent first

    def own_text(self) -> str:
        """The document without its foreign lines."""
        return "\n".join(line for line, foreign in zip(self.lines, self.foreign, strict=True) if not foreign)


def mixtures(
    texts: Sequence[str], own: Sequence[frozenset[str]], identifier: Identifier
) -> list[Mixture | None]:
    """The lines of each document that is mixed, None for any other.

    `own`: the languages that count as the document's. A document is mixed when at least one of its blocks is surely
    in another language, and then at least one line.
    """
    lines = [text.split("\n") for text in texts]
    blocks = [_blocks(of_one) if len(of_one) > 1 else [] for of_one in lines]
    in_blocks = _identified(blocks, identifier)
    flagged = [
        any(_is_foreign(found, languages) for found in of_one)
        for of_one, languages in zip(in_blocks, own, strict=True)
    ]
    letters = [
        [sum(map(str.isalpha, line)) for line in of_one] if is_flagged else []
        for of_one, is_flagged in zip(lines, flagged, strict=True)
    ]
    long = [[place for place, count in enumerate(counts) if count >= LINE_LETTERS] for counts in letters]
    chosen = [[of_one[place] for place in places] for of_one, places in zip(lines, long, strict=True)]
    in_lines = _identified(chosen, identifier)
    return [
        _mixture(*of_one) if of_one[1] else None
        for of_one in zip(lines, letters, long, in_lines, own, strict=True)
    ]


def _mixture(
    lines: list[str],
    letters: list[int],
    long: list[int],
    found: list[Identity],
    own: frozenset[str],
) -> Mixture | None:
    judged = {place: _is_foreign(identity, own) for place, identity in zip(long, found, strict=True)}
    others = [identity.language for identity in found if _is_foreign(identity, own)]
    if not others:
        return None
    foreign = _with_short_lines(judged, len(lines))
    share = sum(count for count, is_foreign in zip(letters, foreign, strict=True) if is_foreign) / sum(
        letters
    )
    return Mixture(lines, foreign, share, sorted(set(others), key=lambda tag: (-others.count(tag), tag)))


def _identified(texts: Sequence[Sequence[str]], identifier: Identifier) -> list[list[Identity]]:
    """What all texts of all documents are in, asked for at once: the identifier is quickest with many."""
    found = iter(identifier.identify([text for of_one in texts for text in of_one]))
    return [[next(found) for _ in of_one] for of_one in texts]


def _is_foreign(found: Identity, own: frozenset[str]) -> bool:
    return found.score >= FOREIGN_SCORE and not found.may_be(own)


def _blocks(lines: Sequence[str]) -> list[str]:
    blocks, gathered, characters = [], list[str](), 0
    for line in lines:
        gathered.append(line)
        characters += len(line)
        if characters >= BLOCK_CHARACTERS:
            blocks.append("\n".join(gathered))
            gathered, characters = [], 0
    if gathered:
        blocks.append("\n".join(gathered))
    if len(blocks) > BLOCKS_MAX:
        return [blocks[place * len(blocks) // BLOCKS_MAX] for place in range(BLOCKS_MAX)]
    return blocks


def _with_short_lines(judged: dict[int, bool], count: int) -> list[bool]:
    """A short line is foreign when the judged lines before and after it are; at an end the one there is decides."""
    before: list[bool | None] = [None] * count
    after: list[bool | None] = [None] * count
    last: bool | None = None
    for place in range(count):
        last = before[place] = judged.get(place, last)
    last = None
    for place in reversed(range(count)):
        last = after[place] = judged.get(place, last)
    return [bool(b if a is None else a if b is None else a and b) for b, a in zip(before, after, strict=True)]
