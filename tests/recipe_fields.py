"""Every field of a recipe, and for each another value that the recipe may have there: for tests that walk them all."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from soofi.recipe import Recipe, RecipeError, changes, parse_recipe
from soofi.recipe.fields import OnResume, on_resume, written_fields

_POOL: list[Any] = [
    1, 2, 3, 4, 8, 16, 32, 64, 128, 4096, 0.25, 0.5, 0.75, 1.5, 3.0, "fr", "MIT", "other", "other/place", "other@1", ["de", "fr"],
    ["other/*.txt"], ["web"], [0.5, 0.5], {}, {"fr": 2.0}, {"fr": "Le"}, {"web": 2.0}, {"fp32": 2.0}, {"de": {"minimum_characters": 7}},
]  # fmt: skip
"""Values that some field of a recipe may have, simple ones first."""


@dataclass(frozen=True)
class Field:
    """A field of a recipe as it stands: `path` as a recipe's author writes it (`stages[0].tokens`), the section that declares
    it, its mark, and a recipe that differs in it alone (None where it can have no other value)."""

    path: str
    section: type[BaseModel]
    name: str
    mark: OnResume
    other: Recipe | None


def fields_of(recipe: Recipe) -> Iterator[Field]:
    """All fields that hold a value of their own, those of nested sections among them, and the sections that can be left out."""
    # As a file would write it; YAML and JSON have the same values here.
    tree = recipe.model_dump(mode="json", by_alias=True)
    for keys, section, name, info in _walk(recipe, ()):
        mark, path = on_resume(info), _written(keys)
        yield Field(path, section, name, mark, _with_another(recipe, tree, keys, info, path))


def sections_of(recipe: Recipe) -> set[tuple[type[BaseModel], str]]:
    """All fields, by section and name, that hold a section or a list of them."""
    return {(type(section), name) for section, name in _parents(recipe)}


def _walk(section: BaseModel, keys: tuple[str | int, ...]) -> Iterator[tuple[Any, ...]]:
    attributes = dict(zip(written_fields(type(section)), type(section).model_fields, strict=True))
    for written, info in written_fields(type(section)).items():
        value, here = getattr(section, attributes[written]), (*keys, written)
        parts = _sections(value, here)
        for part, place in parts:
            yield from _walk(part, place)
        if not parts or type(None) in getattr(info.annotation, "__args__", ()):
            yield here, type(section), attributes[written], info


def _parents(section: BaseModel) -> Iterator[tuple[BaseModel, str]]:
    for name in type(section).model_fields:
        parts = _sections(getattr(section, name), ())
        if parts:
            yield section, name
        for part, _ in parts:
            yield from _parents(part)


def _sections(value: Any, keys: tuple[str | int, ...]) -> list[tuple[BaseModel, tuple[str | int, ...]]]:
    if isinstance(value, BaseModel):
        return [(value, keys)]
    if isinstance(value, list) and value and isinstance(value[0], BaseModel):
        return [(part, (*keys, index)) for index, part in enumerate(value)]
    return []


def _with_another(
    recipe: Recipe, tree: dict[str, Any], keys: tuple[str | int, ...], info: FieldInfo, path: str
) -> Recipe | None:
    for value in _candidates(_at(tree, keys), info):
        changed = deepcopy(tree)
        _at(changed, keys[:-1])[keys[-1]] = value
        try:
            other = parse_recipe(changed)
        except RecipeError:
            continue
        found = [change.field for change in changes(recipe, other)]
        if found and all(field == path or field.startswith(f"{path}[") for field in found):
            return other
    return None


def _candidates(value: Any, info: FieldInfo) -> list[Any]:
    if isinstance(value, bool):
        return [not value]
    near: list[Any] = []
    if isinstance(value, int | float):
        near = [value + 1, value * 2, value // 2, value - 1, value / 2, value * 1.5]
    if isinstance(value, str):
        near = [f"{value}x", f"{value[:-1]}9"]
    if isinstance(value, list) and value:
        near = [value[:-1], value[::-1]]
        if isinstance(value[0], str):
            near += [[f"{value[0]}x", *value[1:]], [*value, "<other>"]]
    return [*_literals(info.annotation), *near, *_POOL, None]


def _literals(annotation: Any) -> list[Any]:
    parts = getattr(annotation, "__args__", ())
    found = [part for part in parts if isinstance(part, str | int)]
    return [*found, *(literal for part in parts for literal in _literals(part))]


def _at(tree: Any, keys: tuple[str | int, ...]) -> Any:
    for key in keys:
        tree = tree[key]
    return tree


def _written(keys: tuple[str | int, ...]) -> str:
    text = ""
    for key in keys:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else key
    return text
