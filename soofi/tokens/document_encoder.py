"""Documents to ids: by the run's tokenizer itself, or faster where that gives the same."""

from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from soofi.tokenizer import RunTokenizer, SentencePieceTokenizer
from soofi.tokenizer.processor import read_token_bytes

SAMPLE_BYTES = 16_000
"""Text of every batch whose ids are compared, in whole documents."""

SAMPLE_CHARACTERS = 64_000
"""Of a longer document its beginning is compared."""


class DocumentEncoder(Protocol):
    """Turns documents into ids."""

    def encode(self, texts: pa.StringArray) -> tuple[np.ndarray, np.ndarray]:
        """Ids of all texts one after the other, each closed by the end-of-document id, and how many each has: int32 both.

        texts: valid UTF-8, none null.
        """
        ...


class PlainEncoder:
    """The ids of a tokenizer's own `encode_batch`."""

    def __init__(self, tokenizer: RunTokenizer):
        self._tokenizer = tokenizer

    def encode(self, texts: pa.StringArray) -> tuple[np.ndarray, np.ndarray]:
        """See DocumentEncoder."""
        encoded = self._tokenizer.encode_batch(texts.to_pylist())
        lengths = np.fromiter((len(ids) + 1 for ids in encoded), np.int32, len(encoded))
        out = np.full(int(lengths.sum()), self._tokenizer.eod_id, np.int32)
        start = 0
        for ids in encoded:
            out[start : start + len(ids)] = ids
            start += len(ids) + 1
        return out, lengths


def fast_encoder(tokenizer: RunTokenizer, directory: Path) -> DocumentEncoder | None:
    """A faster encoder with the ids of `tokenizer`, which was opened from `directory`; None where there is none."""
    if not isinstance(tokenizer, SentencePieceTokenizer) or not tokenizer.merges_pairs:
        return None
    from soofi.tokens.chunk_encoder import ChunkEncoder, cuts  # loads a compiler

    return ChunkEncoder(tokenizer, cuts(read_token_bytes(directory)))


def same_ids(
    texts: pa.StringArray,
    ids: np.ndarray,
    lengths: np.ndarray,
    encoder: DocumentEncoder,
    reference: DocumentEncoder,
    number: int,
) -> tuple[bool, int]:
    """Whether `encoder`, which made ids and lengths of the texts, agrees with `reference` on a sample of them.

    The sample is neighbouring documents with SAMPLE_BYTES of text, from another place in every batch, by its `number`. Returns
    also how many were compared.
    """
    start = number * 2_654_435_761 % len(texts)  # a multiplier that spreads consecutive numbers
    sizes = np.cumsum(pc.binary_length(texts.slice(start)).to_numpy(zero_copy_only=False))
    count = min(int(np.searchsorted(sizes, SAMPLE_BYTES)) + 1, len(sizes))
    chosen = texts.slice(start, count)
    sample = pc.utf8_slice_codeunits(chosen, 0, SAMPLE_CHARACTERS)
    if sample.equals(chosen):
        ends = np.cumsum(lengths)
        first = int(ends[start] - lengths[start])
        got = ids[first : int(ends[start + count - 1])], lengths[start : start + count]
    else:
        got = encoder.encode(sample)
    expected = reference.encode(sample)
    return all(np.array_equal(a, b) for a, b in zip(got, expected, strict=True)), count
