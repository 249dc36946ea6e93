"""Compiled loops over text that find its chunks and put their ids together; `soofi.tokens.chunk_encoder` says what they are for.

An entry is a chunk that was met: its bytes (a key) lie in `keys`, its ids in `ids`. `slots` is a hash table with open
addressing from a chunk's bytes to its entry; bytes are compared, so two chunks of one hash stay apart.
"""

import numpy as np

from soofi.corpus.compiled import kernel

END = 0
"""The entry that closes a document; no chunk has it."""

FREE = -1
"""What an unused slot holds."""

LONGEST_KEY = 256
"""Bytes; a longer chunk hardly comes twice, and is encoded each time."""


@kernel
def find_chunks(
    text: np.ndarray,
    document_ends: np.ndarray,
    at: int,
    document: int,
    may_cut: np.ndarray,
    slots: np.ndarray,
    hashes: np.ndarray,
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
    first + the second. slots: int32, a power of two; hashes, key_starts (one more than entries): by entry; keys: uint8.
    `entries`: how many there are. Written are order: int32, the entries of all chunks and END behind each document; new_starts,
    new_ends: int64, where in the text the new entries' bytes are.

    Returns (byte and document to go on from, entries, length of order).
    """
    mask = slots.shape[0] - 1
    room = min(hashes.shape[0], new_starts.shape[0] + entries)
    first_new = entries
    count = 0
    documents = document_ends.shape[0]
    while document < documents:
        end = document_ends[document]
        while at < end:
            if entries == room or key_starts[entries] + LONGEST_KEY > keys.shape[0]:
                return at, document, entries, count
            last = text[at]
            digest = (np.uint64(last) ^ np.uint64(0xCBF29CE484222325)) * np.uint64(0x100000001B3)
            stop = at + 1
            while stop < end:
                byte = text[stop]
                if may_cut[(np.int64(last) << 8) | np.int64(byte)]:
                    break
                digest = (digest ^ np.uint64(byte)) * np.uint64(0x100000001B3)
                last = byte
                stop += 1
            length = stop - at
            entry = FREE
            slot = 0
            if length <= LONGEST_KEY:
                slot = np.int64(digest ^ (digest >> np.uint64(29))) & mask
                while True:
                    entry = slots[slot]
                    if entry == FREE:
                        break
                    if hashes[entry] == digest:
                        start = key_starts[entry]
                        if key_starts[entry + 1] - start == length:
                            same = 0
                            while same < length and keys[start + same] == text[at + same]:
                                same += 1
                            if same == length:
                                break
                    slot = (slot + 1) & mask
            if entry == FREE:
                entry = entries
                entries += 1
                start = key_starts[entry]
                if length <= LONGEST_KEY:
                    slots[slot] = entry
                    hashes[entry] = digest
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
