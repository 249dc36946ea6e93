"""What a Hugging Face directory says of its model, as the recipe's `model`. Reads JSON only."""

import json
from pathlib import Path
from typing import Any

ARCHITECTURES = ("Qwen3ForCausalLM",)
"""What `model.initialise_from` reads."""

_FIELDS = {
    "hidden_size": None,
    "intermediate_size": None,
    "num_hidden_layers": None,
    "num_attention_heads": None,
    "num_key_value_heads": 32,
    "head_dim": 128,
    "vocab_size": None,
    "max_position_embeddings": 32768,
    "rms_norm_eps": 1e-6,
    "tie_word_embeddings": False,
    "initializer_range": 0.02,
}
"""Fields that recipe and config.json share, with what `transformers` takes where the file leaves them out."""

_ONLY = {"hidden_act": "silu", "attention_bias": False, "use_sliding_window": False}
"""What soofi's model cannot do otherwise; a file that leaves it out means the same."""

MAY_DIFFER = {"max_position_embeddings", "rope_theta", "rope_scaling", "initializer_range"}
"""What a recipe may change on purpose: a longer context is a normal reason to train on."""

WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"


def model_of_directory(directory: Path) -> dict[str, Any]:
    """The `model` section that fits the weights in `directory`, from its config.json.

    Raises FileNotFoundError or ValueError, with one sentence, for a directory without a model, with weights missing, or with
    a model that soofi does not have.
    """
    path = directory / "config.json"
    config = _read(path)
    architectures = config.get("architectures") or ["an unnamed architecture"]
    if architectures[0] not in ARCHITECTURES:
        raise ValueError(f"{path} is of {architectures[0]}; soofi trains {', '.join(ARCHITECTURES)}")
    weight_files(directory)
    for key, only in _ONLY.items():
        if (value := config.get(key, only)) != only:
            raise ValueError(f"{path} has {key} {value!r}, which soofi's model does not have")
    if set(config.get("layer_types") or ()) - {"full_attention"}:
        raise ValueError(
            f"{path} has layer_types other than full_attention, which soofi's model does not have"
        )
    fields = {name: config.get(name, default) for name, default in _FIELDS.items()}
    missing = sorted(name for name, value in fields.items() if value is None)
    if missing:
        raise ValueError(f"{path} lacks {', '.join(missing)}: fetch the directory again")
    return fields | _rotary(config, path)


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


def fill_in(given: dict[str, Any], directory: Path) -> dict[str, Any]:
    """A recipe's `model` with what it leaves out taken from the directory that it begins from.

    Raises ValueError naming every field in which the two differ, but for those that may.
    """
    found = model_of_directory(directory)
    differing = [
        f"{name} is {given[name]!r} in the recipe and {found[name]!r} there"
        for name in found
        if name in given and name not in MAY_DIFFER and given[name] not in (None, found[name])
    ]
    if differing:
        raise ValueError(
            f"the model is not that of {directory}: {'; '.join(differing)}; leave these fields out, and the directory fills them in"
        )
    return found | {name: value for name, value in given.items() if value is not None or name not in found}


def _rotary(config: dict[str, Any], path: Path) -> dict[str, Any]:
    """Rotary embedding; `transformers` 4 wrote it as `rope_theta` and `rope_scaling`, 5 writes `rope_parameters`."""
    rotary = config.get("rope_parameters") or config.get("rope_scaling") or {}
    if (kind := rotary.get("rope_type", rotary.get("type", "default"))) != "default":
        raise ValueError(f"{path} has rope_type {kind!r}, which soofi's model does not have")
    return {"rope_theta": rotary.get("rope_theta", config.get("rope_theta", 10_000.0))}


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
