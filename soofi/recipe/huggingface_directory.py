"""What a Hugging Face directory says of its model, as the recipe's `model`. Reads JSON only."""

import math
from pathlib import Path
from typing import Any

from soofi.recipe.json_object import read_object

_LEFT_OUT: dict[str, dict[str, Any]] = {
    "Qwen3ForCausalLM": {
        "head_dim": 128,
        "max_position_embeddings": 32768,
        "num_key_value_heads": 32,
        "rms_norm_eps": 1e-6,
    },
    "Qwen3MoeForCausalLM": {
        "max_position_embeddings": 32768,
        "mlp_only_layers": [],
        "num_key_value_heads": 4,
        "rms_norm_eps": 1e-6,
        "router_aux_loss_coef": 0.001,
    },
    "Glm4MoeForCausalLM": {
        "first_k_dense_replace": 1,
        "max_position_embeddings": 131072,
        "n_shared_experts": 1,
        "num_key_value_heads": 8,
        "rms_norm_eps": 1e-5,
        "routed_scaling_factor": 1.0,
    },
}
"""What `transformers` takes where a file leaves a field out, by architecture."""

ARCHITECTURES = tuple(_LEFT_OUT)
"""What `model.initialise_from` reads."""

_FIELDS = (
    "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "head_dim",
    "vocab_size", "max_position_embeddings", "rms_norm_eps", "tie_word_embeddings", "initializer_range",
)  # fmt: skip
"""Fields that recipe and config.json share."""

_OTHER_NAMES = {
    "n_routed_experts": "num_local_experts",
    "num_experts": "num_local_experts",
    "num_nextn_predict_layers": "num_mtp_layers",
}
"""Names under which `transformers` keeps a field as well."""

_ONLY: dict[str, dict[str, tuple[Any, Any]]] = {
    "Qwen3ForCausalLM": {},
    "Qwen3MoeForCausalLM": {"decoder_sparse_step": (1, 1), "norm_topk_prob": (True, False)},
    "Glm4MoeForCausalLM": {
        "n_group": (1, 1),
        "norm_topk_prob": (True, True),
        "num_nextn_predict_layers": (0, 1),
        "topk_group": (1, 1),
        "use_qk_norm": (True, False),
    },
}
_ONLY_EVERYWHERE: dict[str, tuple[Any, Any]] = {
    "attention_bias": (False, False),
    "attention_dropout": (0, 0),
    "hidden_act": ("silu", "silu"),
    "quantization_config": (None, None),
    "use_sliding_window": (False, False),
}
"""What soofi's model cannot do otherwise: the value that it has, and what a file that leaves it out means."""

_ONLY_ROTARY = {"mscale": None, "mscale_all_dim": None, "truncate": True}

MAY_DIFFER = {
    "max_position_embeddings", "rope_theta", "rope_scaling", "initializer_range",
    "experts.router_aux_loss_coef", "experts.router_z_loss_coef", "experts.bias_update_rate",
}  # fmt: skip
"""What a recipe may change on purpose: a longer context is a normal reason to train on."""

WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"


def model_of_directory(directory: Path) -> dict[str, Any]:
    """The `model` section that fits the weights in `directory`, from its config.json.

    Raises as `model_of_config`, and FileNotFoundError or ValueError where its safetensors are missing.
    """
    fields = model_of_config(directory)
    weight_files(directory)
    return fields


def model_of_config(directory: Path) -> dict[str, Any]:
    """The `model` section that fits the config.json in `directory`, whether weights are there or not.

    Options that our model does not compute are refused by name; those of ours that the file does not know are left out.
    Raises FileNotFoundError or ValueError, with one sentence, for a directory without a configuration, or with that of a
    model that soofi does not have.
    """
    path = directory / "config.json"
    config = _read(path)
    names = config.get("architectures")
    architecture = names[0] if isinstance(names, list) and names else "an unnamed architecture"
    if architecture not in ARCHITECTURES:
        raise ValueError(f"{path} is of {architecture}; soofi trains {', '.join(ARCHITECTURES)}")
    given = {"tie_word_embeddings": False, "initializer_range": 0.02} | _LEFT_OUT[architecture]
    given |= {key: value for key, value in config.items() if value is not None}
    for name, other in _OTHER_NAMES.items():
        if other in given:
            given.setdefault(name, given[other])
    for key, (only, left_out) in (_ONLY_EVERYWHERE | _ONLY[architecture]).items():
        _check(path, key, given.get(key, left_out), only)
    kinds = given.get("layer_types", [])
    if not isinstance(kinds, list) or any(kind != "full_attention" for kind in kinds):
        raise ValueError(
            f"{path} has layer_types other than full_attention, which soofi's model does not have"
        )
    if "head_dim" not in given and {"hidden_size", "num_attention_heads"} <= given.keys():
        given["head_dim"] = _number(path, given, "hidden_size") // _number(path, given, "num_attention_heads")
    fields = _take(path, given, _FIELDS) | _rotary(path, given, architecture)
    return fields | (
        {} if architecture == "Qwen3ForCausalLM" else {"experts": _experts(path, given, architecture)}
    )


def weight_map(directory: Path) -> dict[str, Path] | None:
    """The file of each tensor, where an index says so; None where all stand in one file.

    Raises FileNotFoundError where a file is missing, ValueError for an index that is damaged or names a file outside the
    directory.
    """
    if (directory / WEIGHTS).is_file():
        return None
    index = directory / INDEX
    if not index.is_file():
        raise FileNotFoundError(f"{directory} has neither {WEIGHTS} nor {INDEX}: fetch the directory again")
    table = _read(index).get("weight_map")
    if not isinstance(table, dict) or not all(isinstance(file, str) for file in table.values()):
        raise ValueError(f"{index} is damaged: fetch the directory again")
    for name in set(table.values()):
        if Path(name).name != name or name in ("", "..") or "\0" in name:
            raise ValueError(
                f"{index} names {name!r}, which is no file of its directory: fetch the directory again"
            )
        if not (directory / name).is_file():
            raise FileNotFoundError(
                f"{directory / name} is not there, but the index names it: fetch the directory again"
            )
    return {key: directory / name for key, name in table.items()}


def weight_files(directory: Path) -> list[Path]:
    """The directory's safetensors files: one, or those that its index names. Raises as `weight_map`."""
    table = weight_map(directory)
    return [directory / WEIGHTS] if table is None else sorted(set(table.values()))


def fill_in(given: dict[str, Any], directory: Path, extended: bool = False) -> dict[str, Any]:
    """A recipe's `model` with what it leaves out taken from the directory that it begins from.

    `extended`: the tokenizer gets new entries, so `vocab_size` is left open and may be larger than the directory's. Raises
    ValueError naming every field in which the two differ, but for those that may.
    """
    found = model_of_directory(directory)
    if extended:
        rows, wanted = found.pop("vocab_size"), given.get("vocab_size")
        if isinstance(wanted, int) and wanted < rows:
            raise ValueError(
                f"vocab_size ({wanted}) is smaller than the {rows} rows of {directory}, and tokenizer.extend takes none away: "
                "leave it out, or set it higher"
            )
    differing = _differing(given, found, "")
    if differing:
        raise ValueError(
            f"the model is not that of {directory}: {'; '.join(differing)}; leave these fields out, and the directory fills them in"
        )
    return _laid(given, found)


def _differing(given: dict[str, Any], found: dict[str, Any], prefix: str) -> list[str]:
    sentences = []
    for name in found:
        here, there, path = given.get(name), found[name], f"{prefix}{name}"
        if here is None or path in MAY_DIFFER:
            continue
        if isinstance(here, dict) and isinstance(there, dict):
            sentences += _differing(here, there, f"{path}.")
        elif not _same(here, there):
            sentences.append(f"{path} is {here!r} in the recipe and {there!r} there")
    if not prefix and given.get("experts") and "experts" not in found:
        sentences.append("experts are in the recipe and none there")
    return sentences


def _same(here: Any, there: Any) -> bool:
    """Whether a value as YAML gives it, where 1e-6 is a text, is the directory's."""
    if isinstance(here, str) and isinstance(there, float):
        try:
            return float(here) == there
        except ValueError:
            return False
    return bool(here == there)


def _laid(given: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """What the recipe gives over what the directory says, the experts field by field."""
    laid = found | {name: value for name, value in given.items() if value is not None or name not in found}
    if isinstance(given.get("experts"), dict) and "experts" in found:
        laid["experts"] = _laid(given["experts"], found["experts"])
    return laid


def _experts(path: Path, given: dict[str, Any], architecture: str) -> dict[str, Any]:
    fields = _take(path, given, ("moe_intermediate_size", "num_experts_per_tok"))
    if architecture == "Qwen3MoeForCausalLM":
        dense = given["mlp_only_layers"]
        if not isinstance(dense, list) or sorted(map(str, dense)) != sorted(map(str, range(len(dense)))):
            raise ValueError(
                f"{path} has mlp_only_layers {dense!r}, which soofi's model does not have (only the first layers)"
            )
        own = {"balance": "loss", "first_k_dense_replace": len(dense)}
        return fields | own | _take(path, given, ("num_experts", "router_aux_loss_coef"))
    own = {"balance": "bias", "num_experts": _number(path, given, "n_routed_experts")}
    names = ("first_k_dense_replace", "n_shared_experts", "routed_scaling_factor")
    return fields | own | _take(path, given, names)


def _rotary(path: Path, given: dict[str, Any], architecture: str) -> dict[str, Any]:
    """`rope_theta`, `rope_scaling` and `max_position_embeddings` as the recipe has them.

    `transformers` 4 wrote `rope_theta` and `rope_scaling`, 5 writes `rope_parameters`.
    """
    rotary = given.get("rope_scaling") or given.get("rope_parameters") or {}
    if not isinstance(rotary, dict):
        raise ValueError(f"{path} is damaged: fetch the directory again")
    rotary = {key: value for key, value in rotary.items() if value is not None}
    kind = rotary.get("rope_type", rotary.get("type", "default"))
    if kind not in ("default", "linear", "dynamic", "yarn"):
        raise ValueError(f"{path} has rope_type {kind!r}, which soofi's model does not have")
    if any(isinstance(value, dict) for value in rotary.values()):
        raise ValueError(
            f"{path} has rope_parameters by the kind of layer, which soofi's model does not have"
        )
    for name, only in _ONLY_ROTARY.items():
        _check(path, name, rotary.get(name, only), only)
    partial = given.get("partial_rotary_factor", 0.5 if architecture == "Glm4MoeForCausalLM" else 1.0)
    _check(path, "partial_rotary_factor", rotary.get("partial_rotary_factor", partial), 1)
    fields = {"rope_theta": rotary.get("rope_theta", given.get("rope_theta", 10_000.0))}
    if kind == "default":
        return fields
    longest = original = _number(path, given, "max_position_embeddings")
    if kind == "yarn":
        stated = given if "original_max_position_embeddings" in given else {**given, **rotary}
        if "original_max_position_embeddings" in stated:
            original = _number(path, stated, "original_max_position_embeddings")
    # Without a factor YaRN's follows from the two lengths; the other kinds need one.
    factor = (
        longest / original if kind == "yarn" and "factor" not in rotary else _number(path, rotary, "factor")
    )
    if kind == "linear":
        original = math.ceil(longest / factor)
    elif kind == "dynamic":  # the file has the length before scaling
        fields["max_position_embeddings"] = int(factor * longest)
    scaling = {"rope_type": kind, "factor": factor, "original_max_position_embeddings": original}
    if kind == "yarn":  # transformers takes a beta of 0 for none
        scaling |= {name: rotary[name] for name in ("beta_fast", "beta_slow") if rotary.get(name)}
        scaling |= {name: rotary[name] for name in ("attention_factor",) if name in rotary}
    return fields | {"rope_scaling": scaling}


def _take(path: Path, given: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    missing = sorted(set(names) - given.keys())
    if missing:
        raise ValueError(f"{path} lacks {', '.join(missing)}: fetch the directory again")
    return {name: given[name] for name in names}


def _number(path: Path, given: dict[str, Any], name: str) -> Any:
    value = _take(path, given, (name,))[name]
    if not isinstance(value, int | float) or not 0 < value < math.inf:
        raise ValueError(
            f"{path} has {name} {value!r}, which is no number above 0: fetch the directory again"
        )
    return value


def _check(path: Path, key: str, value: Any, only: Any) -> None:
    if value != only:
        raise ValueError(f"{path} has {key} {value!r}, which soofi's model does not have (only {only!r})")


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise FileNotFoundError(
            f"there is no {path}: give a Hugging Face directory with config.json and safetensors"
        )
    return read_object(path, "is damaged: fetch the directory again")
