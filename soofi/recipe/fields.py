"""How a recipe's field is declared: its sentence, its limits, and what a resume may do with it."""

import os
from pathlib import Path
from typing import Annotated, Any, Literal, cast, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator
from pydantic.fields import FieldInfo

OnResume = Literal["must_match", "free", "recorded"]
"""What a resume may do with a field: `must_match` (a change would make another run), `free` (no effect on the
result), `recorded` (allowed to change, and the change is written into the ledger)."""


def field(
    default: Any = ...,
    description: str = "",
    *,
    on_resume: OnResume = "must_match",
    **limits: Any,
) -> Any:
    """Declare one field of the recipe.

    `description` is one line that names the unit. `limits` are pydantic's (`ge`, `gt`, `le`, `pattern` …).
    """
    return Field(
        default,
        description=description,
        json_schema_extra={"on_resume": on_resume},
        **limits,
    )


def on_resume(info: FieldInfo) -> OnResume:
    """The mark of a field that `field` declared."""
    assert isinstance(info.json_schema_extra, dict), "declared without `field`"
    return cast(OnResume, info.json_schema_extra["on_resume"])


class LocatedPath:
    """Marks a path field: made absolute when a recipe is loaded, and left out of the stages' digests.

    What lies at the path enters a digest by its content, so a run means the same wherever its files stand.
    """


LocalPath = Annotated[Path, LocatedPath()]


def is_url(place: str) -> bool:
    """Whether a place is a URL that fsspec opens (`s3://bucket/key`) and no local path."""
    return "://" in place


def _as_text(place: Any) -> Any:
    return os.fspath(place) if isinstance(place, os.PathLike) else place


Location = Annotated[str, BeforeValidator(_as_text), LocatedPath()]
"""A local path or a URL of any file system that fsspec knows; like `LocalPath` it enters no digest itself."""


class Section(BaseModel):
    """A strict part of a recipe: unknown keys are refused, values do not change after loading."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        validate_default=True,
        use_attribute_docstrings=False,
        allow_inf_nan=False,
    )

    @field_validator("*", mode="before")
    @classmethod
    def _truth_is_no_number(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse `true` where a number belongs: Python would take it for 1."""
        items = (
            value.values()
            if isinstance(value, dict)
            else value
            if isinstance(value, list | tuple)
            else [value]
        )
        truth = next((item for item in items if isinstance(item, bool)), None)
        if truth is not None and info.field_name:
            kinds = _leaves(cls.model_fields[info.field_name].annotation)
            if kinds & {int, float} and bool not in kinds:
                raise ValueError(f"must be a number, not {str(truth).lower()}")
        return value


def written_fields(section: type[BaseModel]) -> dict[str, FieldInfo]:
    """A section's fields by the key that a recipe writes: Python's own words (`from`) cannot name an attribute."""
    return {info.alias or name: info for name, info in section.model_fields.items()}


def _leaves(annotation: Any) -> set[type]:
    """The types at the ends of an annotation: `dict[str, float] | None` has str, float and NoneType."""
    arguments = get_args(annotation)
    if arguments:
        return set().union(*map(_leaves, arguments))
    return {annotation if isinstance(annotation, type) else type(annotation)}
