"""Logistic regression over hashed features, one family of close languages at a time.

Shapes: N texts, B buckets, M members; features of text n are `buckets[starts[n]:starts[n + 1]]`.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from soofi.corpus.identification.close import hash_features

EPOCHS = 4
LEARNING_RATE = 0.3
WEIGHT_DECAY = 1e-5
WEIGHT_MAX = 6.0  # of what is stored: a signed byte is spread over ± this


def features(texts: Sequence[str], buckets: int) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Buckets of all features of the texts, end to end, and where each text's begin."""
    found, starts = [], [0]
    for text in texts:
        data = np.frombuffer(bytearray(text.lower().encode()), np.uint8)
        hashes = np.empty(8 * len(data) + 16, np.uint32)
        count = hash_features(data, hashes)
        found.append(hashes[:count] & np.uint32(buckets - 1))
        starts.append(starts[-1] + count)
    return np.concatenate(found), np.array(starts)


def examples(
    texts: Mapping[str, Sequence[str]], per_member: int, generator: np.random.Generator
) -> tuple[list[str], NDArray[np.int64]]:
    """As many texts of each member: four in five are single sentences, the others two to eight of them joined."""
    chosen: list[str] = []
    for sentences in texts.values():
        order = generator.permutation(len(sentences))
        chosen += [sentences[order[place % len(order)]] for place in range(per_member)]
        for _ in range(per_member // 4):
            some = generator.integers(0, len(sentences), int(generator.integers(2, 9)))
            chosen.append(" ".join(sentences[place] for place in some))
    return chosen, np.repeat(np.arange(len(texts)), per_member + per_member // 4)


def fit(
    texts: Mapping[str, Sequence[str]], buckets: int, per_member: int, seed: int
) -> tuple[NDArray[np.int8], float, NDArray[np.float32], float]:
    """Weights (B, M) as signed bytes, their scale, priors (M), and the mean loss of the last epoch (nats).

    AdaGrad, one text a step, in an order that `seed` gives.
    """
    generator = np.random.default_rng(seed)
    chosen, member = examples(texts, per_member, generator)
    found, starts = features(chosen, buckets)
    weights_BM = np.zeros((buckets, len(texts)), np.float32)
    squares_BM = np.full_like(weights_BM, 0.01)
    prior_M, prior_squares_M = np.zeros(len(texts), np.float32), np.ones(len(texts), np.float32)
    loss = 0.0
    for epoch in range(EPOCHS):
        rate = np.float32(LEARNING_RATE * (1 - epoch / EPOCHS))
        order = generator.permutation(len(chosen))
        loss = _epoch(found, starts, member, order, weights_BM, squares_BM, prior_M, prior_squares_M, rate)
    scale = WEIGHT_MAX / 127
    stored = np.clip(np.round(weights_BM / scale), -127, 127).astype(np.int8)
    return stored, scale, prior_M, loss


@njit(cache=True)
def _epoch(
    found: NDArray[np.uint32],
    starts: NDArray[np.int64],
    member: NDArray[np.int64],
    order: NDArray[np.int64],
    weights_BM: NDArray[np.float32],
    squares_BM: NDArray[np.float32],
    prior_M: NDArray[np.float32],
    prior_squares_M: NDArray[np.float32],
    rate: np.float32,
) -> float:
    members = prior_M.size
    error_M = np.empty(members, np.float32)
    decay = np.float32(WEIGHT_DECAY)
    loss = 0.0
    for text in order:
        count = starts[text + 1] - starts[text]
        if count == 0:
            continue
        scale = np.float32(1 / math.sqrt(count))
        error_M[:] = 0
        for place in range(starts[text], starts[text + 1]):
            for m in range(members):
                error_M[m] += weights_BM[found[place], m]
        highest = np.float32(-1e30)
        for m in range(members):
            error_M[m] = error_M[m] * scale + prior_M[m]
            highest = max(highest, error_M[m])
        total = np.float32(0)
        for m in range(members):
            error_M[m] = math.exp(error_M[m] - highest)
            total += error_M[m]
        for m in range(members):
            error_M[m] /= total
        loss -= math.log(max(error_M[member[text]], 1e-9))
        error_M[member[text]] -= np.float32(1)
        for place in range(starts[text], starts[text + 1]):
            bucket = found[place]
            for m in range(members):
                slope = error_M[m] * scale + decay * weights_BM[bucket, m]
                squares_BM[bucket, m] += slope * slope
                weights_BM[bucket, m] -= rate * slope / (math.sqrt(squares_BM[bucket, m]) + np.float32(1e-6))
        for m in range(members):
            prior_squares_M[m] += error_M[m] * error_M[m]
            prior_M[m] -= np.float32(0.1) * rate * error_M[m] / math.sqrt(prior_squares_M[m])
    return loss / order.size
