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


def mixture(text: str, own: frozenset[str], identifier: Identifier) -> Mixture | None:
    """The lines of a document that is mixed, None of any other.

    `own`: the languages that count as the document's. A document is mixed when at least one of its blocks
    is surely in another language, and then at least one line.
    """
    lines = text.split("\n")
    if len(lines) == 1:
        return None
    blocks = _blocks(lines)
    if len(blocks) > BLOCKS_MAX:
        blocks = [blocks[place * len(blocks) // BLOCKS_MAX] for place in range(BLOCKS_MAX)]
    if not any(_is_foreign(found, own) for found in identifier.identify(blocks)):
        return None
    letters = [sum(map(str.isalpha, line)) for line in lines]
    long = [place for place, count in enumerate(letters) if count >= LINE_LETTERS]
    found = dict(zip(long, identifier.identify([lines[place] for place in long]), strict=True))
    judged = {place: _is_foreign(identity, own) for place, identity in found.items()}
    if not any(judged.values()):
        return None
    foreign = _with_short_lines(judged, len(lines))
    languages = [found[place].language for place, is_foreign in judged.items() if is_foreign]
    share = sum(count for count, is_foreign in zip(letters, foreign, strict=True) if is_foreign) / sum(
        letters
    )
    return Mixture(
        lines, foreign, share, sorted(set(languages), key=lambda tag: (-languages.count(tag), tag))
    )


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
