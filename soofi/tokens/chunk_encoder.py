"""Encoding text with a byte-pair vocabulary, each chunk of it once.

No entry of a vocabulary that SentencePiece learned spans a space inside, nor a letter and the sign after it: the places between two
bytes that stand side by side in no entry at all are places where no merge can ever reach across. Text is cut at all of
them. The chunks between are mostly words; each one is encoded by SentencePiece when it is first met, and looked up from
then on. What a text becomes is what SentencePiece makes of the whole of it:

- Merges: every step of byte-pair encoding makes an entry, and none spans a cut. Steps to the left and to the right of a cut
  do not see each other, so their order among each other changes nothing.
- User-defined symbols are matched from left to right, the longest first; none spans a cut either, so the search begins anew there.
- A literal U+2581 is cut out by `SentencePieceTokenizer` wherever it stands.

It does not hold for Unigram, where the best way through a text is found with rounded sums over the whole of it.
"""

from collections.abc import Iterable
from itertools import chain

import numpy as np
import pyarrow as pa

from soofi.tokenizer import RunTokenizer
from soofi.tokens.chunk_kernels import FREE, LONGEST_KEY, count_ids, find_chunks, put_together

ENTRIES = 1 << 20
"""Chunks that are kept; when there are so many, all are forgotten."""
KEY_BYTES = 16 << 20
"""Bytes of all chunks that are kept."""
NEW_ENTRIES = 1 << 17
"""Chunks that are given to SentencePiece at once."""


class ChunkEncoder:
    """Encodes documents as `tokenizer.encode_batch` does and closes each; about 60 MB."""

    def __init__(self, tokenizer: RunTokenizer, may_cut: np.ndarray, entries: int = ENTRIES):
        self._tokenizer = tokenizer
        self._may_cut = may_cut
        self._slots = np.empty(1 << (2 * entries - 1).bit_length(), np.int32)
        self._hashes = np.empty(entries, np.uint64)
        self._key_starts = np.zeros(entries + 1, np.int64)
        self._keys = np.empty(max(KEY_BYTES, 2 * LONGEST_KEY), np.uint8)
        self._id_starts = np.zeros(entries + 1, np.int64)
        self._ids = np.empty(1 << 16, np.int32)
        self._new_starts = np.empty(min(NEW_ENTRIES, entries), np.int64)
        self._new_ends = np.empty_like(self._new_starts)
        self._forget()

    def encode(self, texts: pa.StringArray) -> tuple[np.ndarray, np.ndarray]:
        """Ids of all texts one after the other, each closed by the end-of-document id, and how many each has: int32 both."""
        offsets = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]
        first, last = int(offsets[0]), int(offsets[-1])
        buffer = texts.buffers()[2]
        raw = memoryview(buffer)[first:last] if last > first else memoryview(b"")
        text = np.frombuffer(raw, np.uint8)
        ends = offsets[1:].astype(np.int64) - first
        order = np.empty(len(text) + len(texts), np.int32)
        lengths = np.zeros(len(texts) + 1, np.int32)
        parts = []
        at = document = 0
        while document < len(texts):
            before = document, self._entries
            at, document, self._entries, count = find_chunks(
                text, ends, at, document, self._may_cut, self._slots, self._hashes, self._key_starts, self._keys,
                self._entries, order, self._new_starts, self._new_ends,
            )  # fmt: skip
            self._learn(raw, before[1])
            part = np.empty(count_ids(order[:count], self._id_starts), np.int32)
            put_together(order[:count], self._id_starts, self._ids, part, lengths, before[0])
            parts.append(part)
            if document < len(texts) and self._entries - before[1] < len(self._new_starts):
                self._forget()
        ids = parts[0] if len(parts) == 1 else np.concatenate([*parts, np.empty(0, np.int32)])
        return ids, lengths[:-1]

    def _learn(self, text: memoryview, first: int) -> None:
        """Have the new entries encoded, from `first` on."""
        new = self._entries - first
        if not new:
            return
        starts, ends = self._new_starts[:new].tolist(), self._new_ends[:new].tolist()
        data = bytes(text)
        encoded = self._tokenizer.encode_batch(
            [data[start:end].decode() for start, end in zip(starts, ends, strict=True)]
        )
        self._add(first, encoded)

    def _add(self, first: int, encoded: list[list[int]]) -> None:
        used = int(self._id_starts[first])
        counts = np.fromiter(map(len, encoded), np.int64, len(encoded))
        ends = used + np.cumsum(counts)
        self._id_starts[first + 1 : first + 1 + len(encoded)] = ends
        total = int(ends[-1])
        if total > len(self._ids):
            grown = np.empty(2 * total, np.int32)
            grown[:used] = self._ids[:used]
            self._ids = grown
        self._ids[used:total] = np.fromiter(chain.from_iterable(encoded), np.int32, total - used)

    def _forget(self) -> None:
        self._slots.fill(FREE)
        self._entries = 1
        self._add(0, [[self._tokenizer.eod_id]])


def cuts(entries: Iterable[bytes]) -> np.ndarray:
    """Where no entry of a vocabulary can span: uint8 (65,536,), 1 at 256 × a byte + the next, for `find_chunks`."""
    may_cut = np.ones((256, 256), np.uint8)
    may_cut[:, 0x80:0xC0] = 0  # within a character
    for entry in entries:
        data = np.frombuffer(entry, np.uint8)
        may_cut[data[:-1], data[1:]] = 0
    return may_cut.reshape(-1)
