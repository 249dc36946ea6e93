"""What a vocabulary does to held-out text, language by language, and whether it keeps its promises there."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from soofi.tokenizer.opening import RunTokenizer
from soofi.tokenizer.sample import iterate_texts

FORMAT = "soofi.tokenizer-measurement/1"

MEASURED_BYTES = 2_000_000
"""Text of each language that is measured, at most, in whole documents: enough for the figures' third digit."""


Inspect = Callable[[str, list[int], bool], None]
"""Told every measured text, its ids, and whether it came back from them with its bytes counted right; may raise."""


def measure(
    tokenizer: RunTokenizer, files: Mapping[str, Mapping[Path, int]], inspect: Inspect
) -> dict[str, Any]:
    """Figures per language and in total on the validation split (`files` as of `sample.corpus_files`), up to
    MEASURED_BYTES of each language.

    `bytes`, `tokens`, `documents`, `words` (between white space) and `changed_documents` (that do not come back as they
    were) are counts; `bytes_per_token`, `tokens_per_word` and `byte_token_share` (the share of tokens that spell a part of a
    character) follow from them. Raises what `inspect` raises.
    """
    languages = {language: _counts(tokenizer, paths, inspect) for language, paths in files.items()}
    total = {name: sum(counts[name] for counts in languages.values()) for name in _COUNTS}
    return {
        "format": FORMAT,
        "split": "validation",
        "languages": {language: _with_ratios(counts) for language, counts in languages.items()},
        "total": _with_ratios(total),
    }


_COUNTS = ("documents", "bytes", "words", "tokens", "byte_tokens", "changed_documents")


def _counts(tokenizer: RunTokenizer, paths: Mapping[Path, int], inspect: Inspect) -> dict[str, int]:
    counts = dict.fromkeys(_COUNTS, 0)
    byte_counts, byte_ids = tokenizer.token_byte_counts(), tokenizer.byte_ids()
    for text in _texts(paths):
        ids = np.array(tokenizer.encode(text), np.int64)
        size = len(text.encode())
        same = tokenizer.decode(ids.tolist()) == text and int(byte_counts[ids].sum()) == size
        inspect(text, ids.tolist(), same)
        counts["documents"] += 1
        counts["bytes"] += size
        counts["words"] += len(text.split())
        counts["tokens"] += len(ids)
        counts["byte_tokens"] += int(np.isin(ids, byte_ids).sum())
        counts["changed_documents"] += not same
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
