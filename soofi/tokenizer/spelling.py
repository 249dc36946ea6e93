"""The bytes that every entry of a `tokenizer.json` spells, so that bits per byte can be counted from ids alone."""

from collections.abc import Iterator, Mapping
from typing import Any

_BYTE_ENTRIES = {f"<0x{byte:02X}>": bytes([byte]) for byte in range(256)}


def spelled_bytes(description: dict[str, Any], special: frozenset[int]) -> list[bytes]:
    """What each id stands for in a text, by id from 0; empty for special entries and ids without an entry.

    `description` is the plain content of a tokenizer.json. Two ways of being lossless are known: entries in GPT-2's alphabet of
    256 characters for 256 bytes (decoder ByteLevel), and entries in plain text, with one entry for each byte besides (decoder
    ByteFallback), where the decoder may name a character that stands for the space.

    Raises ValueError for any other tokenizer: some text would be lost on it, and bits per byte would mean nothing. (A Unigram
    model takes a text that spells one of its special or byte entries for that entry.)
    """
    kinds = {decoder["type"] for decoder in _decoders(description.get("decoder"))}
    model = description["model"]
    if model["type"] != "BPE" or not kinds & {"ByteLevel", "ByteFallback"}:
        raise ValueError(
            f"this {model['type']} tokenizer cannot be used: only byte-pair tokenizers (BPE) that spell bytes, or fall back to "
            "them, keep every text"
        )
    vocabulary = model["vocab"]
    added = {entry["id"]: entry["content"] for entry in description.get("added_tokens", ())}
    spelled = [b""] * (1 + max([*vocabulary.values(), *added]))
    spaces = space_marks(description)
    for entry, id in vocabulary.items():
        spelled[id] = _byte_level(entry) if is_byte_level(description) else _with_fallback(entry, spaces)
    # What was added to the vocabulary is found in the text as it stands there.
    for id, content in added.items():
        spelled[id] = content.encode()
    return [b"" if id in special else data for id, data in enumerate(spelled)]


def plain_pieces(entries: Mapping[str, int], special: frozenset[int]) -> list[bytes]:
    """What each id of any other tokenizer stands for as far as its entry shows: U+2581 is a space, ## goes on a word.

    `entries`: entry → id.
    """
    pieces = [b""] * (1 + max(entries.values(), default=-1))
    for entry, id in entries.items():
        if id not in special:
            text = entry.removeprefix("##") if len(entry) > 2 else entry
            pieces[id] = _with_fallback(text, ["\u2581"])
    return pieces


def is_byte_level(description: dict[str, Any]) -> bool:
    """Whether a tokenizer.json writes its entries in GPT-2's alphabet for bytes."""
    return any(decoder["type"] == "ByteLevel" for decoder in _decoders(description.get("decoder")))


def space_marks(description: dict[str, Any]) -> list[str]:
    """The characters that a tokenizer.json writes for a space inside its entries."""
    return [mark for decoder in _decoders(description.get("decoder")) if (mark := _space_mark(decoder))]


def byte_entries() -> dict[str, bytes]:
    """The entries for single bytes, as byte fallback names them, and what each spells."""
    return dict(_BYTE_ENTRIES)


def spell_byte_level(data: bytes) -> str:
    """Bytes in GPT-2's alphabet."""
    return "".join(_CHARACTER_OF[byte] for byte in data)


def _decoders(decoder: dict[str, Any] | None) -> Iterator[dict[str, Any]]:
    if decoder and decoder["type"] == "Sequence":
        for part in decoder["decoders"]:
            yield from _decoders(part)
    elif decoder:
        yield decoder


def _space_mark(decoder: dict[str, Any]) -> str | None:
    """The character that this decoder turns into a space."""
    if decoder["type"] == "Metaspace":
        return str(decoder["replacement"])
    if decoder["type"] == "Replace" and decoder["content"] == " ":
        return decoder["pattern"].get("String")
    return None


def _with_fallback(entry: str, spaces: list[str]) -> bytes:
    if entry in _BYTE_ENTRIES:
        return _BYTE_ENTRIES[entry]
    for mark in spaces:
        entry = entry.replace(mark, " ")
    return entry.encode()


def _alphabet() -> dict[str, int]:
    """GPT-2's character for each byte (Radford et al. 2019): printable ones stand for themselves, the others are counted up
    from U+0100."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {
        chr(0x100 + index): byte for index, byte in enumerate(others)
    }


_BYTE_OF = _alphabet()
_CHARACTER_OF = {byte: character for character, byte in _BYTE_OF.items()}


def _byte_level(entry: str) -> bytes:
    # An entry outside the alphabet is one that was added; its bytes are its text's.
    return bytes(_BYTE_OF[c] for c in entry) if all(c in _BYTE_OF for c in entry) else entry.encode()
