"""A packed window as it is trained on: its pieces end to end, then padding."""

import numpy as np

from soofi.tokens.stream import Stream


def packed_window(
    stream: Stream, index: int, length: int, end_of_document: int, padding: int, ignored: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Tokens, labels and document numbers, int64 (length,) each, of window `index` of the stream's list.

    A piece's labels are its tokens; its inputs are the tokens one earlier, so that a document begins with the end-of-document
    id that closes the one before it in the stream, or, the first, with one that stands nowhere. Every piece is a document
    of its own, and so is the padding, whose labels are `ignored`; so are labels of an erased document.
    """
    tokens = np.full(length, padding, np.int64)
    labels = np.full(length, ignored, np.int64)
    documents = np.zeros(length, np.int64)
    for number, (start, place) in enumerate(stream.window_list(length).pieces(index)):
        read = (
            stream.read(start - 1, place.stop - place.start + 1)
            if start
            else stream.read(0, place.stop - place.start)
        )
        labels[place] = read[-(place.stop - place.start) :]
        tokens[place] = read[:-1] if start else [end_of_document, *read[:-1]]
        documents[place], documents[place.stop :] = number, number + 1
    labels[(labels == padding) | (tokens == padding)] = ignored
    return tokens, labels, documents
