"""Compiled loops over text that find its chunks and put their ids together; `soofi.tokens.chunk_encoder` says what they are for.

`slots` is a hash table with open addressing from bytes to a number, two words a slot: the first is the bytes themselves where
there are at most 8, else a digest of them; the second is their count and the number. Longer keys lie in `keys`, from
`key_starts` of the number on, and are compared too, so that keys of one digest stay apart. There are two such tables: of the chunks
that were met (their numbers are called entries), and of the vocabulary.
"""

from typing import Any

import numpy as np

from soofi.corpus.compiled import kernel

END = 0
"""The entry that closes a document; no chunk has it."""

LONGEST_KEY = 256
"""Bytes; a longer chunk hardly comes twice, and is encoded each time."""

LONGEST_MERGED = 64
"""Bytes; merging takes time by the square of them."""

_WORD = 8
_NEVER = 0x7FFFFFFF  # rank of what is no entry
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_PRIME = np.uint64(0x100000001B3)
_EIGHT, _LENGTH_AT = np.uint64(8), np.uint64(32)
_ENTRY = np.uint64(0xFFFFFFFF)


@kernel
def append_byte(word: np.uint64, length: int, byte: int) -> np.uint64:
    """The first word of a key after one more byte; `length`: bytes before it. Up to 8 stand side by side, others are mixed in."""
    if length < _WORD:
        return (word << _EIGHT) | np.uint64(byte)
    return ((word ^ (word >> _LENGTH_AT)) * _PRIME) ^ np.uint64(byte)


@kernel
def first_slot(word: np.uint64, length: Any, mask: np.uint64) -> np.uint64:
    """Where the search for a key begins; `mask`: slots - 1."""
    mixed = (word ^ (np.uint64(length) << np.uint64(56))) * _SPREAD
    return (mixed ^ (mixed >> _LENGTH_AT)) & mask


@kernel
def look_up(
    slots: np.ndarray,
    key_starts: np.ndarray,
    keys: np.ndarray,
    text: np.ndarray,
    at: int,
    length: int,
    word: np.uint64,
) -> tuple[Any, np.uint64]:
    """Number of the key text[at : at + length] with this first word, or -1; and its slot, or the one that it would have."""
    mask = np.uint64(slots.shape[0] - 1)
    slot = first_slot(word, length, mask)
    while True:
        known = slots[slot, 1]
        if known == 0:
            return -1, slot
        if slots[slot, 0] == word and known >> _LENGTH_AT == np.uint64(length):
            number = np.int64(known & _ENTRY)  # the type of -1, or numba makes a float of both
            same = 0 if length > _WORD else length
            while same < length and keys[key_starts[number] + same] == text[at + same]:
                same += 1
            if same == length:
                return number, slot
        slot = (slot + np.uint64(1)) & mask


@kernel
def enter_keys(slots: np.ndarray, key_starts: np.ndarray, keys: np.ndarray, numbers: np.ndarray) -> None:
    """Fill a table with these numbers; their keys, none twice and none empty, lie in `keys` from one start to the next."""
    for number in numbers:
        at, stop = key_starts[number], key_starts[number + 1]
        word = np.uint64(0)
        for i in range(at, stop):
            word = append_byte(word, i - at, keys[i])
        _, slot = look_up(slots, key_starts, keys, keys, at, stop - at, word)
        slots[slot, 0] = word
        slots[slot, 1] = (np.uint64(stop - at) << _LENGTH_AT) | np.uint64(number)


@kernel
def refill(old: np.ndarray, slots: np.ndarray) -> None:
    """Fill a larger empty table with what another holds."""
    mask = np.uint64(slots.shape[0] - 1)
    for i in range(old.shape[0]):
        if old[i, 1]:
            slot = first_slot(old[i, 0], np.int64(old[i, 1] >> _LENGTH_AT), mask)
            while slots[slot, 1]:
                slot = (slot + np.uint64(1)) & mask
            slots[slot, 0] = old[i, 0]
            slots[slot, 1] = old[i, 1]


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
    room = min(key_starts.shape[0] - 1, slots.shape[0] // 2, new_starts.shape[0] + entries)
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
                word = append_byte(word, stop - at, byte)
                last = byte
                stop += 1
            length = stop - at
            entry, slot = -1, np.uint64(0)
            if length <= LONGEST_KEY:
                entry, slot = look_up(slots, key_starts, keys, text, at, length, word)
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
def merge_chunks(
    text: np.ndarray,
    starts: np.ndarray,
    ends: np.ndarray,
    left_out: np.ndarray,
    slots: np.ndarray,
    key_starts: np.ndarray,
    keys: np.ndarray,
    ranks: np.ndarray,
    byte_ids: np.ndarray,
    ids: np.ndarray,
    used: int,
    id_starts: np.ndarray,
    id_counts: np.ndarray,
) -> int:
    """Encode chunks of text by byte-pair merges, as SentencePiece does: of all neighbours that make an entry the best-ranked is
    merged, the leftmost of those, until none do. A character that is no entry is spelled in bytes.

    starts, ends: int64 (chunks,). left_out: uint8 (65,536,), 1 at 256 × a byte + the next for what is not to be
    encoded here. slots, key_starts, keys: table of the vocabulary; ranks: int32 by id, the best is 0; byte_ids: int32 (256,).
    Written are the ids of all chunks one after the other, to `ids` from `used` on, where each chunk's begin, and how many they are:
    -1 for one that is left out, or longer than LONGEST_MERGED. Returns how much of `ids` is used.
    """
    edges = np.empty(LONGEST_MERGED + 1, np.int64)
    pairs = np.empty(LONGEST_MERGED, np.int32)
    for chunk in range(starts.shape[0]):
        start, end = starts[chunk], ends[chunk]
        id_starts[chunk], id_counts[chunk] = used, -1
        if end - start > LONGEST_MERGED:
            continue
        plain = True
        for i in range(start, end):
            following = np.int64(text[i + 1]) if i + 1 < end else 0
            plain = plain and not left_out[(np.int64(text[i]) << 8) | following]
        if not plain:
            continue
        count = 0
        for i in range(start, end):
            if text[i] & 0xC0 != 0x80:
                edges[count] = i
                count += 1
        edges[count] = end
        for i in range(count - 1):
            pairs[i] = _rank(text, edges[i], edges[i + 2], slots, key_starts, keys, ranks)
        while count > 1:
            best, place = _NEVER, 0
            for i in range(count - 1):
                if pairs[i] < best:
                    best, place = pairs[i], i
            if best == _NEVER:
                break
            for i in range(place + 1, count):
                edges[i] = edges[i + 1]
            for i in range(place, count - 2):
                pairs[i] = pairs[i + 1]
            count -= 1
            for i in range(max(0, place - 1), min(place + 1, count - 1)):
                pairs[i] = _rank(text, edges[i], edges[i + 2], slots, key_starts, keys, ranks)
        before = used
        for i in range(count):
            id = _number(text, edges[i], edges[i + 1], slots, key_starts, keys)
            if id >= 0:
                ids[used] = id
                used += 1
            else:
                for k in range(edges[i], edges[i + 1]):
                    ids[used] = byte_ids[text[k]]
                    used += 1
        id_counts[chunk] = used - before
    return used


@kernel
def _number(
    text: np.ndarray, at: int, stop: int, slots: np.ndarray, key_starts: np.ndarray, keys: np.ndarray
) -> int:
    word = np.uint64(0)
    for i in range(at, stop):
        word = append_byte(word, i - at, text[i])
    return look_up(slots, key_starts, keys, text, at, stop - at, word)[0]


@kernel
def _rank(
    text: np.ndarray,
    at: int,
    stop: int,
    slots: np.ndarray,
    key_starts: np.ndarray,
    keys: np.ndarray,
    ranks: np.ndarray,
) -> int:
    id = _number(text, at, stop, slots, key_starts, keys)
    return ranks[id] if id >= 0 else _NEVER


@kernel
def count_ids(order: np.ndarray, id_counts: np.ndarray) -> int:
    """How many ids these entries have together; id_counts: int32, by entry."""
    total = 0
    for entry in order:
        total += id_counts[entry]
    return total


@kernel
def put_together(
    order: np.ndarray,
    id_starts: np.ndarray,
    id_counts: np.ndarray,
    ids: np.ndarray,
    out: np.ndarray,
    lengths: np.ndarray,
    document: int,
) -> None:
    """Write the ids of entries one after the other to `out`, and add them up by document in `lengths`, from `document` on.

    id_starts: int64, id_counts: int32, where in `ids` an entry's begin, and how many they are.
    """
    at = 0
    for entry in order:
        start, count = id_starts[entry], id_counts[entry]
        for i in range(count):
            out[at + i] = ids[start + i]
        at += count
        lengths[document] += count
        if entry == END:
            document += 1
