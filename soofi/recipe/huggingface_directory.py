"""A recipe's `model` from a Hugging Face directory whose weights it begins with. Reads JSON only."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from soofi.recipe.huggingface_configuration import model_of_configuration

_MAY_DIFFER = {
    "max_position_embeddings", "rope_theta", "rope_scaling", "initializer_range", "router_aux_loss_coef",
    "router_z_loss_coef", "bias_update_rate",
}  # fmt: skip
"""What a recipe may change on purpose: a longer context is a normal reason to train on, and the rest is of training only."""

WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"


def model_of_directory(directory: Path) -> dict[str, Any]:
    """The `model` section that fits the weights in `directory`, from its config.json.

    Raises FileNotFoundError or ValueError, with one sentence, for a directory without a model, with weights missing, or with
    a model that soofi does not have.
    """
    path = directory / "config.json"
    config = _read(path)
    try:
        model = model_of_configuration(config)
    except ValueError as error:
        raise ValueError(f"{path} {error}") from None
    weight_files(directory)
    return model


def weight_files(directory: Path) -> list[Path]:
    """The directory's safetensors files: one, or those that its index names.

    Raises FileNotFoundError where one is missing, ValueError for an index that is damaged.
    """
    if (directory / WEIGHTS).is_file():
        return [directory / WEIGHTS]
    if not (directory / INDEX).is_file():
        raise FileNotFoundError(f"{directory} has neither {WEIGHTS} nor {INDEX}: fetch the directory again")
    table = _read(directory / INDEX).get("weight_map")
    if not isinstance(table, dict) or not all(isinstance(file, str) for file in table.values()):
        raise ValueError(f"{directory / INDEX} is damaged: fetch the directory again")
    files = [directory / name for name in sorted(set(table.values()))]
    for file in files:
        if not file.is_file():
            raise FileNotFoundError(f"{file} is not there, but the index names it: fetch the directory again")
    return files


def fill_in(given: Mapping[str, Any], directory: Path) -> dict[str, Any]:
    """A recipe's `model` with what it leaves out taken from the directory that it begins from.

    Raises ValueError naming every field in which the two differ, but for those that may.
    """
    found = model_of_directory(directory)
    differing = [
        f"{name} is {here!r} in the recipe and {there!r} there"
        for name, here, there in _differences(given, found)
    ]
    if differing:
        raise ValueError(
            f"the model is not that of {directory}: {'; '.join(differing)}; leave these fields out, and the directory fills them in"
        )
    return _laid_over(found, given)


def _differences(
    given: Mapping[str, Any], found: Mapping[str, Any], prefix: str = ""
) -> Iterator[tuple[str, Any, Any]]:
    """Name, the recipe's value and the directory's, wherever they must not differ but do."""
    for name, here in given.items():
        there = found.get(name)
        if here is None or name in _MAY_DIFFER or name not in {*found, "experts"}:
            continue
        if isinstance(here, Mapping) and isinstance(there, Mapping):
            yield from _differences(here, there, f"{prefix}{name}.")
        elif not _same(here, there):
            yield f"{prefix}{name}", here, there


def _same(here: Any, there: Any) -> bool:
    """Whether a value as YAML gives it, where 1e-6 is a text, is the directory's."""
    if isinstance(here, str) and isinstance(there, float):
        try:
            return float(here) == there
        except ValueError:
            return False
    return bool(here == there)


def _laid_over(found: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    laid = dict(found)
    for name, here in given.items():
        if name == "experts" and isinstance(here, Mapping) and isinstance(found.get(name), Mapping):
            laid[name] = _laid_over(found[name], here)
        elif here is not None or name not in found:
            laid[name] = here
    return laid


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise FileNotFoundError(
            f"there is no {path}: give a Hugging Face directory with config.json and safetensors"
        )
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        raise ValueError(f"{path} is damaged: fetch the directory again")
    return values
