"""Windows as a model reads them: tokens, labels one later, and the documents inside each window, numbered.

What costs time here is memory, not arithmetic: every array is gone through as few times as NumPy allows, in parts that stay in
the processor's cache, and with memory that was used before (fresh pages cost several times what is written into them).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from soofi.recipe import Goldfish
from soofi.tokens.goldfish import leave_out_labels
from soofi.tokens.stream import Stream

IGNORED_LABEL = -100
"""Label of a position that teaches nothing; the default `ignore_index` of torch's cross-entropy."""

_TOKENS_AT_ONCE = 32_768  # under half a megabyte in all: inside a core's own cache


class Window(NamedTuple):
    """What one sample is read from: pieces of a stream, (first token, tokens) each, laid end to end.

    A tile of the stream is one piece. Each piece opens a document of its own. Before the stream's first token, at -1, stands
    an end-of-document id.
    """

    stream: Stream
    pieces: Sequence[tuple[int, int]]


def tile(stream: Stream, index: int, length: int) -> Window:
    """Window `index` of those of `length` tokens that tile a stream."""
    return Window(stream, ((index * length, length),))


def packed(stream: Stream, index: int, length: int) -> Window:
    """Window `index` of the stream's list of packed windows of `length` tokens.

    The list has the pieces by their labels; what predicts them stands one token earlier. A document is so opened by the
    end-of-document id that closes the one before it, the stream's first by one at -1 that no file holds.
    """
    listed = stream.window_list(length)
    begin, end = listed.first[index : index + 2]
    starts, lengths = listed.starts[begin:end].tolist(), listed.lengths[begin:end].tolist()
    return Window(stream, [(start - 1, count) for start, count in zip(starts, lengths, strict=True)])


@dataclass(frozen=True)
class MicroBatch:
    """What one rank computes at once. S samples of L tokens, all int32 and counts int64.

    `tokens`, `labels`: (S, L); a label is IGNORED_LABEL where nothing is learned. `documents`: (S, L), numbering the
    documents inside each sample from 0; the end-of-document id opens the document after it. `valid_tokens`: (S,), each
    sample's labels that are not ignored. `streams`: name of each sample's stream.
    """

    tokens: np.ndarray
    labels: np.ndarray
    documents: np.ndarray
    valid_tokens: np.ndarray
    streams: tuple[str, ...]


def read_windows(
    windows: Sequence[Window],
    length: int,
    end_of_document: int,
    padding: int,
    goldfish: Goldfish | None = None,
    room: np.ndarray | None = None,
) -> MicroBatch:
    """Read windows of `length` tokens.

    Labels are the tokens one later in the stream, whatever stands beside them in the sample. What the pieces leave of a
    sample, and what lies past the stream's end, is `padding` in the tokens and ignored in the labels; so are the labels of
    an erased document, all of which is padding but its end. `goldfish` leaves out further labels. `room`: int32
    (3, S, L) to write tokens, labels and documents to; without it a new array.
    """
    if room is None:
        room = np.empty((3, len(windows), length), np.int32)
    valid = np.empty(len(windows), np.int64)
    rows = max(1, _TOKENS_AT_ONCE // length)
    for first in range(0, len(windows), rows):
        part = slice(first, first + rows)
        valid[part] = _fill(room[:, part], windows[part], end_of_document, padding, goldfish)
    tokens, labels, documents = room
    return MicroBatch(tokens, labels, documents, valid, tuple(window.stream.name for window in windows))


def _fill(
    room: np.ndarray, windows: Sequence[Window], end_of_document: int, padding: int, goldfish: Goldfish | None
) -> np.ndarray | int:
    """Fill (3, S, L) for these windows; returns the valid tokens of each, or of every one."""
    tokens, labels, documents = room
    read, opens, followed = _lay(windows, tokens.shape[1], end_of_document, padding)
    tokens[...] = read[:, :-1]
    labels[...] = read[:, 1:]
    valid: np.ndarray | int = tokens.shape[1]
    for sample, place, label in followed:
        labels[sample, place] = label
    if followed or (read == padding).any():
        labels[(labels == padding) | (tokens == padding)] = IGNORED_LABEL
        valid = _count_valid(labels)
    number_documents(tokens, end_of_document, opens, documents)
    if goldfish:
        for row, window in zip(labels, windows, strict=True):
            place = 0
            for start, count in window.pieces:
                part = row[place : place + count]
                leave_out_labels(part, window.stream, start, goldfish, IGNORED_LABEL)
                place += count
        valid = _count_valid(labels)
    return valid


def _lay(
    windows: Sequence[Window], length: int, end_of_document: int, padding: int
) -> tuple[np.ndarray, list[tuple[int, int]], list[tuple[int, int, int]]]:
    """Lay the pieces of each window end to end, padding behind them: int32 (S, L + 1), with the token that follows in the
    stream in the last place.

    Also returns where pieces after the first begin, as (sample, place), and the labels of tokens that are followed in the
    sample by another token than in the stream, as (sample, place, label).
    """
    read = np.empty((len(windows), length + 1), np.int32)
    opens, followed = [], []
    for sample, (stream, pieces) in enumerate(windows):
        row, place = read[sample], 0
        for start, count in pieces:
            if place:
                opens.append((sample, place))
            end = place + count
            if start < 0:
                row[place] = end_of_document
                got = 1 + stream.read_into(row[place + 1 : end + 1], 0)
            else:
                got = stream.read_into(row[place : end + 1], start)
            if got <= count:
                row[place + got : end + 1] = padding
            if end < length:
                followed.append((sample, end - 1, int(row[end])))
            place = end
        if place < length:
            row[place:] = padding
    return read, opens, followed


def _count_valid(labels: np.ndarray) -> np.ndarray:
    return np.count_nonzero(labels != IGNORED_LABEL, axis=1)


def number_documents(
    tokens: np.ndarray, end_of_document: int, opens: Sequence[tuple[int, int]], numbers: np.ndarray
) -> None:
    """Number the documents inside each sample from 0: tokens (S, L) to `numbers` (S, L), both int32.

    A boundary stands before each end-of-document id, which as an input opens what follows, and before each (sample, place)
    in `opens`. None stands before the first token.
    """
    boundary = tokens == end_of_document
    for place in opens:
        boundary[place] = True
    boundary[:, 0] = False
    np.cumsum(boundary, axis=1, dtype=numbers.dtype, out=numbers)
