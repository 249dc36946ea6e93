"""Best-fit-decreasing packing of documents into windows (Ding et al. 2024, "Fewer Truncations Improve Language Modeling",
arXiv 2404.10830), for millions of documents.

Lengths are small whole numbers, so nothing is compared: pieces are sorted by counting, open windows stand in one list for
each number of places that they have left, and the list to take from is found in a set of bits, 64 numbers a word, the words
that are not empty in a set above it, and so on. A piece costs O(log_64 sequence_length) steps, three at most up to
262,144.
"""

import numpy as np

from soofi.corpus.compiled import kernel

_NO_WINDOW = -1


def cut_documents(lengths: np.ndarray, sequence_length: int) -> tuple[np.ndarray, np.ndarray]:
    """Cut documents that stand end to end into pieces of at most `sequence_length` tokens.

    `lengths`: int32 (documents,), each ≥ 1. A document that is longer is cut into pieces of `sequence_length` and the rest.
    Returns starts, int64 (pieces,), and lengths, int32 (pieces,), in the documents' order.
    """
    pieces = int(_count_pieces(lengths, sequence_length))
    starts, sizes = np.empty(pieces, np.int64), np.empty(pieces, np.int32)
    _cut(lengths, sequence_length, starts, sizes)
    return starts, sizes


def pack_pieces(sizes: np.ndarray, sequence_length: int) -> tuple[np.ndarray, np.ndarray]:
    """Pack pieces into windows of `sequence_length` tokens: the longest first, each into the window with the least room
    that it fits in, or a new one.

    `sizes`: int32 (pieces,), each from 1 to `sequence_length`. Returns `order`, int (pieces,), the pieces window by window
    and in each the longest first, and `first`, int64 (windows + 1,): window w has the pieces order[first[w] : first[w + 1]].
    The result depends on the sizes and their order alone. Windows: at most 11/9 of the least possible number, and 4 (Johnson
    et al. 1974).
    """
    kind = np.int32 if len(sizes) < 2**31 else np.int64
    order, window_of, older = (np.empty(len(sizes), kind) for _ in range(3))
    _sort_longest_first(sizes, sequence_length, order)
    windows = int(_fill(sizes, order, sequence_length, window_of, older))
    first = np.zeros(windows + 1, np.int64)
    _group(order, window_of, first, older)
    return older, first


@kernel
def count_cut_by_tiling(lengths: np.ndarray, sequence_length: int) -> int:
    """How many documents have labels in more than one window where windows tile the stream.

    Labels are one token later than windows: window w has those of the tokens w · length + 1 … (w + 1) · length.
    """
    cut, start = 0, 0
    for length in lengths:
        first, last = max(start - 1, 0) // sequence_length, max(start + length - 2, 0) // sequence_length
        cut += first != last
        start += length
    return cut


@kernel
def _count_pieces(lengths: np.ndarray, sequence_length: int) -> int:
    pieces = 0
    for length in lengths:
        pieces += -(-length // sequence_length)
    return pieces


@kernel
def _cut(lengths: np.ndarray, sequence_length: int, starts: np.ndarray, sizes: np.ndarray) -> None:
    piece, start = 0, 0
    for length in lengths:
        left = int(length)
        while left > 0:
            size = min(left, sequence_length)
            starts[piece], sizes[piece] = start, size
            piece, start, left = piece + 1, start + size, left - size


@kernel
def _sort_longest_first(sizes: np.ndarray, longest: int, order: np.ndarray) -> None:
    """Fill `order` with the indices of `sizes`, longest first, equal ones as they stand."""
    places = np.zeros(longest + 2, np.int64)
    for size in sizes:
        places[longest - size + 1] += 1
    for key in range(longest + 1):
        places[key + 1] += places[key]
    for index in range(len(sizes)):
        key = longest - sizes[index]
        order[places[key]] = index
        places[key] += 1


@kernel
def _fill(
    sizes: np.ndarray, order: np.ndarray, sequence_length: int, window_of: np.ndarray, older: np.ndarray
) -> int:
    """Fill `window_of` with the window of each piece of `order`; returns the number of windows.

    `older`, scratch: the window that was put below this one in the list of windows with as much room.
    """
    newest = np.full(sequence_length + 1, _NO_WINDOW, np.int64)
    words, levels = _empty_bits(sequence_length + 1)
    windows = 0
    for place in range(len(order)):
        size = sizes[order[place]]
        room = _next_set(words, levels, size)
        if room < 0:
            window, left = windows, sequence_length - size
            windows += 1
        else:
            window, left = newest[room], room - size
            newest[room] = older[window]
            if newest[room] == _NO_WINDOW:
                _clear(words, levels, room)
        window_of[place] = window
        if left:
            if newest[left] == _NO_WINDOW:
                _set(words, levels, left)
            older[window] = newest[left]
            newest[left] = window
    return windows


@kernel
def _group(order: np.ndarray, window_of: np.ndarray, first: np.ndarray, grouped: np.ndarray) -> None:
    """Bring the pieces of a window together, in the order in which they were put there."""
    for window in window_of:
        first[window + 1] += 1
    for window in range(len(first) - 1):
        first[window + 1] += first[window]
    places = first[:-1].copy()
    for place in range(len(order)):
        window = window_of[place]
        grouped[places[window]] = order[place]
        places[window] += 1


@kernel
def _empty_bits(count: int) -> tuple[np.ndarray, np.ndarray]:
    """A set of numbers below `count`: the words of all levels, uint64, and where each level begins, the lowest first."""
    sizes = [(count + 63) // 64]
    while sizes[-1] > 1:
        sizes.append((sizes[-1] + 63) // 64)
    levels = np.zeros(len(sizes) + 1, np.int64)
    for level in range(len(sizes)):
        levels[level + 1] = levels[level] + sizes[level]
    return np.zeros(levels[-1], np.uint64), levels


@kernel
def _set(words: np.ndarray, levels: np.ndarray, number: int) -> None:
    for level in range(len(levels) - 1):
        words[levels[level] + (number >> 6)] |= np.uint64(1) << np.uint64(number & 63)
        number >>= 6


@kernel
def _clear(words: np.ndarray, levels: np.ndarray, number: int) -> None:
    for level in range(len(levels) - 1):
        word = levels[level] + (number >> 6)
        words[word] &= ~(np.uint64(1) << np.uint64(number & 63))
        if words[word]:
            return
        number >>= 6


@kernel
def _next_set(words: np.ndarray, levels: np.ndarray, number: int) -> int:
    """The smallest number of the set that is not below `number`; -1 if there is none."""
    for level in range(len(levels) - 1):
        word = number >> 6
        if word >= levels[level + 1] - levels[level]:
            return -1
        # On upper levels the word that was just looked through does not count again.
        rest = words[levels[level] + word] >> np.uint64(number & 63)
        if rest:
            number += _trailing_zeros(rest)
            for below in range(level - 1, -1, -1):
                number = (number << 6) + _trailing_zeros(words[levels[below] + number])
            return number
        number = word + 1
    return -1


@kernel
def _trailing_zeros(word: np.uint64) -> int:
    """Zeros below the lowest one of a word that is not 0: the ones of what lies below it, counted in parallel."""
    below = (word & (~word + np.uint64(1))) - np.uint64(1)
    below = below - ((below >> np.uint64(1)) & np.uint64(0x5555555555555555))
    below = (below & np.uint64(0x3333333333333333)) + (
        (below >> np.uint64(2)) & np.uint64(0x3333333333333333)
    )
    below = (below + (below >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return int((below * np.uint64(0x0101010101010101)) >> np.uint64(56))
