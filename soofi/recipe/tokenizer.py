"""The recipe's words for the vocabulary."""

import re
from typing import Literal

from pydantic import field_validator, model_validator

from soofi.recipe.fields import LocalPath, Section, field
from soofi.recipe.languages import check_language


class Tokenizer(Section):
    """A tokenizer's specification: what `tokenizer/*.yaml` holds."""

    name: str = field(description="Name of the specification.", pattern=r"^[a-z0-9][a-z0-9._-]*$")
    algorithm: Literal["bpe"] = field("bpe", "How the vocabulary is learned.")
    vocabulary_size: int = field(
        description="Entries, special and byte entries included.", ge=512, le=1_048_576
    )
    language_exponent: float = field(
        0.3,
        "Languages are sampled in proportion to bytes to this power: 1 natural, 0 uniform.",
        ge=0,
        le=1,
    )
    sample_bytes: int = field(
        20_000_000,
        "Bytes of training text that the vocabulary is learned from, at most.",
        gt=0,
    )
    character_coverage: float = field(
        0.9999,
        "Share of the sample's characters that get an entry of their own.",
        gt=0,
        le=1,
    )
    required_characters: str = field(
        "", "Characters that get an entry whatever the sample holds; white space between them means nothing."
    )
    user_defined_symbols: list[str] = field(
        ["\n", "\n\n", "\t", "  ", "    ", "        "],
        "Strings that are always one entry wherever text holds them; the longest wins.",
    )
    byte_fallback: Literal[True] = field(
        True, "Other characters are spelled in bytes, so that nothing is unknown and nothing is lost."
    )
    split_digits: bool = field(True, "Whether each digit is an entry of its own.")
    maximum_piece_characters: int = field(16, "Greatest length of an entry in characters.", ge=1)
    special_tokens: list[str] = field(
        ["<pad>", "<eod>"], "Control entries; text never yields them.", min_length=2
    )
    reserved_tokens: int = field(0, "Further control entries, <reserved_0> …, kept free for later use.", ge=0)

    @field_validator("required_characters")
    @classmethod
    def _characters(cls, characters: str) -> str:
        return "".join(dict.fromkeys("".join(characters.split())))

    @field_validator("user_defined_symbols")
    @classmethod
    def _symbols(cls, symbols: list[str]) -> list[str]:
        for symbol in symbols:
            if symbol in ("", " ") or "\u2581" in symbol:
                raise ValueError(
                    f"'{symbol}' cannot be an entry of user_defined_symbols: leave out the empty string, the single "
                    "space and whatever holds U+2581"
                )
        return symbols

    @model_validator(mode="after")
    def _specials(self) -> "Tokenizer":
        for needed in ("<pad>", "<eod>"):
            if needed not in self.special_tokens:
                raise ValueError(
                    f"special_tokens lacks {needed}: padding and end of document are always needed"
                )
        entries = [*self.control_tokens, *self.user_defined_symbols]
        for entry in entries:
            if (
                not entry
                or entry == "<unk>"
                or re.fullmatch("<0x[0-9A-Fa-f]{2}>", entry)
                or entries.count(entry) > 1
            ):
                raise ValueError(
                    f"the vocabulary would have '{entry}' twice, or an entry without text: change special_tokens, "
                    "reserved_tokens or user_defined_symbols"
                )
        taken = 1 + 256 + len(entries) + len(self.required_characters)
        if self.vocabulary_size < taken + 64:
            raise ValueError(
                f"vocabulary_size {self.vocabulary_size} leaves no room for text: special_tokens, reserved_tokens, "
                f"user_defined_symbols, required_characters and bytes take {taken} entries"
            )
        return self

    @property
    def control_tokens(self) -> list[str]:
        """All control entries in the order of their ids, from 0: `special_tokens`, then `<reserved_0>` …"""
        return [*self.special_tokens, *(f"<reserved_{i}>" for i in range(self.reserved_tokens))]


class Extension(Section):
    """New entries for a given tokenizer, learned from the run's text."""

    entries: int = field(description="Entries that are added after the last one.", ge=0, le=1_048_576)
    languages: list[str] | None = field(
        None,
        "BCP-47 tags of the languages that they are learned from; without it all of the corpus.",
        min_length=1,
    )
    language_exponent: float = field(
        0.3,
        "Languages are sampled in proportion to bytes to this power: 1 natural, 0 uniform.",
        ge=0,
        le=1,
    )
    sample_bytes: int = field(20_000_000, "Bytes of training text that they are learned from, at most.", gt=0)
    min_frequency: int = field(
        2, "Times that a new entry stands in the sample, at least, when it is learned.", ge=1
    )
    maximum_piece_characters: int = field(16, "Greatest length of a new entry in characters.", ge=1)

    @field_validator("languages")
    @classmethod
    def _languages(cls, tags: list[str] | None) -> list[str] | None:
        for tag in tags or ():
            check_language(tag)
            if (tags or ()).count(tag) > 1:
                raise ValueError(f"'{tag}' is named twice")
        return tags


class GivenTokenizer(Section):
    """The tokenizer of a Hugging Face directory, used as it is or with new entries after its own."""

    from_: LocalPath = field(
        description="Hugging Face directory with tokenizer.json or tokenizer.model.",
        on_resume="recorded",
        alias="from",
    )
    end_of_document: str | None = field(
        None, "Token that closes every document; without it the directory's eos_token."
    )
    padding: str | None = field(None, "Token that fills up samples; without it the directory's pad_token.")
    extend: Extension | None = field(
        None, "New entries after the directory's own; without it the tokenizer is used as it is."
    )
