"""The recipe's words for the vocabulary."""

import difflib
import re
from typing import Literal

from pydantic import field_validator, model_validator

from soofi.recipe.fields import LocalPath, Section, field
from soofi.recipe.languages import EU_OFFICIAL, check_language, check_languages


class Parity(Section):
    """Rounds of training that give more weight to languages whose words cost more tokens."""

    development: LocalPath = field(
        description="Folder of parallel text, <language>.jsonl or .jsonl.zst with `text` in every line; kept out of training."
    )
    rounds: int = field(6, "Rounds of training after the first, at most.", ge=1, le=50)
    gini: float = field(
        0.05, "Gini coefficient of the languages' tokens on the development text to stop at.", ge=0, lt=1
    )
    power: float = field(
        1.5,
        "After a round a language's weight is multiplied by (its tokens / the mean) to this power.",
        gt=0,
        le=10,
    )
    maximum_extra_tokens: float = field(
        0.03, "Most that a round may cost over the first in tokens of all languages, as a share.", ge=0
    )
    maximum_extra_english: float = field(
        0.12, "Most that a round may cost over the first in tokens of English, as a share.", ge=0
    )
    minimum_bytes: int = field(
        100_000,
        "Languages with less training text, in bytes, learn from the development text too and keep their weight.",
        ge=0,
    )


class Tokenizer(Section):
    """A tokenizer's specification: what `tokenizer/*.yaml` holds."""

    name: str = field(description="Name of the specification.", pattern=r"^[a-z0-9][a-z0-9._-]*$")
    algorithm: Literal["bpe", "unigram"] = field(
        "bpe", "How the vocabulary is learned; unigram takes some ten times the time and memory."
    )
    vocabulary_size: int = field(
        description="Entries, special and byte entries included.", ge=512, le=1_048_576
    )
    languages: list[str] = field(
        [], "BCP-47 tags of the languages that it is for; without any, all that the corpus holds."
    )
    language_exponent: float = field(
        0.3,
        "Languages weigh in proportion to bytes to this power: 1 natural, 0 uniform.",
        ge=0,
        le=1,
    )
    weights: dict[str, float] = field(
        {}, "Language to the factor by which its weight is multiplied; 1 for the others."
    )
    maximum_multiplier: float = field(
        50.0,
        "Most that a byte of one language's text may count beside a byte of the one that counts least.",
        ge=1,
    )
    sample_bytes: int = field(
        20_000_000,
        "Bytes of training text that the vocabulary is learned from, at most.",
        gt=0,
    )
    maximum_words: int = field(
        8_000_000,
        "Different words held in memory, of all languages together; beyond it the rarest are forgotten.",
        ge=1000,
    )
    word_counts: LocalPath | None = field(
        None,
        "Folder of words counted elsewhere: <language>.tsv, lines of word, tab, count, the most frequent first.",
    )
    word_counts_share: float = field(
        0.5,
        "Share of a language's words that come from `word_counts`, where it has a file there.",
        gt=0,
        lt=1,
    )
    parity: Parity | None = field(
        None, "Rounds of training that make languages cost alike; without it one training."
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

    @field_validator("languages")
    @classmethod
    def _languages(cls, tags: list[str]) -> list[str]:
        check_languages(tags)
        return tags

    @field_validator("weights")
    @classmethod
    def _weights(cls, weights: dict[str, float]) -> dict[str, float]:
        for tag, weight in weights.items():
            check_language(tag)
            if weight <= 0:
                raise ValueError(
                    f"the weight of '{tag}' is {weight}: give one above 0, or leave the language out"
                )
        return weights

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
    def _weights_of_languages(self) -> "Tokenizer":
        for tag in self.weights if self.languages else ():
            if tag not in self.languages:
                raise ValueError(
                    f"weights names '{tag}', which languages does not: {meant(tag, self.languages)}"
                )
        return self

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


def meant(tag: str, known: list[str]) -> str:
    """Which of the `known` languages a tag was probably meant for, as the end of a sentence."""
    named = {EU_OFFICIAL[language].lower(): language for language in known if language in EU_OFFICIAL}
    close = difflib.get_close_matches(tag.lower(), [*known, *named], n=1)
    starting = [language for name, language in named.items() if name.startswith(tag.lower())]
    for candidate in (*starting, *(named.get(name, name) for name in close)):
        return f"did you mean '{candidate}'?"
    return f"known are {', '.join(known)}"


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
        check_languages(tags or ())
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
