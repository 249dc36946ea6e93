"""A tokenizer's files with new entries in them: `tokenizer.json` and, where it can say the same, SentencePiece's `tokenizer.model`.

A `tokenizer.model` is a Protocol Buffers message whose pieces are a repeated field: pieces that are written behind the message
come after all others when it is read, and the field for their number takes the later value. So the old bytes stay as they are.
"""

import json
import struct
from collections.abc import Iterable, Sequence
from typing import Any

import sentencepiece
from tokenizers import Tokenizer

from soofi.tokenizer.continued_merges import Learned
from soofi.tokenizer.old_vocabulary import OldVocabulary
from soofi.tokenizer.training import SPACE


def extended_json(description: dict[str, Any], old: OldVocabulary, learned: Learned) -> str:
    """The content of a tokenizer.json with the new entries after all old ones; ids, and the order of old merges, stay."""
    model = description["model"]
    new = {entry.text: entry.id for entry in learned.entries}
    merges = _every_cut(old, new) if old.merges_any_pair else [*old.merges, *learned.merges]
    written = model["merges"]
    if written and isinstance(written[0], str) and not any(" " in part for pair in merges for part in pair):
        merges_out: list[Any] = [" ".join(pair) for pair in merges]
    else:
        merges_out = [list(pair) for pair in merges]
    # The library numbers added tokens anew after the last entry, unless the vocabulary has them under their ids.
    added = {token["content"]: token["id"] for token in description.get("added_tokens", ())}
    vocabulary = dict(sorted({**model["vocab"], **added, **new}.items(), key=lambda item: item[1]))
    extended = {**description, "model": {**model, "vocab": vocabulary, "merges": merges_out}}
    return json.dumps(extended, ensure_ascii=False, indent=2) + "\n"


def extended_model(model: bytes, learned: Learned) -> bytes:
    """The bytes of a tokenizer.model with the new entries behind its own, ranked after them in the order of their ids."""
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    lowest = min(processor.get_score(id) for id in range(processor.get_piece_size()))
    pieces = b""
    for rank, entry in enumerate(learned.entries, 1):
        text = entry.text.replace(" ", SPACE).encode()
        piece = _field(1, text) + bytes([2 << 3 | 5]) + struct.pack("<f", float(int(lowest) - rank))
        pieces += _field(1, piece)
    size = processor.get_piece_size() + len(learned.entries)
    return model + pieces + _field(2, bytes([4 << 3]) + _varint(size))


def say_the_same(
    model: bytes, tokenizer: Tokenizer, old_model: bytes, old_tokenizer: Tokenizer, texts: Iterable[str]
) -> bool:
    """Whether tokenizer.model gives the ids of tokenizer.json on every text on which the old ones agreed, and there was one."""
    new, old = (sentencepiece.SentencePieceProcessor(model_proto=data) for data in (model, old_model))
    compared = 0
    for text in texts:
        if old.encode(text) == _ids(old_tokenizer, text):
            compared += 1
            if new.encode(text) != _ids(tokenizer, text):
                return False
    return compared > 0


def _every_cut(old: OldVocabulary, new: dict[str, int]) -> list[tuple[str, str]]:
    """Old and new merges by the rank of the entry that they make, with a merge for every way to cut one in two.

    An old entry may have a cut with a new part, which then stands with its other cuts.
    """
    entries = {**old.entries, **new}
    added: dict[str, list[tuple[str, str]]] = {}
    for entry in entries:
        for cut in range(len(entry) - 1, 0, -1):
            left, right = entry[:cut], entry[cut:]
            if left in entries and right in entries and (entry in new or left in new or right in new):
                added.setdefault(entry, []).append((left, right))
    last = {left + right: place for place, (left, right) in enumerate(old.merges)}
    merges = []
    for place, (left, right) in enumerate(old.merges):
        merges.append((left, right))
        if last[left + right] == place:
            merges += added.pop(left + right, ())
    # What is left over makes the new entries, in the order of their ids, or old ones that no merge made.
    unmade = sorted(added, key=lambda entry: entries[entry])
    return merges + [pair for entry in unmade for pair in added[entry]]


def _ids(tokenizer: Tokenizer, text: str) -> Sequence[int]:
    ids: list[int] = tokenizer.encode(text, add_special_tokens=False).ids
    return ids


def _field(number: int, data: bytes) -> bytes:
    """A length-delimited field of a Protocol Buffers message."""
    return bytes([number << 3 | 2]) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    data = bytearray()
    while value >= 0x80:
        data.append(value & 0x7F | 0x80)
        value >>= 7
    data.append(value)
    return bytes(data)
