"""Taking a model's own tokenizer into a run."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tokenizers import Tokenizer

from soofi.ledger import write_json, write_text
from soofi.recipe import GivenTokenizer as Given
from soofi.recipe.json_object import read_object
from soofi.tokenizer.extension import Files, extend_tokenizer
from soofi.tokenizer.given import DESCRIPTION, FORMAT, parse_tokenizer_json, set_special, special_ids
from soofi.tokenizer.old_vocabulary import OldVocabulary
from soofi.tokenizer.processor import TOKEN_BYTES_FORMAT
from soofi.tokenizer.spelling import spelled_bytes

_FILES = (
    "tokenizer.json", "tokenizer.model", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
    "vocab.json", "merges.txt", "chat_template.jinja",
)  # fmt: skip
"""What belongs to a tokenizer in a Hugging Face directory."""


def tokenizer_files(directory: Path) -> list[Path]:
    """The files of a Hugging Face directory that make its tokenizer.

    Raises FileNotFoundError where neither tokenizer.json nor tokenizer.model is among them.
    """
    files = [directory / name for name in _FILES if (directory / name).is_file()]
    if not {"tokenizer.json", "tokenizer.model"} & {file.name for file in files}:
        raise FileNotFoundError(
            f"{directory} has neither tokenizer.json nor tokenizer.model: give tokenizer.from another directory"
        )
    return files


@dataclass(frozen=True)
class Description:
    """A given tokenizer, looked through. `bytes`: what each id spells."""

    tokenizer_json: str
    end_of_document: str
    padding: str
    bytes: list[bytes]


def describe_tokenizer(given: Given) -> Description:
    """Look through a given tokenizer; nothing is written. A SentencePiece model without tokenizer.json is converted by
    `transformers`.

    Raises FileNotFoundError or ValueError, with one sentence, for a tokenizer that loses text or does not say which tokens
    close documents and fill up samples.
    """
    source = given.from_
    tokenizer_files(source)
    path = source / "tokenizer.json"
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else _converted(source)
    tokenizer = parse_tokenizer_json(text, path)
    end, padding = _named_tokens(given, special_tokens(tokenizer))
    for token in (end, padding):
        set_special(tokenizer, token)
    _check_splitting(tokenizer, [padding, end, *special_tokens(tokenizer)], source)
    spelled = spelled_bytes(json.loads(text), special_ids(tokenizer))
    if given.extend is not None:
        OldVocabulary(json.loads(text), spelled)  # refuses what cannot grow
    return Description(text, end, padding, spelled)


def copy_tokenizer(given: Given, directory: Path) -> None:
    """Copy a given tokenizer's files into `directory`, as they are, and write beside them what soofi needs to know of it.

    Raises what `describe_tokenizer` raises.
    """
    described = describe_tokenizer(given)
    _copy(given, described, directory)
    _write_description(described, directory)


def take_tokenizer(given: Given, files: Files, directory: Path) -> dict[str, int]:
    """Copy a given tokenizer's files into `directory`, with the new entries that the recipe asks for, learned from `files`.

    Returns the bytes of each language that new entries were learned from. Raises what `describe_tokenizer` and
    `extend_tokenizer` raise.
    """
    described = describe_tokenizer(given)
    _copy(given, described, directory)
    shares: dict[str, int] = {}
    if given.extend is not None:
        shares = extend_tokenizer(given.extend, described.tokenizer_json, described.bytes, files, directory)
        path = directory / "tokenizer.json"
        extended = path.read_text(encoding="utf-8")
        tokenizer = parse_tokenizer_json(extended, path)
        named = [described.padding, described.end_of_document]
        for token in named:
            set_special(tokenizer, token)
        _check_splitting(tokenizer, [*named, *special_tokens(tokenizer)], given.from_)
        spelled = spelled_bytes(json.loads(extended), special_ids(tokenizer))
        described = replace(described, tokenizer_json=extended, bytes=spelled)
    _write_description(described, directory)
    return shares


def _copy(given: Given, described: Description, directory: Path) -> None:
    for file in tokenizer_files(given.from_):
        shutil.copyfile(file, directory / file.name)
    if not (directory / "tokenizer.json").is_file():
        write_text(directory / "tokenizer.json", described.tokenizer_json)


def _write_description(described: Description, directory: Path) -> None:
    spelled = [data.hex() for data in described.bytes]
    write_json(directory / "token_bytes.json", {"format": TOKEN_BYTES_FORMAT, "bytes": spelled})
    values = {
        "format": FORMAT,
        "end_of_document": described.end_of_document,
        "padding": described.padding,
        "files": sorted(file.name for file in tokenizer_files(directory)),
    }
    write_json(directory / DESCRIPTION, values)


def special_tokens(tokenizer: Tokenizer) -> list[str]:
    """Spellings of the special tokens, in the order of their ids."""
    return [
        token.content for _, token in sorted(tokenizer.get_added_tokens_decoder().items()) if token.special
    ]


def _named_tokens(given: Given, special: list[str]) -> tuple[str, str]:
    """The tokens that close documents and fill up samples."""
    named = _configured(given.from_)
    end = given.end_of_document or named.get("eos_token")
    if end is None:
        raise ValueError(
            f"{given.from_} names no eos_token: set tokenizer.end_of_document to {_one_of(special)}"
        )
    padding = given.padding or named.get("pad_token")
    if padding is None or padding == end:
        others = [token for token in special if token != end]
        raise ValueError(
            f"{given.from_} names no pad_token other than '{end}', which closes documents: set tokenizer.padding to {_one_of(others)}"
        )
    return end, padding


def _configured(directory: Path) -> dict[str, str]:
    """`eos_token` and `pad_token` where the directory names them."""
    named: dict[str, str] = {}
    for file in ("special_tokens_map.json", "tokenizer_config.json"):
        path = directory / file
        if path.is_file():
            for key, value in read_object(path, "is damaged: fetch the directory again").items():
                content = value.get("content") if isinstance(value, Mapping) else value
                if key in ("eos_token", "pad_token") and isinstance(content, str):
                    named[key] = content
    return named


def _one_of(tokens: list[str]) -> str:
    shown = ", ".join(f"'{token}'" for token in tokens[:5])
    return f"one of its special tokens, such as {shown}" if shown else "a token that no text needs"


def _check_splitting(tokenizer: Tokenizer, tokens: list[str], source: Path) -> None:
    """A text that spells a special token must not yield its id: a document could end itself."""
    for token in tokens:
        id = tokenizer.token_to_id(token)
        for text in (token, f"x{token}x", f" {token} "):
            if id in tokenizer.encode(text, add_special_tokens=False).ids:
                raise ValueError(
                    f"in the tokenizer of {source} a text that spells '{token}' becomes that token: it cannot be used as it is"
                )


def _converted(source: Path) -> str:
    """tokenizer.json for a SentencePiece model, as `transformers` reads it."""
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(source, local_files_only=True, trust_remote_code=False)
        backend = tokenizer.backend_tokenizer
    except Exception:  # whatever a library makes of files that are not of the kind they say
        raise ValueError(
            f"transformers cannot read the tokenizer of {source}: give tokenizer.from a directory with tokenizer.json"
        ) from None
    return str(backend.to_str(pretty=True)) + "\n"
