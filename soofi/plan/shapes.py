"""Names and shapes of a model's parameters in closed form, without building it."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from soofi.recipe import Model

Kind = Literal[
    "embedding", "attention", "feed-forward", "router", "experts", "shared expert", "norms", "head"
]


@dataclass(frozen=True)
class Parameter:
    """One parameter: canonical name, shape, what it is part of, and its layer (None outside the layers)."""

    name: str
    shape: tuple[int, ...]
    kind: Kind
    layer: int | None = None

    @property
    def numel(self) -> int:
        """Number of values."""
        return math.prod(self.shape)


def parameters(model: Model, vocabulary_size: int) -> list[Parameter]:
    """Every trained parameter of `Transformer(model, vocabulary_size)`, in its order, under the names of `transformers`.

    A tied output embedding is not a parameter of its own. The router's balancing bias is no parameter: it is a buffer
    that no gradient reaches.
    """
    width = model.hidden_size
    found = [Parameter("model.embed_tokens.weight", (vocabulary_size, width), "embedding")]
    for layer in range(model.num_hidden_layers):
        found += [
            Parameter(f"model.layers.{layer}.{name}", shape, kind, layer)
            for name, shape, kind in (*_attention(model), *_feed_forward(model, layer), *_norms(width))
        ]
    found.append(Parameter("model.norm.weight", (width,), "norms"))
    if not model.tie_word_embeddings:
        found.append(Parameter("lm_head.weight", (vocabulary_size, width), "head"))
    return found


_Inside = Iterator[tuple[str, tuple[int, ...], Kind]]


def _attention(model: Model) -> _Inside:
    width, head = model.hidden_size, model.head_dim
    queries, keys = model.num_attention_heads * head, model.num_key_value_heads * head
    yield "self_attn.q_proj.weight", (queries, width), "attention"
    yield "self_attn.k_proj.weight", (keys, width), "attention"
    yield "self_attn.v_proj.weight", (keys, width), "attention"
    yield "self_attn.o_proj.weight", (width, queries), "attention"
    yield "self_attn.q_norm.weight", (head,), "norms"
    yield "self_attn.k_norm.weight", (head,), "norms"


def _feed_forward(model: Model, layer: int) -> _Inside:
    experts = model.experts
    if experts is None or layer < experts.first_k_dense_replace:
        yield from _swiglu("mlp", model.hidden_size, model.intermediate_size, "feed-forward")
        return
    width, inner, number = model.hidden_size, experts.moe_intermediate_size, experts.num_experts
    yield "mlp.gate.weight", (number, width), "router"
    yield "mlp.experts.gate_up_proj", (number, 2 * inner, width), "experts"
    yield "mlp.experts.down_proj", (number, width, inner), "experts"
    if experts.n_shared_experts:
        yield from _swiglu("mlp.shared_experts", width, inner * experts.n_shared_experts, "shared expert")


def _swiglu(name: str, width: int, inner: int, kind: Kind) -> _Inside:
    yield f"{name}.gate_proj.weight", (inner, width), kind
    yield f"{name}.up_proj.weight", (inner, width), kind
    yield f"{name}.down_proj.weight", (width, inner), kind


def _norms(width: int) -> _Inside:
    yield "input_layernorm.weight", (width,), "norms"
    yield "post_attention_layernorm.weight", (width,), "norms"
