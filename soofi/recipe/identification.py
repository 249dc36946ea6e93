"""The recipe's words for language identification."""

from typing import Literal

from soofi.recipe.fields import LocalPath, Section, field


class Identify(Section):
    """Language identification: a document that is not what it claims to be is dropped."""

    minimum_score: float = field(
        0.5,
        "Least probability (0 to 1) of the identified language; below it a document is dropped.",
        ge=0,
        le=1,
    )
    mixed: Literal["keep", "keep_lines", "drop"] = field(
        "keep",
        "What becomes of a document in which some lines are in another language: it stays as it is, loses those lines, or is "
        "dropped when they are more than `maximum_foreign_share`.",
    )
    maximum_foreign_share: float = field(
        0.3,
        "Most letters (share, 0 to 1) that may stand in lines of another language when `mixed` is `drop`.",
        ge=0,
        le=1,
    )
    model: LocalPath | None = field(
        None,
        "fastText model file for language identification (such as GlotLID's or lid.176) to use instead of the models that come along.",
    )
