"""What a vocabulary does to text, language by language, and whether it keeps its promises there."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from soofi.tokenizer.continued_words import count_words, count_words_alone, words_of_letters
from soofi.tokenizer.sample import iterate_texts

FORMAT = "soofi.tokenizer-measurement/1"

MEASURED_BYTES = 2_000_000
"""Text of each language that is measured, at most, in whole documents: enough for the figures' third digit."""


class Measurable(Protocol):
    """What measuring a text needs of a vocabulary: a run's tokenizer has it, and any that `foreign.open_any` opened."""

    def encode_batch(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of each text."""
        ...

    def decode(self, ids: Sequence[int]) -> str:
        """Text of a sequence of ids."""
        ...

    def token_byte_counts(self) -> np.ndarray:
        """UTF-8 bytes that every id stands for, 0 for special entries: int32 (vocabulary_size,)."""
        ...

    def byte_ids(self) -> list[int]:
        """Ids that spell a part of a character."""
        ...


Inspect = Callable[[str, list[int], bool], None]
"""Told every measured text, its ids, and whether it came back from them with its bytes counted right; may raise."""


def measure(
    tokenizer: Measurable, files: Mapping[str, Mapping[Path, int]], inspect: Inspect
) -> dict[str, Any]:
    """Figures per language and in total (`figures`) on the validation split (`files` as of `sample.corpus_files`), up to
    MEASURED_BYTES of each language. Raises what `inspect` raises.
    """
    counts = {
        language: count_texts(tokenizer, corpus_texts(paths, "validation"), inspect)
        for language, paths in files.items()
    }
    return {"format": FORMAT, "split": "validation", **figures(counts)}


def figures(languages: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """`languages` and `total`: the counts of `count_texts` with the ratios that follow from them.

    `bytes_per_token`; `tokens_per_word`; `byte_token_share`, the share of tokens that spell a part of a character;
    `continued_word_share`, the share of words that two or more tokens spell.
    """
    total = {name: sum(counts[name] for counts in languages.values()) for name in _COUNTS}
    return {
        "languages": {language: _with_ratios(counts) for language, counts in languages.items()},
        "total": _with_ratios(total),
    }


_COUNTS = (
    "documents", "bytes", "words", "tokens", "byte_tokens", "changed_documents", "letter_words", "continued_words",
)  # fmt: skip


def count_texts(
    tokenizer: Measurable, texts: Iterable[str], inspect: Inspect | None = None
) -> dict[str, int]:
    """What texts of one language give: `documents`, `bytes`, `tokens`, `words` (between white space), `byte_tokens` (that
    spell a single byte, a part of a character), `changed_documents` (that do not come back as they were), `letter_words` (runs
    of letters), `continued_words` (those of them that two or more tokens spell). Raises what `inspect` raises.
    """
    counts = dict.fromkeys(_COUNTS, 0)
    byte_counts = tokenizer.token_byte_counts()
    is_byte = np.zeros(len(byte_counts), bool)
    is_byte[tokenizer.byte_ids()] = True
    for text in texts:
        encoded = tokenizer.encode_batch([text])[0]
        ids = np.array(encoded, np.int64)
        size = len(text.encode())
        back = tokenizer.decode(encoded)
        spelled = byte_counts[ids]
        same = back == text and int(spelled.sum()) == size
        if inspect is not None:
            inspect(text, encoded, same)
        words, continued = _words(tokenizer, text, back, spelled, size)
        counts["documents"] += 1
        counts["bytes"] += size
        counts["words"] += len(text.split())
        counts["tokens"] += len(ids)
        counts["byte_tokens"] += int(is_byte[ids].sum())
        counts["changed_documents"] += back != text
        counts["letter_words"] += words
        counts["continued_words"] += continued
    return counts


def _words(tokenizer: Measurable, text: str, back: str, spelled: np.ndarray, size: int) -> tuple[int, int]:
    shift = int(spelled.sum()) - size
    if (shift == 0 and back == text) or (shift == 1 and back in (text, " " + text)):
        return count_words(text, spelled, shift)
    # What the tokens spell is not the text: where they part its words cannot be told.
    words = words_of_letters(text)
    return len(words), count_words_alone(tokenizer.encode_batch(words)) if words else 0


def corpus_texts(paths: Mapping[Path, int], split: str) -> Iterator[str]:
    """Up to MEASURED_BYTES of one language: the beginning of every file, in proportion to its share."""
    total = sum(paths.values())
    for path, size in paths.items():
        left = MEASURED_BYTES * size / total
        for text in iterate_texts(path, split):
            if left <= 0:
                break
            left -= len(text.encode())
            yield text


def _with_ratios(counts: Mapping[str, int]) -> dict[str, int | float]:
    tokens, words = max(1, counts["tokens"]), max(1, counts["words"])
    return {
        **counts,
        "bytes_per_token": round(counts["bytes"] / tokens, 4),
        "tokens_per_word": round(counts["tokens"] / words, 4),
        "byte_token_share": round(counts["byte_tokens"] / tokens, 6),
        "continued_word_share": round(counts["continued_words"] / max(1, counts["letter_words"]), 6),
    }
