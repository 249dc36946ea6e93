"""Which stream each sample comes from: a tree of rounded splits in integer weights."""

import heapq
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from soofi.recipe import Mixture

TOTAL_WEIGHT = 1 << 30
"""Integer weights of a mixture add up to about this; a stream's share is exact to one part in a thousand million."""


def integer_weights(tokens: Mapping[str, int], mixture: Mixture) -> dict[str, int]:
    """Integer weight of every stream that takes part; `tokens` maps `source/language` to the stream's length.

    Tokens count times their source's factor. A language's share is its tokens ** exponent, times its factor; it is
    divided among the language's streams in proportion to their tokens. Weights are scaled to TOTAL_WEIGHT and at least
    1. Raises ValueError if nothing takes part or a named language has no stream.
    """
    parts: dict[str, dict[str, float]] = {}
    for name in sorted(tokens):
        source, _, language = name.rpartition("/")
        parts.setdefault(language, {})[name] = tokens[name] * mixture.sources.get(source, 1.0)
    for language in mixture.languages:
        if language not in parts:
            raise ValueError(f"the mixture names language '{language}', of which there is no text")
    shares: dict[str, float] = {}
    for language, streams in parts.items():
        size = sum(streams.values())
        if factor := mixture.languages.get(language, 1.0):
            shares |= {
                name: size**mixture.exponent * factor * part / size for name, part in streams.items() if part
            }
    if not shares:
        raise ValueError("the mixture leaves every stream out")
    total = sum(shares.values())
    return {name: max(1, round(shares[name] / total * TOTAL_WEIGHT)) for name in sorted(shares)}


_GREATEST_WEIGHT = (
    2**31 - 1
)  # of a whole tree, up to which twice the product of two weights and one more fit 64 bits


@dataclass(frozen=True)
class _Node:
    weight: int
    name: str | None = None
    left: "_Node | None" = None
    right: "_Node | None" = None


class WeightedSplit:
    """Deals samples 0, 1, 2 … out to streams so that every prefix keeps to the weights.

    Of the first n samples of a node, its left child gets n · w_left / w rounded to the nearest whole number, the right
    one the rest. Both counts grow by 0 or 1 with n, so a sample falls into exactly one of them: no state, exact in sum,
    and the descent can be run backwards. One split is off by at most 1/2; what a stream inherits from the splits above
    shrinks with its share of them, so its error is at most 1/2 · Σ w_stream / w_ancestor over its ancestors below the
    root, itself included. In a Huffman tree a node's grandparent outweighs node and parent together, so the ancestors
    grow at least as the Fibonacci numbers do and the sum is below the sum of their reciprocals, 3.36: **no stream is
    ever off by more than 1.68 samples**, whatever the weights.
    """

    def __init__(self, weights: Mapping[str, int]):
        """`weights`: positive integers by stream name. Ties are broken by name, so equal weights give one tree."""
        if not weights or min(weights.values()) < 1:
            raise ValueError("a split needs streams with positive integer weights")
        heap = [(weight, name, _Node(weight, name)) for name, weight in weights.items()]
        heapq.heapify(heap)
        while len(heap) > 1:
            (one, name, left), (two, _, right) = (
                heapq.heappop(heap),
                heapq.heappop(heap),
            )
            heapq.heappush(heap, (one + two, name, _Node(one + two, None, left, right)))
        self._root = heap[0][2]
        self.names = tuple(sorted(weights))
        self._paths: dict[str, list[tuple[_Node, bool]]] = {}
        self._record(self._root, [])

    def locate(self, index: int) -> tuple[str, int]:
        """Stream of sample `index` (from 0) and how many samples that stream had before it."""
        node = self._root
        while node.left is not None and node.right is not None:
            before = _left_count(node, index)
            is_left = _left_count(node, index + 1) > before
            node, index = (node.left, before) if is_left else (node.right, index - before)
        assert node.name is not None
        return node.name, index

    def locate_all(self, indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """As `locate`, for samples `indices` (int64, (n,)): numbers of their streams in `names`, and counts, both int64 (n,)."""
        node_weight, left_child, right_child, name_of = self._nodes
        if self._root.weight > _GREATEST_WEIGHT:
            found = [self.locate(index) for index in indices.tolist()]
            streams = [self.names.index(name) for name, _ in found]
            return np.array(streams, np.int64), np.array([count for _, count in found], np.int64)
        node, count = np.zeros(len(indices), np.int64), indices.astype(np.int64)
        descending = np.arange(len(indices)) if name_of[0] < 0 else np.empty(0, np.int64)
        while descending.size:
            at, n = node[descending], count[descending]
            whole, left_whole = node_weight[at], node_weight[left_child[at]]
            # _left_count(n), where n is rounds · whole + rest so that no product leaves 64 bits.
            rounds, rest = np.divmod(n, whole)
            part, remainder = np.divmod(2 * rest * left_whole + whole, 2 * whole)
            before = rounds * left_whole + part
            is_left = remainder + 2 * left_whole >= 2 * whole  # the next sample's left count is one more
            node[descending] = at = np.where(is_left, left_child[at], right_child[at])
            count[descending] = np.where(is_left, before, n - before)
            descending = descending[name_of[at] < 0]
        return name_of[node], count

    def index_of(self, name: str, count: int) -> int:
        """The sample that is number `count` (from 0) of stream `name`: the inverse of `locate`."""
        for node, is_left in reversed(self._paths[name]):
            assert node.left is not None and node.right is not None
            if is_left:  # smallest n with left(n) = count + 1, less one
                count = -(-node.weight * (2 * count + 1) // (2 * node.left.weight)) - 1
            else:
                count = node.weight * (2 * count + 1) // (2 * node.right.weight)
        return count

    def counts(self, samples: int) -> dict[str, int]:
        """How many of the first `samples` samples each stream has."""
        result: dict[str, int] = {}
        pending = [(self._root, samples)]
        while pending:
            node, n = pending.pop()
            if node.name is not None:
                result[node.name] = n
            else:
                assert node.left is not None and node.right is not None
                left = _left_count(node, n)
                pending += [(node.left, left), (node.right, n - left)]
        return dict(sorted(result.items()))

    @cached_property
    def _nodes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """The tree, root first, int64 (nodes,) each: weight, number of the left and right child, and of the stream in `names`.

        What a node does not have is -1.
        """
        numbers = {name: number for number, name in enumerate(self.names)}
        rows: list[list[int]] = []
        pending = [(self._root, -1, 0)]
        while pending:
            node, parent, side = pending.pop()
            if parent >= 0:
                rows[parent][side] = len(rows)
            rows.append(
                [min(node.weight, _GREATEST_WEIGHT), -1, -1, -1 if node.name is None else numbers[node.name]]
            )
            if node.left is not None and node.right is not None:
                pending += [(node.left, len(rows) - 1, 1), (node.right, len(rows) - 1, 2)]
        weight, left, right, name = np.array(rows).T
        return weight, left, right, name

    def _record(self, node: _Node, path: list[tuple[_Node, bool]]) -> None:
        if node.name is not None:
            self._paths[node.name] = path
        else:
            assert node.left is not None and node.right is not None
            self._record(node.left, [*path, (node, True)])
            self._record(node.right, [*path, (node, False)])


def _left_count(node: _Node, samples: int) -> int:
    assert node.left is not None
    return (2 * samples * node.left.weight + node.weight) // (2 * node.weight)
