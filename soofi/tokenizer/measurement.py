"""What a vocabulary does to held-out text, language by language, and whether it keeps its promises there."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from soofi.tokenizer.processor import SentencePieceTokenizer
from soofi.tokenizer.sample import iterate_texts

FORMAT = "soofi.tokenizer-measurement/1"

MEASURED_BYTES = 2_000_000
"""Text of each language that is measured, at most, in whole documents: enough for the figures' third digit."""


def measure(
    tokenizer: SentencePieceTokenizer, converted: Tokenizer, files: Mapping[str, Mapping[Path, int]]
) -> dict[str, Any]:
    """Figures per language and in total on the validation split (`files` as of `sample.corpus_files`), up to
    MEASURED_BYTES of each language.

    `bytes`, `tokens`, `documents` and `words` (between white space) are counts; `bytes_per_token`, `tokens_per_word` and
    `byte_token_share` (the share of tokens that spell a character in bytes) follow from them.

    Raises RuntimeError if any document does not come back from its ids, or gives other ids through `converted`.
    """
    converted.encode_special_tokens = True
    languages = {language: _counts(tokenizer, converted, paths) for language, paths in files.items()}
    total = {name: sum(counts[name] for counts in languages.values()) for name in _COUNTS}
    return {
        "format": FORMAT,
        "split": "validation",
        "languages": {language: _with_ratios(counts) for language, counts in languages.items()},
        "total": _with_ratios(total),
    }


_COUNTS = ("documents", "bytes", "words", "tokens", "byte_tokens")


def _counts(
    tokenizer: SentencePieceTokenizer, converted: Tokenizer, paths: Mapping[Path, int]
) -> dict[str, int]:
    counts = dict.fromkeys(_COUNTS, 0)
    byte_counts, byte_ids = tokenizer.token_byte_counts(), tokenizer.byte_ids()
    for text in _texts(paths):
        ids = np.array(tokenizer.encode(text), np.int64)
        size = len(text.encode())
        if tokenizer.decode(ids.tolist()) != text or byte_counts[ids].sum() != size:
            raise RuntimeError(
                "a document did not come back from its tokens: this is a fault of soofi, please report it"
            )
        if converted.encode(text, add_special_tokens=False).ids != ids.tolist():
            raise RuntimeError(
                "tokenizer.json and tokenizer.model disagree: this is a fault of soofi, please report it"
            )
        counts["documents"] += 1
        counts["bytes"] += size
        counts["words"] += len(text.split())
        counts["tokens"] += len(ids)
        counts["byte_tokens"] += int(np.isin(ids, byte_ids).sum())
    return counts


def _texts(paths: Mapping[Path, int]) -> Iterator[str]:
    """The beginning of every file, in proportion to its share of the language."""
    total = sum(paths.values())
    for path, size in paths.items():
        left = MEASURED_BYTES * size / total
        for text in iterate_texts(path, "validation"):
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
    }
