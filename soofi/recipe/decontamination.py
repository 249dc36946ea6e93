"""The recipe's words for texts that models are tested on, which no corpus should hold."""

from typing import Literal

from pydantic import field_validator, model_validator

from soofi.recipe.fields import LocalPath, Section, field
from soofi.recipe.languages import check_language

BUILT_IN = ("declaration-16-30",)
"""Sets that come with soofi. `declaration-16-30`: these articles of the Universal Declaration of Human Rights in 24 languages."""


class EvaluationSet(Section):
    """A named set of texts that a model will be tested on."""

    name: str = field(
        description="Name of the set, as evidence shows it; declaration-16-30 comes with soofi.",
        pattern=r"^[a-z0-9][a-z0-9._-]*$",
    )
    paths: list[LocalPath] = field(
        [],
        "Folders, files, or patterns with * and **; JSON Lines (every string in a record is a text of its own) or plain text.",
        on_resume="recorded",  # a run may move; what the files hold is compared by digest
    )
    format: Literal["auto", "jsonl", "text"] = field(
        "auto", "How the files are written; auto goes by each file's ending."
    )

    @model_validator(mode="after")
    def _has_paths(self) -> "EvaluationSet":
        if not self.paths and self.name not in BUILT_IN:
            raise ValueError(
                f"evaluation set '{self.name}' has no paths: name its files (without paths come {', '.join(BUILT_IN)})"
            )
        return self


class Decontaminate(Section):
    """A document that holds a run of words of an evaluation set is dropped."""

    sets: list[EvaluationSet] = field([], "Evaluation sets; none switches the stage off.")
    words: int = field(13, "Length in words of the runs that are compared.", ge=1, le=64)
    words_by_language: dict[str, int] = field(
        {}, "Length in words for documents of one language, in place of `words`."
    )
    whole_text_words: int = field(
        8, "An evaluation text shorter than the runs is compared as a whole if it has so many words.", ge=1
    )
    matches: int = field(1, "Least number of such runs in a document that is dropped.", ge=1)

    @field_validator("words_by_language")
    @classmethod
    def _lengths(cls, lengths: dict[str, int]) -> dict[str, int]:
        for tag, words in lengths.items():
            if not 1 <= words <= 64:
                raise ValueError(f"decontaminate.words_by_language.{tag} is {words}: write 1 to 64 words")
        return {check_language(tag): words for tag, words in lengths.items()}

    @field_validator("sets")
    @classmethod
    def _names_differ(cls, sets: list[EvaluationSet]) -> list[EvaluationSet]:
        names = [one.name for one in sets]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two evaluation sets are called '{name}': give each its own name")
        return sets
