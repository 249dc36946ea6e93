"""First values of weights, from a counter-based generator: any slice can be made alone, on any rank."""

import hashlib
import math
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import numpy as np
import torch

from soofi.model.transformer import Transformer

_BLOCK = 1 << 18
"""Values made at once by a thread, which bounds the memory."""
_DRAWS_PER_COUNT = 4
"""Philox-4x64 gives four 64-bit draws a count; each draw becomes two values."""


def initial_values(
    seed: int,
    name: str,
    shape: tuple[int, ...],
    standard_deviation: float,
    start: int = 0,
    count: int | None = None,
) -> torch.Tensor:
    """First values of the parameter `name`: normal, mean 0, `standard_deviation`, fp32 on CPU.

    Value i of the flattened parameter depends only on (seed, name, i): Philox (Salmon et al. 2011) keyed with the SHA-256
    of seed and name, Box-Muller on 32-bit halves. Without `start` and `count` the whole parameter in its shape; with
    either, flat values start … start+count-1. Raises ValueError if they reach outside the parameter.
    """
    size = math.prod(shape)
    whole = start == 0 and count is None
    stop = size if count is None else start + count
    if not 0 <= start <= stop <= size:
        raise ValueError(f"values {start} to {stop} reach outside {name}, which has {size}")
    values = np.empty(stop - start, np.float32)

    def fill(first: int) -> None:
        last = min(first + _BLOCK, stop)
        values[first - start : last - start] = _normal(seed, name, first, last) * standard_deviation

    blocks = range(start, stop, _BLOCK)
    if len(blocks) > 1:  # a core makes a billion in half a minute, and numpy lets others work meanwhile
        with ThreadPoolExecutor(min(len(blocks), len(os.sched_getaffinity(0)))) as pool:
            list(pool.map(fill, blocks))
    else:
        for first in blocks:
            fill(first)
    return torch.from_numpy(values).view(shape) if whole else torch.from_numpy(values)


class Weights(Protocol):
    """Where a model's weights come from: any slice of any parameter."""

    def read(self, name: str, start: int, count: int) -> torch.Tensor:
        """Values start … start+count-1 of the flattened parameter with that canonical name: fp32 (count,) on CPU."""
        ...


class NewWeights:
    """The first weights of a model that begins from nothing: norms are ones, all else `initial_values`."""

    def __init__(self, seed: int, standard_deviation: float):
        self.seed, self.standard_deviation = seed, standard_deviation

    def read(self, name: str, start: int, count: int) -> torch.Tensor:
        """See Weights."""
        if is_norm(name):
            return torch.ones(count)
        return initial_values(self.seed, name, (start + count,), self.standard_deviation, start, count)


def initialise(model: Transformer, seed: int) -> None:
    """Give every parameter its first value in place: `NewWeights` with the standard deviation
    `model.config.initializer_range`. Balancing biases of routers become 0.

    The result depends on the seed and the parameters' names, not on the order, device or way of building. Raises
    ValueError for a parameter on the meta device (call `model.to_empty(device=…)` before).
    """
    model.tie_weights()
    weights = NewWeights(seed, model.config.initializer_range)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.is_meta:
                raise ValueError(f"{name} has no memory yet: call to_empty before initialise")
            flat = parameter.view(-1)
            for first, last in _blocks(parameter.numel()):
                flat[first:last].copy_(weights.read(name, first, last - first))
        for router in model.biased_routers().values():  # after `to_empty` they hold whatever memory held
            router.e_score_correction_bias.zero_()


def is_norm(name: str) -> bool:
    """Whether a parameter is the weight of a norm, by its canonical name."""
    return name.endswith("norm.weight")


def _blocks(size: int) -> Iterator[tuple[int, int]]:
    return ((first, min(first + _BLOCK, size)) for first in range(0, size, _BLOCK))


def _normal(seed: int, name: str, start: int, stop: int) -> np.ndarray:
    """Standard normal values start … stop-1 (float64)."""
    per_count = 2 * _DRAWS_PER_COUNT
    first = start // per_count
    digest = hashlib.sha256(f"{seed}:{name}".encode()).digest()
    generator = np.random.Philox(key=int.from_bytes(digest[:16], "little"), counter=first)
    draws = generator.random_raw((-(-stop // per_count) - first) * _DRAWS_PER_COUNT)
    low = (draws & np.uint64(0xFFFFFFFF)).astype(np.float64)
    high = (draws >> np.uint64(32)).astype(np.float64)
    radius = np.sqrt(-2.0 * np.log((low + 0.5) / 2**32))
    angle = (high + 0.5) * (2.0 * np.pi / 2**32)
    values = np.empty(2 * len(draws))
    values[0::2], values[1::2] = radius * np.cos(angle), radius * np.sin(angle)
    return values[start - first * per_count : stop - first * per_count]
