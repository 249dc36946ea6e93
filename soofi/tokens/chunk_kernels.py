"""Compiled loops over text that find its chunks and put their ids together; `soofi.tokens.chunk_encoder` says what they are for.

An entry is a chunk that was met. `slots` is a hash table with open addressing from a chunk's bytes to its entry, two words a
slot: the first is the bytes themselves where there are at most 8, else a digest of them; the second is their count and the entry.
Longer chunks' bytes lie in `keys` and are compared too, so that chunks of one digest stay apart.
"""

import numpy as np

from soofi.corpus.compiled import kernel

END = 0
"""The entry that closes a document; no chunk has it."""

LONGEST_KEY = 256
"""Bytes; a longer chunk hardly comes twice, and is encoded each time."""

_WORD = 8
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_PRIME = np.uint64(0x100000001B3)
_EIGHT, _LENGTH_AT = np.uint64(8), np.uint64(32)
_ENTRY = np.uint64(0xFFFFFFFF)


@kernel
def find_chunks(
    text: np.ndarray,
    document_ends: np.ndarray,
    at: int,
    document: int,
    may_cut: np.ndarray,
    slots: np.ndarray,
    key_starts: np.ndarray,
    keys: np.ndarray,
    entries: int,
    order: np.ndarray,
    new_starts: np.ndarray,
    new_ends: np.ndarray,
) -> tuple[int, int, int, int]:
    """Cut documents into chunks, look each up, make an entry of each new one; stop when there is no room for more.

    text: uint8 (bytes,), documents end to end; document_ends: int64 (documents,), where each ends in it. `at`, `document`: the
    byte and the document to go on from. may_cut: uint8 (65,536,), whether a chunk may end between two bytes, at 256 × the
    first + the second. slots: uint64 (slots, 2), their number a power of two, 0 where free; key_starts: int64 (entries + 1,);
    keys: uint8. `entries`: how many there are. Written are order: int32, the entries of all chunks and END behind each
    document; new_starts, new_ends: int64, where in the text the new entries' bytes are. All of them are as long as there is
    room.

    Returns (byte and document to go on from, entries, length of order).
    """
    mask = np.uint64(slots.shape[0] - 1)
    room = min(key_starts.shape[0] - 1, new_starts.shape[0] + entries)
    first_new = entries
    count = 0
    documents = document_ends.shape[0]
    while document < documents and count < order.shape[0]:
        end = document_ends[document]
        while at < end:
            if entries == room or key_starts[entries] + LONGEST_KEY > keys.shape[0]:
                return at, document, entries, count
            if count + 1 == order.shape[0]:  # the last place is for END
                return at, document, entries, count
            last = text[at]
            word = np.uint64(last)
            stop = at + 1
            while stop < end:
                byte = text[stop]
                if may_cut[(np.int64(last) << 8) | np.int64(byte)]:
                    break
                # Up to 8 bytes stand side by side in the word; those after them are mixed in.
                if stop - at < _WORD:
                    word = (word << _EIGHT) | np.uint64(byte)
                else:
                    word = ((word ^ (word >> _LENGTH_AT)) * _PRIME) ^ np.uint64(byte)
                last = byte
                stop += 1
            length = stop - at
            entry = -1
            slot = np.uint64(0)
            if length <= LONGEST_KEY:
                mixed = (word ^ (np.uint64(length) << np.uint64(56))) * _SPREAD
                slot = (mixed ^ (mixed >> _LENGTH_AT)) & mask
                while True:
                    known = slots[slot, 1]
                    if known == 0:
                        break
                    if slots[slot, 0] == word and known >> _LENGTH_AT == np.uint64(length):
                        entry = int(known & _ENTRY)
                        if length <= _WORD:
                            break
                        start = key_starts[entry]
                        same = 0
                        while same < length and keys[start + same] == text[at + same]:
                            same += 1
                        if same == length:
                            break
                        entry = -1
                    slot = (slot + np.uint64(1)) & mask
            if entry < 0:
                entry = entries
                entries += 1
                start = key_starts[entry]
                if length <= LONGEST_KEY:
                    slots[slot, 0] = word
                    slots[slot, 1] = (np.uint64(length) << _LENGTH_AT) | np.uint64(entry)
                if _WORD < length <= LONGEST_KEY:
                    for i in range(length):
                        keys[start + i] = text[at + i]
                    key_starts[entry + 1] = start + length
                else:
                    key_starts[entry + 1] = start
                new_starts[entry - first_new] = at
                new_ends[entry - first_new] = stop
            order[count] = entry
            count += 1
            at = stop
        order[count] = END
        count += 1
        document += 1
    return at, document, entries, count


@kernel
def count_ids(order: np.ndarray, id_starts: np.ndarray) -> int:
    """How many ids these entries have together; id_starts: int64 (entries + 1,), where each entry's begin."""
    total = 0
    for entry in order:
        total += id_starts[entry + 1] - id_starts[entry]
    return total


@kernel
def put_together(
    order: np.ndarray,
    id_starts: np.ndarray,
    ids: np.ndarray,
    out: np.ndarray,
    lengths: np.ndarray,
    document: int,
) -> None:
    """Write the ids of entries one after the other to `out`, and add them up by document in `lengths`, from `document` on."""
    at = 0
    for entry in order:
        start, end = id_starts[entry], id_starts[entry + 1]
        for i in range(start, end):
            out[at] = ids[i]
            at += 1
        lengths[document] += end - start
        if entry == END:
            document += 1
