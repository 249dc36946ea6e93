"""Reading a recipe: `extends`, overrides from the command line, paths, and errors that say what to change."""

import difflib
import os
import types
import typing
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError, create_model

from soofi.recipe.fields import LocatedPath, Section, is_url, written_fields
from soofi.recipe.huggingface_directory import fill_in
from soofi.recipe.plain_yaml import read_yaml, write_yaml
from soofi.recipe.schema import FORMAT, GIVEN, LEARNED, Recipe
from soofi.recipe.tokenizer import GivenTokenizer, Tokenizer

Checked = TypeVar("Checked", bound=Section)


class RecipeError(ValueError):
    """A recipe that cannot be carried out; the message is one sentence for its author."""


def load_recipe(path: str | Path, overrides: Sequence[str] = ()) -> Recipe:
    """Read, compose and check a recipe.

    `extends: OTHER.yaml` (a path or a list of them, relative to the file) is read first and laid under the file's own
    keys: mappings merge, anything else is replaced. `overrides` are `a.b.c=value` with values in YAML. Relative paths
    are taken from the folder of the file that holds them, in overrides from the current directory. What a model leaves out is
    read from the directory that it begins from.

    Raises FileNotFoundError or RecipeError, with one sentence.
    """
    return parse_recipe(compose(path, overrides), str(path))


def compose(path: str | Path, overrides: Sequence[str] = ()) -> dict[str, Any]:
    """The plain values of a recipe or of a part of one, with everything that it extends; not checked yet."""
    tree = _read_composed(Path(path), (), _located)
    above: dict[str, Any] = {}
    for override in overrides:
        above = _merge(above, _parse_override(override))
    tree = _lay(tree, _located(above, Path.cwd()), str(path))
    return _with_directory_model(_with_specification(tree), str(path))


def load_resolved(path: str | Path) -> Recipe:
    """Read a recipe that `dump_recipe` wrote. No other file is read: what it names may have moved since.

    Raises FileNotFoundError or RecipeError, with one sentence.
    """
    return parse_recipe(_read_yaml(Path(path)), str(path))


def parse_recipe(tree: dict[str, Any], name: str = "recipe") -> Recipe:
    """Check an already composed tree of plain values; raises RecipeError with one sentence."""
    return _checked(Recipe, tree, name)


_ANY_SOURCES = [{"name": "of-the-recipe", "paths": ["of-the-recipe"]}]


def parse_part(tree: dict[str, Any], name: str = "recipe") -> dict[str, Any]:
    """Check the sections of a file that is no whole recipe but a part to lay under one; returns them by name.

    Raises RecipeError with one sentence. What must fit across sections is checked in the whole recipe only; rules for a
    corpus may leave its sources to that recipe.
    """
    if not tree:
        raise RecipeError(f"{name}: the file holds no section of a recipe: write one, such as `model:`")
    corpus = tree.get("corpus")
    if isinstance(corpus, dict) and "sources" not in corpus:
        tree = tree | {"corpus": corpus | {"sources": _ANY_SOURCES}}
    fields: dict[str, Any] = {
        key: (info.annotation, info) for key, info in Recipe.model_fields.items() if key in tree
    }
    part = _checked(create_model("Part", __base__=Section, **fields), tree, name)
    return {key: getattr(part, key) for key in fields}


def _checked(kind: type[Checked], tree: dict[str, Any], name: str) -> Checked:
    # Said first: what a newer schema added would only look like unknown keys.
    if (form := tree.get("format", FORMAT)) != FORMAT:
        raise RecipeError(
            f"{name}: format is {form}, but this soofi reads {FORMAT}: use the soofi that it is for"
        )
    try:
        return kind.model_validate(tree)
    except ValidationError as error:
        # One line, whatever a key or a value was made of.
        raise RecipeError(" ".join(f"{name}: {_sentence(error)}".split())) from None


def dump_recipe(recipe: Recipe) -> str:
    """The resolved recipe as YAML; `load_recipe` reads it back to an equal recipe."""
    return write_yaml(recipe.model_dump(mode="json", by_alias=True))


def json_schema() -> dict[str, Any]:
    """JSON schema of a recipe file, for editors."""
    schema = Recipe.model_json_schema()
    schema["title"] = "soofi recipe"
    schema["properties"]["extends"] = {
        "description": "Recipe file or files to lay under this one.",
        "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
    }
    schema["$defs"]["Tokenizer"]["properties"]["specification"] = {
        "description": "File that holds the specification; keys beside it replace its keys.",
        "type": "string",
    }
    # A file may leave out what the files it extends provide, so nothing is required of one file alone.
    for part in [schema, *schema["$defs"].values()]:
        part.pop("required", None)
    return schema


Locate = Callable[[dict[str, Any], Path], dict[str, Any]]
"""Makes the paths of a file's tree absolute against a folder."""


def _read_composed(path: Path, seen: tuple[Path, ...], locate: Locate) -> dict[str, Any]:
    path = path.absolute()
    if path.resolve() in seen:
        way = " → ".join(p.name for p in (*seen, path))
        raise RecipeError(f"{path}: extends itself by way of {way}")
    tree = _read_yaml(path)
    bases = tree.pop("extends", [])
    if isinstance(bases, str):
        bases = [bases]
    if not isinstance(bases, list) or not all(isinstance(base, str) for base in bases):
        raise RecipeError(f"{path}: extends must be a path or a list of paths")
    merged: dict[str, Any] = {}
    for base in bases:
        below = _read_composed(path.parent / base, (*seen, path.resolve()), locate)
        merged = _lay(merged, below, str(path))
    return _lay(merged, locate(tree, path.parent), str(path))


def _read_yaml(path: Path) -> dict[str, Any]:
    if not path.is_file():
        near = (
            sorted(p.name for p in path.parent.glob("*.y*ml") if p.is_file()) if path.parent.is_dir() else []
        )
        close = difflib.get_close_matches(path.name, near, n=1)
        hint = f": did you mean {path.parent / close[0]}?" if close else ""
        raise FileNotFoundError(f"there is no file {path}{hint}")
    try:
        tree = read_yaml(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise RecipeError(f"{path}: not UTF-8 text") from None
    except ValueError as error:
        raise RecipeError(f"{path}: {error}") from None
    if tree is None:
        tree = {}
    if not isinstance(tree, dict):
        raise RecipeError(f"{path}: a recipe is a mapping of keys to values")
    return tree


def _parse_override(override: str) -> dict[str, Any]:
    key, sign, text = override.partition("=")
    parts = key.strip().split(".")
    if not sign or not all(parts):
        raise RecipeError(f"{override!r} is not an override: write key.of.field=value")
    if parts[0] == "extends":
        raise RecipeError("extends cannot be an override: write it in the recipe file")
    try:
        value = read_yaml(text)
    except ValueError:
        raise RecipeError(f"the value of {override!r} is not valid YAML") from None
    for part in reversed(parts):
        value = {part: value}
    return value


def _lay(below: dict[str, Any], above: dict[str, Any], name: str) -> dict[str, Any]:
    """Lay one recipe's keys over another's. A tokenizer that names a specification or a directory of its own is a new one,
    and so is a model that begins from a directory of its own."""
    for section, marks in _NEW_ONE.items():
        if any(_mapping(above.get(section)).get(mark) is not None for mark in marks):
            below = {key: value for key, value in below.items() if key != section}
    try:
        return _merge(below, above)
    except IndexError as error:
        raise RecipeError(f"{name}: {error}") from None


_NEW_ONE = {"tokenizer": ("specification", "from"), "model": ("initialise_from",)}


def _merge(below: Any, above: Any, where: str = "") -> Any:
    """Lay `above` over `below`: mappings merge key by key; a list takes items by index from a mapping of numbers."""
    if isinstance(below, dict) and isinstance(above, dict):
        merged = dict(below)
        for key, value in above.items():
            merged[key] = _merge(below[key], value, f"{where}.{key}") if key in below else value
        return merged
    if isinstance(below, list) and isinstance(above, dict) and above and all(map(_is_index, above)):
        items = list(below)
        for key, value in above.items():
            index = int(key)
            if index >= len(items):
                raise IndexError(
                    f"there is no {where[1:]}[{index}]: the list has {len(items)} items, counted from 0"
                )
            items[index] = _merge(items[index], value, f"{where}.{index}")
        return items
    return above


def _is_index(key: Any) -> bool:
    return str(key).isascii() and str(key).isdigit()


def _mapping(value: Any) -> dict[Any, Any]:
    return value if isinstance(value, dict) else {}


def _located(tree: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Make the tree's paths absolute against `folder`, those of a tokenizer's `specification` and of a parent run among them.

    A parent without a slash is the name of a run.
    """
    tree = _absolute_paths(tree, Recipe, folder)
    if isinstance(parent := tree.get("parent"), str) and "/" in parent:
        tree = {**tree, "parent": os.path.normpath(folder / parent)}
    tokenizer = _mapping(tree.get("tokenizer"))
    if "specification" in tokenizer:
        if not isinstance(tokenizer["specification"], str):
            raise RecipeError("tokenizer.specification must be the path of a YAML file")
        located = {**tokenizer, "specification": str(folder / tokenizer["specification"])}
        tree = {**tree, "tokenizer": located}
    return tree


def _with_specification(tree: dict[str, Any]) -> dict[str, Any]:
    """Read the tokenizer's specification in, with what it extends; keys that stand beside it replace its keys."""
    rest = dict(_mapping(tree.get("tokenizer")))
    if "specification" not in rest:
        return tree
    path = Path(rest.pop("specification"))
    specification = _read_composed(path, (), lambda part, folder: _absolute_paths(part, Tokenizer, folder))
    return {**tree, "tokenizer": _lay(specification, rest, str(path))}


def _with_directory_model(tree: dict[str, Any], name: str) -> dict[str, Any]:
    """Fill in the model's fields from the directory that it begins from; the embedding may grow with a tokenizer."""
    model = _mapping(tree.get("model"))
    directory = model.get("initialise_from")
    if not isinstance(directory, str):
        return tree
    try:
        extended = _mapping(tree.get("tokenizer")).get("extend") is not None
        return {**tree, "model": fill_in(model, Path(directory), extended)}
    except ValueError as error:
        raise RecipeError(f"{name}: model.initialise_from: {error}") from None


def _absolute_paths(value: Any, kind: Any, folder: Path) -> Any:
    """Walk plain values beside the types that will hold them; strings that become LocalPath are made absolute."""
    for part in _alternatives(kind):
        origin, arguments = typing.get_origin(part), typing.get_args(part)
        if isinstance(part, type) and issubclass(part, Section) and isinstance(value, dict):
            fields = written_fields(part)
            value = {
                key: _absolute_paths(item, _annotation(fields[key]), folder) if key in fields else item
                for key, item in value.items()
            }
        if origin is typing.Annotated and any(isinstance(mark, LocatedPath) for mark in arguments[1:]):
            return str(folder / value) if isinstance(value, str) and not is_url(value) else value
        if origin is list:
            if isinstance(value, list):
                return [_absolute_paths(item, arguments[0], folder) for item in value]
            if isinstance(value, dict):  # an override of single items
                return {key: _absolute_paths(item, arguments[0], folder) for key, item in value.items()}
    return value


def _annotation(info: Any) -> Any:
    if any(isinstance(mark, LocatedPath) for mark in info.metadata):
        return typing.Annotated[info.annotation, LocatedPath()]
    return info.annotation


def _alternatives(kind: Any) -> Iterator[Any]:
    """The types of a union, without the tags that tell its sections apart."""
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        for part in typing.get_args(kind):
            inner = typing.get_args(part)[0] if typing.get_origin(part) is typing.Annotated else part
            yield inner if isinstance(inner, type) and issubclass(inner, Section) else part
    else:
        yield kind


_UNKNOWN = ("extra_forbidden", "invalid_key")


def _sentence(error: ValidationError) -> str:
    """The first thing that is wrong, as one sentence; unknown keys come first, since they explain missing ones."""
    problems = sorted(error.errors(), key=lambda problem: problem["type"] not in _UNKNOWN)
    problem = problems[0]
    where = _dotted(problem["loc"])
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    if problem["type"] in _UNKNOWN:
        known = list(written_fields(_section_at(problem["loc"][:-1])))
        unknown = str(problem["loc"][-1])
        close = difflib.get_close_matches(unknown, known, n=1, cutoff=0.5)
        hint = f"did you mean '{close[0]}'?" if close else f"known keys are {', '.join(known)}"
        return f"unknown key '{where}': {hint}{more}"
    if problem["type"] == "missing":
        return f"{where} is missing{more}"
    message = problem["msg"].removeprefix("Value error, ").replace(" after validation", "")
    if problem["type"] == "value_error":
        return f"{where}: {message}{more}" if where else f"{message}{more}"
    if problem["type"] in ("too_long", "too_short"):  # the message already says what was given
        return f"{where}: {message[0].lower()}{message[1:]}{more}"
    return f"{where}: {message[0].lower()}{message[1:]}, not {problem['input']!r}{more}"


def _dotted(location: tuple[int | str, ...]) -> str:
    text = ""
    for part in location:
        if part in _TAGGED:
            continue
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


_TAGGED: dict[int | str, type[Section]] = {LEARNED: Tokenizer, GIVEN: GivenTokenizer}


def _section_at(location: tuple[int | str, ...]) -> type[Section]:
    kind: Any = Recipe
    for part in location:
        if part in _TAGGED:
            kind = _TAGGED[part]
        elif isinstance(part, str) and isinstance(kind, type) and issubclass(kind, Section):
            kind = written_fields(kind)[part].annotation
        else:
            kind = typing.get_args(kind)[-1]
        for alternative in _alternatives(kind):
            if isinstance(alternative, type) and issubclass(alternative, Section):
                kind = alternative
    return kind
