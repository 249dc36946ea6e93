"""A tokenizer that came with a model, used as it is."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import AddedToken, Tokenizer

from soofi.tokenizer.processor import read_token_bytes

FORMAT = "soofi.given-tokenizer/1"
DESCRIPTION = "given.json"
"""Beside the tokenizer's own files: which token closes documents, which one fills up samples, and what the files are."""


class HuggingFaceTokenizer:
    """A published directory's `tokenizer.json`. Text never yields a special id: one that spells a special token is split.

    No token is put before or behind a text. What comes back is what the tokenizer itself makes of a text: one that normalises
    it, or puts a space before it, gives that back.
    """

    def __init__(self, directory: str | Path):
        """Raises FileNotFoundError or ValueError with one sentence."""
        directory = Path(directory)
        description = _read_description(directory / DESCRIPTION)
        self.files = tuple(description["files"])
        self._tokenizer = read_tokenizer_json(directory / "tokenizer.json")
        self.eod_id = set_special(self._tokenizer, description["end_of_document"])
        self.pad_id = set_special(self._tokenizer, description["padding"])
        self._bytes = read_token_bytes(directory)
        self.vocabulary_size = len(self._bytes)
        self._byte_counts = np.array([len(data) for data in self._bytes], np.int32)

    def encode(self, text: str) -> list[int]:
        """Ids of a text; raises ValueError for a lone surrogate, which no UTF-8 text holds."""
        return self.encode_batch([text])[0]

    def encode_batch(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of each text; raises ValueError as `encode` does."""
        try:
            encoded = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        except (TypeError, UnicodeEncodeError):
            raise ValueError("text must be a str without lone surrogates: UTF-8 cannot hold them") from None
        return [one.ids for one in encoded]

    def decode(self, ids: Sequence[int]) -> str:
        """Text of a sequence of ids; special entries give nothing, bytes that are no UTF-8 give U+FFFD."""
        return self._tokenizer.decode([int(id) for id in ids], skip_special_tokens=True)

    def bytes_of(self, id: int) -> int:
        """Number of UTF-8 bytes that an id stands for; 0 for special entries."""
        return int(self._byte_counts[id])

    def token_byte_counts(self) -> np.ndarray:
        """`bytes_of` every id: int32 (vocabulary_size,)."""
        return self._byte_counts.copy()

    def byte_ids(self) -> list[int]:
        """Ids that stand for one byte of a character of several."""
        return [id for id, data in enumerate(self._bytes) if len(data) == 1 and data[0] >= 0x80]


def read_tokenizer_json(path: Path) -> Tokenizer:
    """A `tokenizer.json` as `parse_tokenizer_json` gives it.

    Raises FileNotFoundError or ValueError with one sentence.
    """
    if not path.is_file():
        raise FileNotFoundError(f"there is no {path}: make the tokenizer again")
    return parse_tokenizer_json(path.read_text(encoding="utf-8", errors="replace"), path)


def parse_tokenizer_json(text: str, path: Path) -> Tokenizer:
    """The tokenizer that the content of a `tokenizer.json` describes; its special tokens are split wherever a text spells them.

    Raises ValueError naming `path`.
    """
    try:
        tokenizer = Tokenizer.from_str(text)
    except Exception:  # the library raises nothing more exact
        raise ValueError(f"{path} is damaged, or too new for the tokenizers library") from None
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = True
    return tokenizer


def set_special(tokenizer: Tokenizer, token: str) -> int:
    """Make sure that no text yields `token` and return its id; raises ValueError if the vocabulary does not have it."""
    id = tokenizer.token_to_id(token)
    if id is None:
        raise ValueError(f"the given tokenizer has no token '{token}': name one that it has")
    if not tokenizer.get_added_tokens_decoder().get(id, AddedToken("")).special:
        tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False)])
    return int(id)


def special_ids(tokenizer: Tokenizer) -> frozenset[int]:
    """Ids that stand for no text."""
    return frozenset(id for id, token in tokenizer.get_added_tokens_decoder().items() if token.special)


def _read_description(path: Path) -> dict[str, Any]:
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        form = values["format"]
    except (OSError, ValueError, KeyError, TypeError):
        raise ValueError(f"{path} is damaged: make the tokenizer again") from None
    if form != FORMAT:
        raise ValueError(f"{path} has format {form}; this soofi reads {FORMAT}: use a newer soofi")
    return values
