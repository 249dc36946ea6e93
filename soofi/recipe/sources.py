"""The recipe's words for where text comes from."""

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
