"""The softmax of the loss on GPUs, in one Triton kernel: fp32 values live in registers, so memory sees the logits only.

Written out in torch's functions, a bf16 logit costs about forty bytes of traffic; here six at most, four while a row of
logits stays in the cache between the two passes.
"""

import torch
import triton
import triton.language as tl

_BLOCK, _WARPS = 8192, 16


def softmax_(
    logits_CV: torch.Tensor,
    labels_C: torch.Tensor,
    weights_C: torch.Tensor,
    nll_C: torch.Tensor,
    log_sum_C: torch.Tensor,
    z_loss: float,
    gradient: bool,
) -> None:
    """As `soofi.model.cross_entropy._softmax_`: one program a token, its sums always in the same order.

    A label outside the vocabulary makes the loss of its token NaN.
    """
    assert logits_CV.stride(1) == 1 and logits_CV.shape[1] < 2**31
    tokens, vocabulary = logits_CV.shape
    block = min(_BLOCK, triton.next_power_of_2(vocabulary))
    _softmax_of_a_token[(tokens,)](
        logits_CV,
        labels_C,
        weights_C,
        nll_C,
        log_sum_C,
        logits_CV.stride(0),
        vocabulary,
        z_loss,
        GRADIENT=gradient,
        BLOCK=block,
        num_warps=_WARPS if block == _BLOCK else 4,
    )


@triton.jit  # type: ignore[untyped-decorator]
def _softmax_of_a_token(  # type: ignore[no-untyped-def]
    logits,
    labels,
    weights,
    nll,
    log_sum,
    stride,
    vocabulary,
    z_loss,
    GRADIENT: tl.constexpr,
    BLOCK: tl.constexpr,
) -> None:
    token = tl.program_id(0).to(tl.int64)
    row = logits + token * stride
    label = tl.load(labels + token)
    inside = (label >= 0) & (label < vocabulary)
    at_label = tl.load(row + label, mask=inside, other=float("nan")).to(tl.float32)
    likeliest = float("-inf")
    total = 0.0
    for start in range(0, vocabulary, BLOCK):
        place = start + tl.arange(0, BLOCK)
        values = tl.load(row + place, mask=place < vocabulary, other=float("-inf")).to(tl.float32)
        higher = tl.maximum(likeliest, tl.max(values, 0))
        total = total * tl.exp(likeliest - higher) + tl.sum(tl.exp(values - higher), 0)
        likeliest = higher
    log_of_sum = likeliest + tl.log(total)
    tl.store(log_sum + token, log_of_sum)
    tl.store(nll + token, log_of_sum - at_label)
    if GRADIENT:  # d(L − l[y]) = p − 1[y] and d(L²) = 2 L p, each times the label's weight
        weight = tl.load(weights + token)
        factor = weight * (1 + 2 * z_loss * log_of_sum) / total
        for start in range(0, vocabulary, BLOCK):
            place = start + tl.arange(0, BLOCK)
            values = tl.load(row + place, mask=place < vocabulary, other=float("-inf")).to(tl.float32)
            slope = factor * tl.exp(values - likeliest) - tl.where(place == label, weight, 0.0)
            tl.store(row + place, slope.to(logits.dtype.element_ty), mask=place < vocabulary)
