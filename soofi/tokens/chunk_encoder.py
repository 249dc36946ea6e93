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
from soofi.tokens.chunk_kernels import LONGEST_KEY, count_ids, find_chunks, put_together

ENTRIES = 1 << 20
"""Chunks that are kept; when there are so many, all are forgotten."""
KEY_BYTES = 16 << 20
"""Bytes of all chunks that are kept."""
NEW_ENTRIES = 1 << 16
"""Chunks that are given to SentencePiece at once, at most."""
TEXT_CHUNKS = 1 << 20
"""Chunks of text that are found before their ids are put together, at most."""


class ChunkEncoder:
    """Encodes documents as `tokenizer.encode_batch` does and closes each; about 60 MB."""

    def __init__(
        self,
        tokenizer: RunTokenizer,
        may_cut: np.ndarray,
        entries: int = ENTRIES,
        key_bytes: int = KEY_BYTES,
        new_entries: int = NEW_ENTRIES,
        text_chunks: int = TEXT_CHUNKS,
    ):
        """`may_cut`: of `cuts`. The others decide memory and speed alone: `entries` and `text_chunks` ≥ 2, `key_bytes` ≥
        LONGEST_KEY."""
        self._tokenizer = tokenizer
        self._may_cut = may_cut
        self._slots = np.zeros((1 << (2 * entries - 1).bit_length(), 2), np.uint64)
        self._key_starts = np.zeros(entries + 1, np.int64)
        self._keys = np.empty(key_bytes, np.uint8)
        self._id_starts = np.zeros(entries + 1, np.int64)
        self._ids = np.empty(1 << 16, np.int32)
        self._new_starts = np.empty(new_entries, np.int64)
        self._new_ends = np.empty_like(self._new_starts)
        self._order = np.empty(text_chunks, np.int32)
        self._entries = 1
        self._add(0, [[tokenizer.eod_id]])

    def encode(self, texts: pa.StringArray) -> tuple[np.ndarray, np.ndarray]:
        """Ids of all texts one after the other, each closed by the end-of-document id, and how many each has: int32 both."""
        offsets = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]
        first, last = int(offsets[0]), int(offsets[-1])
        buffer = texts.buffers()[2]
        raw = memoryview(buffer)[first:last] if last > first else memoryview(b"")
        text = np.frombuffer(raw, np.uint8)
        ends = offsets[1:].astype(np.int64) - first
        lengths = np.zeros(len(texts) + 1, np.int32)  # one more, for nothing behind the last END
        parts = [np.empty(0, np.int32)]
        at = document = 0
        while document < len(texts):
            first_document, first_entry = document, self._entries
            at, document, self._entries, count = find_chunks(
                text, ends, at, document, self._may_cut, self._slots, self._key_starts, self._keys, self._entries,
                self._order, self._new_starts, self._new_ends,
            )  # fmt: skip
            order = self._order[:count]
            self._learn(raw, first_entry)
            part = np.empty(count_ids(order, self._id_starts), np.int32)
            put_together(order, self._id_starts, self._ids, part, lengths, first_document)
            parts.append(part)
            if self._is_full():
                self._forget()
        return np.concatenate(parts), lengths[:-1]

    def _learn(self, text: memoryview, first: int) -> None:
        """Have the new entries encoded, from `first` on."""
        new = self._entries - first
        if not new:
            return
        starts, ends = self._new_starts[:new].tolist(), self._new_ends[:new].tolist()
        encoded = self._tokenizer.encode_batch(
            [str(text[start:end], "utf-8") for start, end in zip(starts, ends, strict=True)]
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

    def _is_full(self) -> bool:
        key_bytes = self._key_starts[self._entries] + LONGEST_KEY
        return self._entries == len(self._key_starts) - 1 or bool(key_bytes > len(self._keys))

    def _forget(self) -> None:
        """All entries but END."""
        self._slots.fill(0)
        self._entries = 1


def cuts(entries: Iterable[bytes]) -> np.ndarray:
    """Where no entry of a vocabulary can span: uint8 (65,536,), 1 at 256 × a byte + the next, for `find_chunks`."""
    may_cut = np.ones((256, 256), np.uint8)
    may_cut[:, 0x80:0xC0] = 0  # within a character
    for entry in entries:
        data = np.frombuffer(entry, np.uint8)
        may_cut[data[:-1], data[1:]] = 0
    return may_cut.reshape(-1)
