"""What autograd keeps of a layer's forward pass, counted tensor by tensor, and which layers are computed again."""

from soofi.recipe import Model

_FP32, _INT64 = 4, 8


def spread(count: int, share: float) -> list[int]:
    """Indices of `round(share × count)` of `count` layers, as evenly spread as can be, the last among them."""
    chosen = round(share * count)
    return [index for index in range(count) if (index + 1) * chosen // count > index * chosen // count]


def residual_bytes(model: Model, tokens: int, value: int) -> int:
    """Bytes of a layer's input: all that is kept of a layer that is computed again. `value`: bytes of one value."""
    return tokens * model.hidden_size * value


def activation_bytes(model: Model, layer: int, tokens: int, value: int, fused_norms: bool = True) -> int:
    """Bytes that the backward pass of layer `layer` needs, its input among them, for `tokens` tokens.

    Attention is a flash kernel (Dao et al. 2022): queries, keys, values, its result, and one fp32 number a head; no
    scores. `fused_norms`: norms keep their input, as they do on GPUs and in bf16; torch's in fp32 on CPU keeps two copies instead.
    """
    return tokens * (_attention(model, value, fused_norms) + _feed_forward(model, layer, value, fused_norms))


def _norm(width: int, number: int, value: int, fused: bool) -> int:
    """Bytes a token of `number` norms of `width`: what they read, and one fp32 factor each."""
    return number * (width * (value if fused or value < _FP32 else 2 * _FP32) + _FP32)


def _attention(model: Model, value: int, fused: bool) -> int:
    width, head = model.hidden_size, model.head_dim
    queries, keys = model.num_attention_heads, model.num_key_value_heads
    norms = _norm(width, 1, value, fused) + _norm(head, queries + keys, value, fused)
    normed, result = width, queries * head
    inside = (queries + 2 * keys) * head
    return norms + value * (normed + inside + result) + _FP32 * queries


def _feed_forward(model: Model, layer: int, value: int, fused: bool) -> int:
    width, experts = model.hidden_size, model.experts
    norm, normed = _norm(width, 1, value, fused), value * width
    if experts is None or layer < experts.first_k_dense_replace:
        return norm + normed + value * 4 * model.intermediate_size
    inner, chosen = experts.moe_intermediate_size, experts.num_experts_per_tok
    # A copy of the token for each chosen expert, what a feed-forward layer keeps of it, and its result in fp32.
    copies = chosen * (value * (width + 4 * inner) + _FP32 * width)
    # The router reads fp32, and keeps probabilities and logits, where each copy goes, its weight and their sums.
    router = _FP32 * (width + 2 * experts.num_experts + 2 * chosen + 2) + 3 * _INT64 * chosen
    if experts.balance == "bias":
        router += _FP32
    shared = value * 4 * experts.n_shared_experts * inner
    # The normed input itself is kept for shared experts only; in fp32 it is what the router reads.
    return norm + copies + router + (shared + normed if shared and value < _FP32 else shared)
