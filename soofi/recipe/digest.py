"""The part of a recipe that governs a stage, as plain values for a digest."""

from typing import Any

from pydantic import BaseModel

from soofi.recipe.fields import LocatedPath, on_resume


def governing(value: Any) -> Any:
    """Plain values of a recipe part, without paths (their content is digested instead) and without fields that do not
    change the result (`free`, `recorded`)."""
    if isinstance(value, BaseModel):
        return {
            name: governing(getattr(value, name))
            for name, info in type(value).model_fields.items()
            if not _is_path(info) and on_resume(info) == "must_match"
        }
    if isinstance(value, list | tuple):
        return [governing(item) for item in value]
    if isinstance(value, dict):
        return {key: governing(item) for key, item in value.items()}
    return value


def _is_path(info: Any) -> bool:
    marks = [*info.metadata]
    for argument in getattr(info.annotation, "__args__", ()):
        marks += getattr(argument, "__metadata__", ())
    return any(isinstance(mark, LocatedPath) for mark in marks)
