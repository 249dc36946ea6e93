"""What a resume may change: the marks of the recipe's fields, applied."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from soofi.recipe.fields import OnResume, on_resume
from soofi.recipe.loading import RecipeError
from soofi.recipe.schema import Recipe


@dataclass(frozen=True)
class Change:
    """A field that differs between the recipe of a run and the recipe given to resume it."""

    field: str
    before: Any
    after: Any
    on_resume: OnResume

    @property
    def section(self) -> str:
        """The top-level field that it belongs to."""
        return self.field.split(".")[0].split("[")[0]


def changes(before: Recipe, after: Recipe) -> list[Change]:
    """All fields in which two recipes differ, with their marks."""
    return list(_differences("", before, after, "must_match"))


def check_resume(before: Recipe, after: Recipe, sections: tuple[str, ...] = ()) -> list[Change]:
    """Return the changes that the ledger must record; raise RecipeError if a field that must match differs.

    `sections` limits the comparison to those top-level fields; without it the whole recipe is compared.
    """
    found = [change for change in changes(before, after) if not sections or change.section in sections]
    for change in found:
        if change.on_resume == "must_match":
            raise RecipeError(
                f"{change.field} was {change.before!r} when the run began and is {change.after!r} now: put it back, or give "
                f"the run another name"
            )
    return [change for change in found if change.on_resume == "recorded"]


def _differences(prefix: str, before: Any, after: Any, mark: OnResume) -> Iterator[Change]:
    if isinstance(before, BaseModel) and isinstance(after, BaseModel) and type(before) is type(after):
        for name, info in type(before).model_fields.items():
            written = info.alias or name
            path = f"{prefix}.{written}" if prefix else written
            yield from _differences(path, getattr(before, name), getattr(after, name), on_resume(info))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (one, two) in enumerate(zip(before, after, strict=True)):
            yield from _differences(f"{prefix}[{index}]", one, two, mark)
    elif isinstance(before, dict) and isinstance(after, dict) and before.keys() == after.keys():
        for key in before:
            yield from _differences(f"{prefix}.{key}", before[key], after[key], mark)
    elif before != after:
        yield Change(prefix, before, after, mark)
