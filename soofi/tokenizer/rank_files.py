"""Tokenizers that the package tiktoken computes: files of ranks, its own encodings, and Mistral's tekken.json."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

Opened = tuple[list[bytes], Callable[[Sequence[str]], list[list[int]]], Callable[[Sequence[int]], str]]
"""The bytes of every id, and the functions that encode and decode."""

_LINE = re.compile(rb"[A-Za-z0-9+/]+=* [0-9]+\r?\n?")


def is_rank_file(path: Path) -> bool:
    """Whether a file's first line is a piece in base64 and its rank, as tiktoken writes them."""
    with path.open("rb") as file:
        return _LINE.fullmatch(file.readline(4096)) is not None


def open_rank_file(path: Path, pattern: str | None) -> Opened:
    """A file of lines `base64-of-piece rank`; `pattern` as in `foreign.open_any`. Raises ValueError with one sentence."""
    beside = path.with_suffix(".pattern")
    if pattern is None and beside.is_file():
        pattern = beside.read_text(encoding="utf-8").strip()
    if pattern is None:
        raise ValueError(
            f"{path} does not say how texts are cut before merging: give its regular expression with --pattern, or in {beside.name} "
            "beside it"
        )
    ranks: dict[bytes, int] = {}
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            piece, rank = line.split()
            ranks[base64.b64decode(piece, validate=True)] = int(rank)
        except (ValueError, binascii.Error):
            raise ValueError(f"{path} is damaged: line {number} is not a piece and its rank") from None
    return _encoding(path.name, pattern, ranks)


def open_tekken(content: Mapping[str, Any], path: Path) -> Opened:
    """Mistral's tekken.json: the special entries have the first ids, the pieces of text those after them.

    Raises ValueError with one sentence.
    """
    try:
        config = content["config"]
        special = int(config["default_num_special_tokens"])
        count = int(config["default_vocab_size"]) - special
        ranks = {base64.b64decode(one["token_bytes"]): int(one["rank"]) for one in content["vocab"][:count]}
        pattern = str(config["pattern"])
    except (KeyError, TypeError, ValueError):
        raise ValueError(f"{path} is damaged: it lacks what a tekken.json says of itself") from None
    pieces, encode, decode = _encoding(path.name, pattern, ranks)
    return (
        [b""] * special + pieces,
        lambda texts: [[id + special for id in ids] for ids in encode(texts)],
        lambda ids: decode([id - special for id in ids if id >= special]),
    )


def open_encoding(name: str) -> Opened:
    """An encoding that tiktoken knows by name; its ranks come from tiktoken's cache. Raises ValueError with one sentence."""
    try:
        encoding = _tiktoken().get_encoding(name)
    except Exception as error:  # an unknown name, or ranks that are neither cached nor to be had
        raise ValueError(
            f"tiktoken cannot open '{name}' ({type(error).__name__}): name one that it knows and whose ranks lie in its cache "
            "(TIKTOKEN_CACHE_DIR)"
        ) from None
    return _opened(
        encoding, {piece: encoding.encode_single_token(piece) for piece in encoding.token_byte_values()}
    )


def _encoding(name: str, pattern: str, ranks: dict[bytes, int]) -> Opened:
    try:
        encoding = _tiktoken().Encoding(name, pat_str=pattern, mergeable_ranks=ranks, special_tokens={})
    except ValueError as error:
        if isinstance(error, _MissingPackageError):
            raise
        raise ValueError(
            f"the pattern of {name} is no regular expression that tiktoken takes: correct --pattern"
        ) from None
    return _opened(encoding, ranks)


def _opened(encoding: Any, ranks: Mapping[bytes, int]) -> Opened:
    pieces = [b""] * (1 + max(ranks.values(), default=-1))
    for piece, rank in ranks.items():
        pieces[rank] = piece
    return (
        pieces,
        # Not its own batch, which starts a thread for every call.
        lambda texts: [encoding.encode_ordinary(text) for text in texts],
        lambda ids: encoding.decode([int(id) for id in ids], errors="replace"),
    )


class _MissingPackageError(ValueError):
    """The package tiktoken is not installed."""


def _tiktoken() -> Any:
    try:
        return import_module("tiktoken")
    except ImportError:
        raise _MissingPackageError(
            "this tokenizer is computed by the package tiktoken, which is not installed: pip install 'soofi[tiktoken]'"
        ) from None
