"""First quality rules: what is too short, not prose, or mostly repetition."""

import re
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass

import pyarrow as pa

from soofi.corpus.batches import Marks
from soofi.recipe import Quality

_SENTENCE_END = re.compile(r"(?<=[.!?…;])\s+|\n\s*\n")


@dataclass(frozen=True)
class Figures:
    """What the rules look at. Shares are 0 to 1; a text without words has no long ones."""

    characters: int
    letter_share: float
    mean_word_characters: float
    repeated_line_share: float
    repeated_sentence_share: float


def measure(text: str) -> Figures:
    """Figures of one text.

    A sentence ends at . ! ? … or ; (Greek asks with it) before white space, or at an empty line; line breaks
    inside it do not matter. Repetition is counted in characters, white space at the ends left out.
    """
    words = text.split()
    visible = sum(map(len, words))
    return Figures(
        characters=len(text),
        letter_share=_share(sum(map(str.isalpha, text)), visible),
        mean_word_characters=_share(visible, len(words)),
        repeated_line_share=_repeated_share(text.split("\n")),
        repeated_sentence_share=_repeated_share(
            " ".join(sentence.split()) for sentence in _SENTENCE_END.split(text)
        ),
    )


@dataclass(frozen=True)
class _Rule:
    threshold: str  # field of the recipe's Quality, and name of the reason
    figure: str
    breaks: Callable[[float, float], bool]


_RULES = [
    _Rule("minimum_characters", "characters", float.__lt__),
    _Rule("minimum_letter_share", "letter_share", float.__lt__),
    _Rule("maximum_mean_word_characters", "mean_word_characters", float.__gt__),
    _Rule("maximum_repeated_line_share", "repeated_line_share", float.__gt__),
    _Rule("maximum_repeated_sentence_share", "repeated_sentence_share", float.__gt__),
]


def broken_rule(figures: Figures, limits: Quality) -> tuple[str, dict[str, float]] | None:
    """The first rule that the figures break, as (reason, evidence: the figure and its threshold), or None."""
    for rule in _RULES:
        figure, threshold = getattr(figures, rule.figure), getattr(limits, rule.threshold)
        if rule.breaks(float(figure), float(threshold)):
            return rule.threshold, {rule.figure: figure, rule.threshold: threshold}
    return None


def quality_batch(batch: pa.RecordBatch, limits: Quality, by_language: dict[str, Quality]) -> pa.RecordBatch:
    """Fill `quality`; drop documents that break a rule of their language."""
    marks = Marks(batch, "quality")
    texts, languages = batch["text"].to_pylist(), batch["language"].to_pylist()
    measured: list[dict[str, float] | None] = batch["quality"].to_pylist()
    for row in marks.open_rows():
        figures = measure(texts[row])
        measured[row] = asdict(figures)
        if broken := broken_rule(figures, by_language.get(languages[row], limits)):
            marks.drop(row, *broken)
    return marks.onto(batch, quality=measured)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _repeated_share(pieces: Iterable[str]) -> float:
    """Share of characters in pieces that occurred before."""
    seen: set[str] = set()
    total = repeated = 0
    for piece in pieces:
        piece = piece.strip()
        total += len(piece)
        if piece in seen:
            repeated += len(piece)
        seen.add(piece)
    return _share(repeated, total)
