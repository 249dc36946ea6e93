"""Encoding text with a byte-pair vocabulary, each chunk of it once.

No entry of a vocabulary that SentencePiece learned spans a space inside, nor a letter and the sign after it: the places between two
bytes that stand side by side in no entry at all are places where no merge can ever reach across. Text is cut at all of
them. The chunks between are mostly words; each one is encoded when it is first met, and looked up from then on. What a text
becomes is what SentencePiece makes of the whole of it:

- Merges: every step of byte-pair encoding makes an entry, and none spans a cut. Steps to the left and to the right of a cut
  do not see each other, so their order among each other changes nothing.
- User-defined symbols are matched from left to right, the longest first; none spans a cut either, so the search begins anew there.
- A chunk that holds one, or a literal U+2581, or is very long, is encoded by `SentencePieceTokenizer`; the others are merged here.

It does not hold for Unigram, where the best way through a text is found with rounded sums over the whole of it.
"""

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from soofi.tokenizer import SentencePieceTokenizer
from soofi.tokenizer.training import SPACE
from soofi.tokens.chunk_kernels import (
    END,
    LONGEST_KEY,
    count_ids,
    enter_keys,
    find_chunks,
    merge_chunks,
    put_together,
    refill,
)

ENTRIES = 1 << 20
"""Chunks that are kept; when there are so many, all are forgotten."""
FIRST_SLOTS = 1 << 15
"""Places for them in the beginning; no more than half are taken."""
KEY_BYTES = 16 << 20
"""Bytes of all chunks that are kept."""
NEW_ENTRIES = 1 << 16
"""Chunks that are encoded at once, at most."""
TEXT_CHUNKS = 1 << 20
"""Chunks of text that are found before their ids are put together, at most."""


class ChunkEncoder:
    """Encodes documents as `tokenizer.encode_batch` does and closes each; about 80 MB."""

    def __init__(
        self,
        tokenizer: SentencePieceTokenizer,
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
        # A small table stays in the core's cache: it grows with what it holds.
        self._slots = np.zeros((min(FIRST_SLOTS, 1 << (2 * entries - 1).bit_length()), 2), np.uint64)
        self._key_starts = np.zeros(entries + 1, np.int64)
        self._keys = np.empty(key_bytes, np.uint8)
        self._id_starts = np.zeros(entries, np.int64)
        self._id_counts = np.zeros(entries, np.int32)
        self._ids = np.full(1 << 16, tokenizer.eod_id, np.int32)
        self._id_counts[END] = 1
        self._new_starts = np.empty(new_entries, np.int64)
        self._new_ends = np.empty_like(self._new_starts)
        self._order = np.empty(text_chunks, np.int32)
        self._vocabulary = _Vocabulary(tokenizer)
        self._entries = self._used = 1  # END and its id

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
            self._learn(text, first_entry)
            part = np.empty(count_ids(order, self._id_counts), np.int32)
            put_together(order, self._id_starts, self._id_counts, self._ids, part, lengths, first_document)
            parts.append(part)
            if self._is_full():
                self._forget()
            elif self._entries == len(self._slots) // 2:
                grown = np.zeros((4 * len(self._slots), 2), np.uint64)
                refill(self._slots, grown)
                self._slots = grown
        return np.concatenate(parts), lengths[:-1]

    def _learn(self, text: np.ndarray, first: int) -> None:
        """Encode the new entries, from `first` on."""
        new = slice(first, self._entries)
        starts, ends = (places[: self._entries - first] for places in (self._new_starts, self._new_ends))
        if not len(starts):
            return
        self._make_room(int((ends - starts).sum()))  # no chunk has more ids than bytes
        id_starts, id_counts = self._id_starts[new], self._id_counts[new]
        self._used = self._vocabulary.merge(text, starts, ends, self._ids, self._used, id_starts, id_counts)
        left = np.flatnonzero(id_counts < 0)
        chunks = [text[starts[chunk] : ends[chunk]].tobytes().decode() for chunk in left]
        for chunk, ids in zip(left, self._tokenizer.encode_batch(chunks), strict=True):
            id_starts[chunk], id_counts[chunk] = self._used, len(ids)
            self._ids[self._used : self._used + len(ids)] = ids
            self._used += len(ids)

    def _make_room(self, count: int) -> None:
        if self._used + count > len(self._ids):
            grown = np.empty(2 * (self._used + count), np.int32)
            grown[: self._used] = self._ids[: self._used]
            self._ids = grown

    def _is_full(self) -> bool:
        key_bytes = self._key_starts[self._entries] + LONGEST_KEY
        return self._entries == len(self._key_starts) - 1 or bool(key_bytes > len(self._keys))

    def _forget(self) -> None:
        """All entries but END."""
        self._slots.fill(0)
        self._entries = self._used = 1


class _Vocabulary:
    """The entries of a vocabulary as `merge_chunks` needs them."""

    def __init__(self, tokenizer: SentencePieceTokenizer):
        entries = tokenizer.merging_entries()
        spelled = entries.spelled
        self._key_starts = np.zeros(len(spelled) + 1, np.int64)
        np.cumsum([len(data) for data in spelled], out=self._key_starts[1:])
        self._keys = np.frombuffer(b"".join(spelled), np.uint8)
        self._slots = np.zeros((1 << (2 * len(spelled) - 1).bit_length(), 2), np.uint64)
        self._ranks = entries.ranks
        self._byte_ids = entries.byte_ids
        enter_keys(self._slots, self._key_starts, self._keys, np.flatnonzero(self._ranks >= 0))
        left_out = np.zeros((256, 256), np.uint8)
        for symbol in (*entries.symbols, SPACE.encode()):
            # Whatever begins like a symbol: a little more than has to be.
            left_out[symbol[0], symbol[1] if len(symbol) > 1 else slice(None)] = 1
        self._left_out = left_out.reshape(-1)

    def merge(
        self,
        text: np.ndarray,
        starts: np.ndarray,
        ends: np.ndarray,
        ids: np.ndarray,
        used: int,
        id_starts: np.ndarray,
        id_counts: np.ndarray,
    ) -> int:
        """See `merge_chunks`."""
        return merge_chunks(
            text, starts, ends, self._left_out, self._slots, self._key_starts, self._keys, self._ranks, self._byte_ids,
            ids, used, id_starts, id_counts,
        )  # fmt: skip


def cuts(entries: Iterable[bytes]) -> np.ndarray:
    """Where no entry of a vocabulary can span: uint8 (65,536,), 1 at 256 × a byte + the next, for `find_chunks`."""
    may_cut = np.ones((256, 256), np.uint8)
    may_cut[:, 0x80:0xC0] = 0  # within a character
    spelled = [entry for entry in entries if entry]
    text = np.frombuffer(b"".join(spelled), np.uint8)
    inside = np.ones(len(text), bool)
    inside[np.cumsum([len(entry) for entry in spelled], dtype=np.int64) - 1] = False  # another entry follows
    places = np.flatnonzero(inside)
    may_cut[text[places], text[places + 1]] = 0
    return may_cut.reshape(-1)
