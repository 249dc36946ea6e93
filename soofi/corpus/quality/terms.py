"""What a recipe says about a language, as the tables that the compiled code reads."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from soofi.corpus.quality.characters import classes, lower_cases
from soofi.corpus.quality.measure import IGNORED, REFUSED, Terms
from soofi.corpus.quality.phrases import automaton
from soofi.corpus.quality.words import habits, hash_of
from soofi.recipe import Quality


def terms_of(limits: Quality, language: str | None) -> Terms:
    """The terms of a language under its rules. Raises ValueError for a phrase that is empty."""
    phrases = automaton({IGNORED: [*limits.c4.ignored, *limits.c4.ignored_also], REFUSED: limits.c4.refused})
    return Terms(
        classes=classes(),
        lower=lower_cases(),
        transitions=phrases.transitions,
        found=phrases.found,
        habits=habits(language),
        stop_words=stop_table(limits.stop_words),
        c4_line_ends=_codes(limits.c4.line_ends),
        c4_words=limits.c4.minimum_line_words,
        c4_word_characters=limits.c4.maximum_word_characters,
        line_ends=_codes(limits.fineweb.line_ends),
        short_line=limits.fineweb.short_line_characters,
    )


def stop_table(words: Sequence[str]) -> NDArray[np.uint64]:
    """The hash table of stop words that `measure.Terms` describes."""
    size = 4
    while size < 4 * len(words):
        size *= 2
    table = np.zeros(size, dtype=np.uint64)
    for word in words:
        hashed = hash_of(word)
        slot = int(hashed) & (size - 1)
        while table[slot] and table[slot] != hashed:
            slot = (slot + 1) & (size - 1)
        table[slot] = hashed
    return table


def _codes(characters: str) -> NDArray[np.int32]:
    return np.array([ord(character) for character in characters], dtype=np.int32)
