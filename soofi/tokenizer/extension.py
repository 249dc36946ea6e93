"""New entries for a given tokenizer, learned from the run's text, and what they save."""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import sentencepiece

from soofi.ledger import write_json, write_text
from soofi.recipe import Extension
from soofi.tokenizer.continued_merges import Learned, continue_merges
from soofi.tokenizer.encoded_words import encode_words
from soofi.tokenizer.extended_files import extended_json, extended_model, say_the_same
from soofi.tokenizer.given import parse_tokenizer_json
from soofi.tokenizer.old_vocabulary import OldVocabulary
from soofi.tokenizer.sample import language_shares, sample_lines

EXTENSION = "extension.json"
"""Beside the tokenizer's own files: the old pieces of every new id."""
FORMAT = "soofi.tokenizer-extension/1"

_COMPARED_BYTES = 4_000_000
"""About so much of the sample, in lines of all languages, must have the ids of tokenizer.json by the extended tokenizer.model."""

Files = Mapping[str, Mapping[Path, int]]
"""Language → file → bytes, as `sample.corpus_files` gives them."""


def extend_tokenizer(
    extension: Extension, text: str, spelled: list[bytes], files: Files, directory: Path
) -> dict[str, int]:
    """Write the tokenizer.json `text` with new entries into `directory`, where its other files stand already.

    `spelled`: the bytes of each old id. `files`: the training text. An extended tokenizer.model is written where it says the
    same as tokenizer.json; else, as with the files that list entries a second time (vocab.json, merges.txt), it is taken away,
    since it would disagree. Returns the bytes of each language that were learned from.

    Raises ValueError for a language without text, a sample too small for so many entries, or a tokenizer that cannot grow.
    """
    description = json.loads(text)
    old = OldVocabulary(description, spelled)
    shares = extension_shares(extension, files)
    chosen = {language: files[language] for language in shares}
    tokenizer = parse_tokenizer_json(text, directory / "tokenizer.json")
    words = encode_words(tokenizer, old, _lines(chosen, shares))
    learned = continue_merges(
        words, old, extension.entries, extension.min_frequency, extension.maximum_piece_characters
    )
    if len(learned.entries) < extension.entries:
        raise ValueError(
            f"the sample has only {len(learned.entries):,} new entries that stand in it at least tokenizer.extend.min_frequency "
            f"times ({extension.min_frequency}): lower tokenizer.extend.entries, or raise tokenizer.extend.sample_bytes"
        )
    write_json(
        directory / EXTENSION,
        {
            "format": FORMAT,
            "first_id": old.size,
            "pieces": [list(entry.pieces) for entry in learned.entries],
        },
    )
    if learned.entries:
        extended = extended_json(description, old, learned)
        write_text(directory / "tokenizer.json", extended)
        step = max(1, sum(shares.values()) // _COMPARED_BYTES)
        _extend_model(directory, old, text, extended, learned, islice(_lines(chosen, shares), 0, None, step))
        for name in ("vocab.json", "merges.txt"):
            (directory / name).unlink(missing_ok=True)
        _use_as_it_stands(directory / "tokenizer_config.json")
    return shares


def extension_shares(extension: Extension, files: Files) -> dict[str, int]:
    """Bytes of each language that new entries are learned from; raises ValueError for one without training text."""
    for language in extension.languages or ():
        if language not in files:
            raise ValueError(
                f"tokenizer.extend.languages names '{language}', in which the corpus has no training text: it has "
                f"{', '.join(files)}"
            )
    sizes = {
        language: sum(paths.values())
        for language, paths in files.items()
        if extension.languages is None or language in extension.languages
    }
    weights = {language: size**extension.language_exponent for language, size in sizes.items()}
    return language_shares(sizes, weights, extension.sample_bytes)


def _lines(files: Files, shares: Mapping[str, int]) -> Iterator[str]:
    for language, share in shares.items():
        yield from sample_lines(files[language], share)


def read_extension(directory: Path) -> dict[int, tuple[int, ...]] | None:
    """The old ids that spelled each new one, by new id; None for a tokenizer that was not extended.

    Raises ValueError, with one sentence, for a damaged file.
    """
    path = directory / EXTENSION
    if not path.is_file():
        return None
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        form, first = values["format"], int(values["first_id"])
        pieces = {first + place: tuple(map(int, ids)) for place, ids in enumerate(values["pieces"])}
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"{path} is damaged: make the tokenizer again") from None
    if form != FORMAT:
        raise ValueError(f"{path} has format {form}; this soofi reads {FORMAT}: use a newer soofi")
    if any(not ids or min(ids) < 0 or max(ids) >= first for ids in pieces.values()):
        raise ValueError(f"{path} is damaged: make the tokenizer again")
    return pieces


def _extend_model(
    directory: Path, old: OldVocabulary, text: str, extended: str, learned: Learned, lines: Iterable[str]
) -> None:
    path = directory / "tokenizer.model"
    if not path.is_file():
        return
    before = path.read_bytes()
    path.unlink()
    try:
        pieces = sentencepiece.SentencePieceProcessor(model_proto=before).get_piece_size()
    except RuntimeError:
        raise ValueError(f"the given {path.name} is damaged: fetch the directory again") from None
    if not old.merges_any_pair or pieces != old.size:
        return
    after = extended_model(before, learned)
    tokenizers = [parse_tokenizer_json(content, path) for content in (extended, text)]
    if say_the_same(after, tokenizers[0], before, tokenizers[1], lines):
        path.write_bytes(after)


def _use_as_it_stands(path: Path) -> None:
    """A class of a model family would build its own tokenizer, from files that do not know the new entries."""
    values = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    write_json(path, {**values, "tokenizer_class": "PreTrainedTokenizerFast"})
