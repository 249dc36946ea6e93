"""Opening any tokenizer so that it can be measured: ours, a SentencePiece model, Hugging Face's, tiktoken's, tekken's.

None of them puts tokens before or behind a text here, and none takes a text that spells a special token for that token.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import sentencepiece
from tokenizers import Tokenizer

from soofi.recipe.json_object import read_object
from soofi.tokenizer.given import parse_tokenizer_json, special_ids
from soofi.tokenizer.opening import open_tokenizer
from soofi.tokenizer.processor import read_token_bytes, token_bytes
from soofi.tokenizer.rank_files import is_rank_file, open_encoding, open_rank_file, open_tekken
from soofi.tokenizer.spelling import plain_pieces, spelled_bytes

ENCODING = "tiktoken:"
"""Before the name of an encoding that the package tiktoken knows."""


@dataclass(frozen=True)
class OpenedTokenizer:
    """A vocabulary as the measurements need it.

    `pieces`: the bytes that each id stands for in a text, empty for special entries and ids without an entry.
    """

    kind: str
    pieces: list[bytes]
    encode_batch: Callable[[Sequence[str]], list[list[int]]]
    decode: Callable[[Sequence[int]], str]

    @property
    def vocabulary_size(self) -> int:
        """Ids are 0 … vocabulary_size-1."""
        return len(self.pieces)

    def encode(self, text: str) -> list[int]:
        """Ids of one text."""
        return self.encode_batch([text])[0]

    def token_byte_counts(self) -> np.ndarray:
        """Bytes that every id stands for: int32 (vocabulary_size,)."""
        return np.array([len(piece) for piece in self.pieces], np.int32)

    def byte_ids(self) -> list[int]:
        """Ids that stand for one byte of a character of several."""
        return [id for id, piece in enumerate(self.pieces) if len(piece) == 1 and piece[0] >= 0x80]


def open_any(name: str, pattern: str | None = None) -> OpenedTokenizer:
    """Open a run, a directory with a tokenizer, a tokenizer's file, or `tiktoken:ENCODING`.

    `pattern`: the regular expression that cuts texts before merging, which a file of ranks does not hold; without it the file
    of the same name that ends in .pattern. Raises FileNotFoundError or ValueError with one sentence.
    """
    require_place(name)
    if name.startswith(ENCODING):
        return OpenedTokenizer("tiktoken", *open_encoding(name.removeprefix(ENCODING)))
    path = Path(name)
    if path.is_dir():
        if (path / "tokenizer" / "token_bytes.json").is_file():
            path = path / "tokenizer"
        if (path / "token_bytes.json").is_file():
            return _ours(path)
        path = _file_in(path)
    return _open_file(path, pattern)


def require_place(name: str) -> None:
    """Raise FileNotFoundError where `open_any` would find nothing under this name."""
    if not name.startswith(ENCODING) and not Path(name).exists():
        raise FileNotFoundError(
            f"there is no tokenizer {name}: name a run, a directory or file of a tokenizer, or tiktoken:ENCODING"
        )


def _file_in(directory: Path) -> Path:
    candidates = ["tokenizer.json", "tekken.json", "tokenizer.model"]
    candidates += sorted(path.name for path in directory.glob("*.tiktoken"))
    for candidate in candidates:
        if (directory / candidate).is_file():
            return directory / candidate
    raise FileNotFoundError(
        f"{directory} holds no tokenizer: tokenizer.json, tokenizer.model, tekken.json and *.tiktoken are looked for"
    )


def _open_file(path: Path, pattern: str | None) -> OpenedTokenizer:
    if path.suffix == ".json":
        content = read_object(path, "is no tokenizer: it is not a JSON object")
        if isinstance(content.get("vocab"), list) and "config" in content:
            return OpenedTokenizer("tekken", *open_tekken(content, path))
        return _huggingface(content, path)
    if is_rank_file(path):
        return OpenedTokenizer("tiktoken", *open_rank_file(path, pattern))
    return _sentencepiece(path)


def _ours(directory: Path) -> OpenedTokenizer:
    tokenizer = open_tokenizer(directory)
    pieces = read_token_bytes(directory)
    return OpenedTokenizer("soofi", pieces, tokenizer.encode_batch, tokenizer.decode)


def _sentencepiece(path: Path) -> OpenedTokenizer:
    try:
        processor = sentencepiece.SentencePieceProcessor(model_proto=path.read_bytes())
    except RuntimeError:
        raise ValueError(
            f"{path} is no tokenizer: neither a SentencePiece model, nor lines of tiktoken's, nor JSON"
        ) from None
    return OpenedTokenizer(
        "sentencepiece",
        token_bytes(processor),
        lambda texts: processor.encode(list(texts), out_type=int, num_threads=1) if texts else [],
        lambda ids: processor.decode(list(ids)),
    )


def _huggingface(description: dict[str, Any], path: Path) -> OpenedTokenizer:
    tokenizer = parse_tokenizer_json(path.read_text(encoding="utf-8"), path)
    special = special_ids(tokenizer)
    try:
        pieces = spelled_bytes(description, special)
    except ValueError:  # one that may lose text, which can be measured all the same
        pieces = plain_pieces(_entries(tokenizer), special)
    return OpenedTokenizer(
        "huggingface",
        pieces,
        lambda texts: [one.ids for one in tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)],
        lambda ids: tokenizer.decode(list(ids), skip_special_tokens=True),
    )


def _entries(tokenizer: Tokenizer) -> dict[str, int]:
    return dict(tokenizer.get_vocab(with_added_tokens=True))
