"""The recipe's words for where text comes from."""

from typing import Literal

from pydantic import field_validator, model_validator

from soofi.recipe.fields import LocalPath, Location, Section, field
from soofi.recipe.languages import check_language
from soofi.recipe.presets import PRESETS, PresetName, Role

FileFormat = Literal["auto", "jsonl", "text", "parquet", "html", "warc"]

_DOCUMENT_COLUMNS: tuple[Role, ...] = ("text", "id", "url", "language", "licence", "domain", "date")
_SECRET = ("key", "secret", "token", "password", "credential")


class DataSet(Section):
    """A Hugging Face data set: one on the Hub, or a local directory in the layout of one."""

    name: str | None = field(
        None,
        "Name on the Hub, such as HuggingFaceFW/fineweb-2.",
        pattern=r"^[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*$",
    )
    path: LocalPath | None = field(
        None, "Local directory of a data set, with its README.md or without.", on_resume="recorded"
    )
    configuration: str | None = field(None, "Configuration of the data set, such as deu_Latn.")
    split: str = field("train", "Split of the data set.", min_length=1)
    revision: str | None = field(
        None, "Commit, tag or branch on the Hub; a commit keeps the text the same for good."
    )

    @model_validator(mode="after")
    def _is_one_place(self) -> "DataSet":
        if (self.name is None) == (self.path is None):
            raise ValueError("a data set has either a name on the Hub or a path: write one of name and path")
        if self.path is not None and self.revision is not None:
            raise ValueError(
                "revision belongs to a data set on the Hub: take it out, or name the set instead of path"
            )
        return self


class Source(Section):
    """A named origin of raw text with one licence policy."""

    name: str = field(
        description="Name of the source; a directory of the corpus is called so.",
        pattern=r"^[a-z0-9][a-z0-9._-]*$",
    )
    paths: list[Location] = field(
        [],
        description="Folders, files, or patterns with * and **, local or as URLs (s3://…); a folder is everything below it.",
        on_resume="recorded",  # a run may move; what the files hold is compared by digest
    )
    dataset: DataSet | None = field(None, "Hugging Face data set to read instead of paths.")
    storage_options: dict[str, str | int | bool] = field(
        {},
        "Options of the file system of URLs, such as endpoint_url; secrets belong into the environment.",
        on_resume="free",  # where a store is reached says nothing about what it holds
    )
    format: FileFormat = field(
        "auto",
        "How the files are written; auto goes by each file's ending, text and html are one document a file, warc is WET too.",
    )
    preset: PresetName | None = field(None, "Columns and rows of a known data set; `columns` goes before it.")
    columns: dict[Role, str] = field(
        {},
        "What a document is made of → column or JSON key that holds it; dots lead into nested ones, {language} is the source's.",
    )
    rows_per_document: int | None = field(
        None,
        "Rows that make one document, for sets of single sentences; without it one, or the preset's.",
        ge=1,
    )
    language: str | None = field(None, "BCP-47 tag for documents that do not declare their own.")
    licence: str | None = field(None, "SPDX expression for documents that do not carry their own.")
    domain: str = field("general", "general, industry, law, science, code …")

    _language = field_validator("language")(check_language)

    @property
    def all_columns(self) -> dict[Role, str]:
        """Column by role: `columns` over the preset's, or over columns that are called as documents call them."""
        return {
            role: name.replace("{language}", self.language or "")
            for role, name in self._named_columns.items()
        }

    @property
    def _named_columns(self) -> dict[Role, str]:
        below: dict[Role, str] = {role: role for role in _DOCUMENT_COLUMNS}
        if self.preset:
            below = PRESETS[self.preset].columns
        if "markup" in self.columns:
            below = {role: name for role, name in below.items() if role != "text"}
        return below | self.columns

    @property
    def rows(self) -> int:
        """Rows that make one document."""
        return self.rows_per_document or (PRESETS[self.preset].rows_per_document if self.preset else 1)

    @field_validator("name")
    @classmethod
    def _name_is_free(cls, name: str) -> str:
        if name == "dropped":
            raise ValueError("a source cannot be called 'dropped': the corpus keeps dropped documents there")
        return name

    @field_validator("storage_options")
    @classmethod
    def _no_secrets(cls, options: dict[str, str | int | bool]) -> dict[str, str | int | bool]:
        for name in options:
            if any(part in name.lower() for part in _SECRET):
                raise ValueError(
                    f"'{name}' looks like a secret, and a recipe is copied into every run: set it in the environment"
                )
        return options

    @model_validator(mode="after")
    def _is_from_one_place(self) -> "Source":
        if bool(self.paths) == (self.dataset is not None):
            raise ValueError("a source has either paths or a dataset: write one of them")
        if self.dataset is not None and self.format != "auto":
            raise ValueError(
                f"a dataset says itself how it is written: take out format ({self.format}) or dataset"
            )
        return self

    @model_validator(mode="after")
    def _columns_are_of_records(self) -> "Source":
        written = [name for name in ("columns", "preset", "rows_per_document") if getattr(self, name)]
        if written and self.format in ("text", "html", "warc"):
            raise ValueError(
                f"{written[0]} is for records, which format {self.format} does not have: take one of the two out"
            )
        if not self.language and any("{language}" in name for name in self._named_columns.values()):
            raise ValueError("columns take {language} from the source: set language too")
        if {"text", "markup"} <= set(self.columns):
            raise ValueError(
                "columns.text and columns.markup exclude each other: a document is text or a page"
            )
        return self
