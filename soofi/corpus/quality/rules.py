"""The quality rules in their order: which figure each looks at, and where the recipe keeps its threshold."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from soofi.corpus.quality.figures import FIGURES
from soofi.recipe import Quality

SCORE = "score"
"""The classifier's figure, which stands behind those of `FIGURES`."""


@dataclass(frozen=True)
class Rule:
    """A threshold of the recipe's `Quality` for one figure. A document may lie on it."""

    name: str
    """Where the threshold stands below `corpus.quality`; the reason of what is dropped."""
    figure: str

    @property
    def is_least(self) -> bool:
        """Whether the threshold is the least that a figure may be, not the greatest."""
        return self.name.rpartition(".")[2].startswith("minimum_")

    def threshold(self, limits: Quality) -> float | None:
        """The recipe's threshold, or None if it switches the rule off."""
        value: Any = limits
        for part in self.name.split("."):
            value = getattr(value, part, None)
        return None if value is None else float(value)


RULES = (
    *(Rule(f"{'maximum' if at else 'minimum'}_{FIGURES[i]}", FIGURES[i]) for i, at in enumerate((0, 0, 1, 1, 1))),
    *(Rule(f"repetition.maximum_{figure}", figure) for figure in FIGURES[5:18]),
    Rule("gopher.minimum_words", "words"),
    Rule("gopher.maximum_words", "words"),
    Rule("gopher.minimum_mean_word_length", "mean_word_length"),
    Rule("gopher.maximum_mean_word_length", "mean_word_length"),
    *(Rule(f"gopher.maximum_{figure}", figure) for figure in FIGURES[20:24]),
    Rule("gopher.minimum_alphabetic_word_share", "alphabetic_word_share"),
    Rule("gopher.minimum_stop_words", "stop_words"),
    Rule("c4.maximum_refused_phrase_lines", "refused_phrase_lines"),
    Rule("c4.maximum_curly_bracket_lines", "curly_bracket_lines"),
    Rule("c4.minimum_sentences", "sentences"),
    Rule("fineweb.minimum_punctuated_line_share", "punctuated_line_share"),
    *(Rule(f"fineweb.maximum_{figure}", figure) for figure in FIGURES[30:]),
    Rule("classifier.minimum_score", SCORE),
)  # fmt: skip
"""All rules; the first that a document breaks is the reason why it is dropped."""


@dataclass(frozen=True)
class Broken:
    """The rule that a document broke first."""

    rule: Rule
    figure: float
    threshold: float

    def evidence(self) -> dict[str, float]:
        """The figure and the threshold by their names."""
        return {self.rule.figure: self.figure, self.rule.name.rpartition(".")[2]: self.threshold}


def broken_rules(figures: NDArray[np.float64], limits: Quality) -> Sequence[Broken | None]:
    """For each row (documents × `FIGURES` and the score) the first rule that it breaks, or None."""
    places = {name: place for place, name in enumerate((*FIGURES, SCORE))}
    found: list[Broken | None] = [None] * len(figures)
    # From the last rule to the first, so that the first has the last word.
    for rule in reversed(RULES):
        threshold = rule.threshold(limits)
        if threshold is None:
            continue
        column = figures[:, places[rule.figure]]
        for row in np.flatnonzero(column < threshold if rule.is_least else column > threshold):
            found[row] = Broken(rule, float(column[row]), threshold)
    return found
