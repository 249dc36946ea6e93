"""Bits per byte: a figure that does not depend on the vocabulary."""

import math

import numpy as np


def bits_per_byte(nats: float, byte_count: float) -> float:
    """Bits per UTF-8 byte of a text of `byte_count` bytes whose tokens cost `nats` in all (natural logarithm)."""
    if byte_count <= 0:
        raise ValueError(f"bits per byte of {byte_count} bytes of text are not defined")
    return nats / math.log(2) / byte_count


def unigram_nats(counts: np.ndarray, tokens: np.ndarray, added: float = 0.1) -> float:
    """Cost in nats of `tokens` under a unigram model: the baseline that a language model must beat.

    counts: (vocabulary,) occurrences of every token in the training text; tokens: (n,) ids. The probability of token t
    is (counts[t] + added) / (counts.sum() + added · vocabulary) (additive smoothing).
    """
    counts = np.asarray(counts, dtype=np.float64)
    log_probability = np.log(counts + added) - math.log(counts.sum() + added * len(counts))
    return float(-log_probability[np.asarray(tokens)].sum())
