"""A tokenizer so small that a person can count its tokens: bytes, a few letters, and merges written down one by one."""

import base64
import json
from pathlib import Path

from tokenizers import Tokenizer, decoders, models

LETTERS = [*"abcdehпрtp1234: /", "\n", "x", "="]
MERGES = [
    ("a", "b"), ("ab", "c"), (" ", "ab"), ("1", "2"), ("a", "п"), ("h", "t"), ("ht", "t"), ("htt", "p"), ("=", "="),
    ("==", "=="), ("====", "="),
]  # fmt: skip
"""In the order of their ranks; `====` is the only piece of this list that needs one twice."""
UNREACHABLE = ["cb", "ecde"]
"""Pieces that no merge leads to."""


def write_tiny(directory: Path) -> Path:
    """Write `tokenizer.json`: text is merged as a whole, without being cut into words first."""
    entries = [f"<0x{byte:02X}>" for byte in range(256)] + LETTERS
    entries += [left + right for left, right in MERGES] + UNREACHABLE
    vocabulary = {entry: id for id, entry in enumerate(dict.fromkeys(entries))}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=MERGES, byte_fallback=True, unk_token="<0x00>"))
    tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.add_special_tokens(["<end>"])
    directory.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(directory / "tokenizer.json"))
    return directory


PATTERN = r"\s?\w+|\W+"
RANKED = [b"ab", b"abc", b" ab"]


def ranks() -> list[bytes]:
    """Bytes, then three pieces: a vocabulary as tiktoken has it."""
    return [bytes([byte]) for byte in range(256)] + RANKED


def write_rank_file(path: Path) -> Path:
    """As tiktoken writes them: a piece in base64 and its rank a line."""
    lines = [f"{base64.b64encode(piece).decode()} {rank}\n" for rank, piece in enumerate(ranks())]
    path.write_text("".join(lines))
    return path


def write_tekken(path: Path, special: int = 3, surplus: int = 0) -> Path:
    """As Mistral's tekken.json: `special` ids first; the last `surplus` pieces of the list are not in use."""
    vocabulary = [
        {"rank": rank, "token_bytes": base64.b64encode(piece).decode(), "token_str": None}
        for rank, piece in enumerate(ranks())
    ]
    config = {
        "pattern": PATTERN,
        "num_vocab_tokens": len(vocabulary),
        "default_vocab_size": len(vocabulary) + special - surplus,
        "default_num_special_tokens": special,
        "version": "v3",
    }
    path.write_text(json.dumps({"config": config, "vocab": vocabulary}))
    return path
