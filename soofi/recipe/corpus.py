"""The recipe's words for text: where it comes from and how it is cleaned."""

from typing import Literal

from pydantic import field_validator, model_validator

from soofi.recipe.fields import LocalPath, Section, field
from soofi.recipe.languages import check_language


class Source(Section):
    """A named origin of raw text with one licence policy."""

    name: str = field(
        description="Name of the source; a directory of the corpus is called so.",
        pattern=r"^[a-z0-9][a-z0-9._-]*$",
    )
    paths: list[LocalPath] = field(
        description="Folders, files, or patterns with * and **; a folder is everything below it.",
        on_resume="recorded",  # a run may move; what the files hold is compared by digest
        min_length=1,
    )
    format: Literal["auto", "jsonl", "text", "parquet"] = field(
        "auto", "How the files are written; auto goes by each file's ending, text is one document a file."
    )
    text_column: str = field("text", "Column of Parquet files that holds the text.", min_length=1)
    language: str | None = field(None, "BCP-47 tag for documents that do not declare their own.")
    licence: str | None = field(None, "SPDX expression for documents that do not carry their own.")
    domain: str = field("general", "general, industry, law, science, code …")

    _language = field_validator("language")(check_language)

    @field_validator("name")
    @classmethod
    def _name_is_free(cls, name: str) -> str:
        if name == "dropped":
            raise ValueError("a source cannot be called 'dropped': the corpus keeps dropped documents there")
        return name

    @model_validator(mode="after")
    def _column_is_of_parquet(self) -> "Source":
        if self.text_column != "text" and self.format in ("jsonl", "text"):
            raise ValueError(
                f"text_column is for Parquet files: take it out, or set format to parquet instead of {self.format}"
            )
        return self


class Identify(Section):
    """Language identification: a document that is not what it claims to be is dropped."""

    minimum_score: float = field(
        0.5,
        "Least probability (0 to 1) of the identified language; below it a document is dropped.",
        ge=0,
        le=1,
    )


class Quality(Section):
    """First quality rules; a document that breaks one is dropped with the rule's name and figure."""

    minimum_characters: int = field(100, "Least length of a document in characters.", ge=0)
    minimum_letter_share: float = field(
        0.6,
        "Least share (0 to 1) of letters among characters that are not white space.",
        ge=0,
        le=1,
    )
    maximum_mean_word_characters: float = field(16.0, "Greatest mean length of a word in characters.", gt=0)
    maximum_repeated_line_share: float = field(
        0.5,
        "Greatest share (0 to 1) of characters in lines that occurred before in the document.",
        ge=0,
        le=1,
    )
    maximum_repeated_sentence_share: float = field(
        0.5,
        "Greatest share (0 to 1) of characters in sentences that occurred before in the document.",
        ge=0,
        le=1,
    )


class ValidationSplit(Section):
    """Which documents are held out, drawn by the hash of their duplicate cluster."""

    fraction: float = field(
        0.02, "Share (0 to 0.5) of duplicate clusters drawn for validation.", ge=0, le=0.5
    )
    minimum_documents: int = field(2, "Every language has at least so many validation documents.", ge=0)
    minimum_bytes: int = field(1000, "Every language has at least so many bytes of validation text.", ge=0)


class Corpus(Section):
    """From raw text to documents that a model may learn from."""

    sources: list[Source] = field(description="Where text comes from.", min_length=1)
    identify: Identify = field(Identify(), "Language identification.")
    quality: Quality = field(Quality(), "Quality rules for every language.")
    quality_by_language: dict[str, Quality] = field(
        {}, "Quality rules that replace `quality` for one language."
    )
    validation_split: ValidationSplit = field(ValidationSplit(), "What is held out.")
    keep_dropped_text: bool = field(False, "Whether dropped documents keep their text beside the reason.")
    workers: int = field(
        2,
        "Processes that work at once; does not change the result.",
        on_resume="free",
        ge=1,
    )

    @field_validator("quality_by_language")
    @classmethod
    def _languages(cls, rules: dict[str, Quality]) -> dict[str, Quality]:
        return {check_language(tag): quality for tag, quality in rules.items()}

    @field_validator("sources")
    @classmethod
    def _names_differ(cls, sources: list[Source]) -> list[Source]:
        names = [source.name for source in sources]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two sources are called '{name}': give each its own name")
            if name == "dropped":
                raise ValueError(
                    "no source can be called 'dropped': the corpus keeps dropped documents there"
                )
        return sources
