"""Best-fit-decreasing packing: its laws, and the same windows as a plain search over all of them."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soofi.tokens.best_fit import count_cut_by_tiling, cut_documents, pack_pieces

LENGTHS = st.sampled_from([1, 2, 8, 63, 64, 65, 100, 128, 5000])


@st.composite
def packed(draw: st.DrawFn) -> tuple[int, list[int]]:
    """A sequence length, and document lengths up to three times as long."""
    length = draw(LENGTHS)
    return length, draw(st.lists(st.integers(1, 3 * length), max_size=60))


def windows_of(sizes: np.ndarray, length: int) -> list[list[int]]:
    order, first = pack_pieces(sizes, length)
    return [order[a:b].tolist() for a, b in pairwise(first)]


def by_search(sizes: list[int], length: int) -> list[list[int]]:
    """Best fit as it is told: the longest piece first, into the fullest window that has room."""
    windows: list[list[int]] = []
    for piece in sorted(range(len(sizes)), key=lambda piece: (-sizes[piece], piece)):
        loads = [sum(sizes[other] for other in window) for window in windows]
        fitting = [w for w, load in enumerate(loads) if load + sizes[piece] <= length]
        if fitting:
            windows[max(fitting, key=lambda w: loads[w])].append(piece)
        else:
            windows.append([piece])
    return windows


@settings(derandomize=True, deadline=None, max_examples=200)
@given(packed())
def test_every_token_is_in_one_piece_and_only_long_documents_are_cut(case):
    length, documents = case
    starts, sizes = cut_documents(np.array(documents, np.int32), length)
    assert starts.tolist() == [0, *np.cumsum(sizes).tolist()][:-1] if len(sizes) else not documents
    assert sizes.sum() == sum(documents)
    expected = [[length] * (n // length) + [n % length] * (n % length > 0) for n in documents]
    assert sizes.tolist() == [size for pieces in expected for size in pieces]


@settings(derandomize=True, deadline=None, max_examples=200)
@given(packed())
def test_windows_are_those_of_best_fit(case):
    length, documents = case
    _, sizes = cut_documents(np.array(documents, np.int32), length)
    windows = windows_of(sizes, length)
    assert sorted(piece for window in windows for piece in window) == list(range(len(sizes)))
    loads = [int(sizes[window].sum()) for window in windows]
    assert all(0 < load <= length for load in loads)
    # No two windows would go into one, so that at most one is half empty: never more than first fit's bound.
    assert len(loads) < 2 or sum(sorted(loads)[:2]) > length
    expected = [sum(int(sizes[piece]) for piece in window) for window in by_search(sizes.tolist(), length)]
    assert sorted(loads) == sorted(expected)


@settings(derandomize=True, deadline=None, max_examples=100)
@given(packed())
def test_what_tiling_would_cut_is_counted_as_windows_show_it(case):
    length, documents = case
    window_of_label = [max(0, label - 1) // length for label in range(sum(documents))]
    cut, start = 0, 0
    for size in documents:
        cut += len(set(window_of_label[start : start + size])) > 1
        start += size
    assert count_cut_by_tiling(np.array(documents, np.int32), length) == cut


@pytest.mark.parametrize("length", [4096, 131_072])
def test_many_documents_leave_hardly_any_padding(length):
    documents = np.random.default_rng(length).lognormal(6.2, 1.3, 50_000).clip(1, 100_000).astype(np.int32)
    _, sizes = cut_documents(documents, length)
    windows = windows_of(sizes, length)
    assert len(windows) <= -(-int(sizes.sum()) // length) * 1.001 + 1
