"""How many words of a text a tokenizer continues: words that two or more tokens spell between them.

The proportion of continued words is that of Rust et al. 2021 (arXiv 2012.15613). A word here is a run of letters, so that
neither a comma behind it nor the space before it makes it one that is continued.
"""

from collections.abc import Sequence

import numpy as np


def count_words(text: str, token_bytes: np.ndarray, shift: int = 0) -> tuple[int, int]:
    """Words of `text`, and those among them that a border between two tokens runs through.

    `token_bytes` int (tokens,): UTF-8 bytes that each token spells, in order; together they spell the text, after `shift`
    bytes that stand before it (the space that some tokenizers put there).
    """
    points = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    if not len(points):
        return 0, 0
    sizes = 1 + (points >= 0x80) + (points >= 0x800) + (points >= 0x10000)
    starts = np.concatenate([[0], np.cumsum(sizes)])  # of every character, in bytes, and the end of the last
    letters = np.concatenate([[False], _are_letters(points), [False]]).astype(np.int8)
    changes = np.diff(letters)
    first, behind = starts[np.flatnonzero(changes == 1)], starts[np.flatnonzero(changes == -1)]
    borders = np.zeros(starts[-1] + 1, bool)
    ends = np.cumsum(token_bytes) - shift
    borders[ends[(ends >= 0) & (ends <= starts[-1])]] = True
    before = np.concatenate([[0], np.cumsum(borders)])  # borders before each byte
    inside = before[behind] - before[first + 1]
    return len(first), int((inside > 0).sum())


def count_words_alone(encoded: Sequence[Sequence[int]]) -> int:
    """Words that take two or more tokens where each is encoded by itself: for tokenizers whose tokens do not spell the text."""
    return sum(len(ids) > 1 for ids in encoded)


def words_of_letters(text: str) -> list[str]:
    """The words that `count_words` counts."""
    return "".join(c if c.isalpha() else " " for c in text).split()


def _are_letters(points: np.ndarray) -> np.ndarray:
    distinct, place = np.unique(points, return_inverse=True)
    return np.array([chr(point).isalpha() for point in distinct], bool)[place]
