"""From a stock model's config.json to the recipe's words for the same model. Needs neither torch nor `transformers`.

A file leaves out what is `transformers`' default, so the defaults of each architecture stand here.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Architecture:
    """A stock architecture that soofi's model can be.

    `defaults`: what `transformers` takes where a file leaves a field of the recipe out. `only`: what soofi's model cannot do
    otherwise: key → (meaning where the file leaves it out, the one meaning that it has here). `experts`: the recipe's
    `experts`, from a file with defaults filled in.
    """

    defaults: Mapping[str, Any]
    only: Mapping[str, tuple[Any, Any]]
    experts: Callable[[Mapping[str, Any]], dict[str, Any]] | None = None


def model_of_configuration(config: Mapping[str, Any]) -> dict[str, Any]:
    """The recipe's `model` that computes what the stock model with this configuration computes.

    Raises ValueError, which goes on from the file's name, for a model that soofi does not have.
    """
    names = config.get("architectures") or ["an unnamed architecture"]
    if names[0] not in ARCHITECTURES:
        raise ValueError(f"is of {names[0]}; soofi trains {', '.join(ARCHITECTURES)}")
    architecture = ARCHITECTURES[names[0]]
    rotary = config.get("rope_parameters") or config.get("rope_scaling") or {}
    partial = rotary.get("partial_rotary_factor")
    flat = {**config, **({} if partial is None else {"partial_rotary_factor": partial})}
    for key, (default, needed) in {**_ONLY, **architecture.only}.items():
        if (value := flat.get(key, default)) != needed:
            raise ValueError(f"has {key} {value!r}, which soofi's model does not have")
    if set(config.get("layer_types") or ()) - {"full_attention"}:
        raise ValueError("has layer_types other than full_attention, which soofi's model does not have")
    fields: dict[str, Any] = {name: config.get(name) for name in _NEEDED}
    if missing := sorted(name for name, value in fields.items() if value is None):
        raise ValueError(f"lacks {', '.join(missing)}: fetch the directory again")
    try:
        defaults = {
            "head_dim": fields["hidden_size"] // fields["num_attention_heads"],
            **architecture.defaults,
        }
        fields |= {name: config.get(name, default) for name, default in defaults.items()}
        fields |= _rotary(rotary, config, fields["max_position_embeddings"])
        if architecture.experts:
            fields["experts"] = architecture.experts(config)
    except (TypeError, KeyError, AttributeError, ZeroDivisionError):
        raise ValueError("is damaged: fetch the directory again") from None
    return fields


_NEEDED = ("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "vocab_size")
_ONLY = {
    "hidden_act": ("silu", "silu"),
    "attention_bias": (False, False),
    "use_sliding_window": (False, False),
}
_YARN = ("beta_fast", "beta_slow", "attention_factor")


def _rotary(rotary: Mapping[str, Any], config: Mapping[str, Any], longest: int) -> dict[str, Any]:
    """Rotary embedding; `transformers` 4 wrote it as `rope_theta` and `rope_scaling`, 5 writes `rope_parameters`."""
    fields: dict[str, Any] = {"rope_theta": rotary.get("rope_theta", config.get("rope_theta", 10_000.0))}
    kind = rotary.get("rope_type", rotary.get("type", "default"))
    if kind == "default":
        return fields
    if kind not in ("linear", "dynamic", "yarn"):
        raise ValueError(f"has rope_type {kind!r}, which soofi's model does not have")
    known = {"rope_type", "type", "rope_theta", "factor", "original_max_position_embeddings", *_YARN}
    for key in rotary.keys() - known - {"partial_rotary_factor"}:
        if rotary[key] is not None:
            raise ValueError(f"has {key} in its rotary scaling, which soofi's model does not have")
    factor = rotary["factor"]
    # Without it `transformers` scales from the longest sequence; linear scaling needs no original length at all.
    original = rotary.get("original_max_position_embeddings") or (
        math.ceil(longest / factor) if kind == "linear" else longest
    )
    scaling = {"rope_type": kind, "factor": factor, "original_max_position_embeddings": original}
    scaling |= {key: rotary[key] for key in _YARN if rotary.get(key) is not None}
    return fields | {"rope_scaling": scaling}


def _qwen3_moe(config: Mapping[str, Any]) -> dict[str, Any]:
    dense = list(config.get("mlp_only_layers") or ())
    if dense != list(range(len(dense))):
        raise ValueError(
            f"has mlp_only_layers {dense}: soofi's model has dense layers only before all others"
        )
    return {
        "balance": "loss",
        "num_experts": config.get("num_experts", config.get("num_local_experts", 128)),
        "num_experts_per_tok": config.get("num_experts_per_tok", 8),
        "moe_intermediate_size": config.get("moe_intermediate_size", 768),
        "router_aux_loss_coef": config.get("router_aux_loss_coef", 0.001),
        "first_k_dense_replace": len(dense),
    }


def _glm4_moe(config: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "balance": "bias",
        "num_experts": config.get("n_routed_experts", config.get("num_local_experts", 128)),
        "num_experts_per_tok": config.get("num_experts_per_tok", 8),
        "moe_intermediate_size": config.get("moe_intermediate_size", 1408),
        "n_shared_experts": config.get("n_shared_experts", 1),
        "routed_scaling_factor": config.get("routed_scaling_factor", 1.0),
        "first_k_dense_replace": config.get("first_k_dense_replace", 1),
    }


_QWEN3 = {
    "num_key_value_heads": 32, "head_dim": 128, "max_position_embeddings": 32768, "rms_norm_eps": 1e-6,
    "tie_word_embeddings": False, "initializer_range": 0.02,
}  # fmt: skip
_MOE = {
    "num_key_value_heads": 4, "max_position_embeddings": 32768, "rms_norm_eps": 1e-6, "tie_word_embeddings": False,
    "initializer_range": 0.02,
}  # fmt: skip

ARCHITECTURES = {
    "Qwen3ForCausalLM": Architecture(_QWEN3, {}),
    "Qwen3MoeForCausalLM": Architecture(
        _MOE, {"norm_topk_prob": (False, True), "decoder_sparse_step": (1, 1)}, _qwen3_moe
    ),
    "Glm4MoeForCausalLM": Architecture(
        {**_MOE, "num_key_value_heads": 8, "max_position_embeddings": 131072, "rms_norm_eps": 1e-5},
        {
            "norm_topk_prob": (True, True),
            "n_group": (1, 1),
            "topk_group": (1, 1),
            "use_qk_norm": (False, True),
            "partial_rotary_factor": (0.5, 1.0),
        },
        _glm4_moe,
    ),
}
"""The stock architectures whose weights soofi's model takes."""
