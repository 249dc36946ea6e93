"""Cross-entropy of a linear head without ever holding the logits of a whole batch.

Shapes: N tokens, D width of the hidden state, V vocabulary, C tokens of a chunk.
"""

import importlib.util
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import torch

from soofi.recipe import BLOCK_BYTES, CHUNK_BYTES

IGNORE_INDEX = -100
"""Label of a position that teaches nothing; also torch's default."""


@dataclass(frozen=True)
class LossOptions:
    """How the loss is computed.

    `z_loss`: weight of the squared logarithm of the softmax sum (de Brebisson & Vincent 2016; PaLM, Chowdhery et al. 2022,
    section 5). `chunk_tokens`: tokens whose logits exist at once; None takes as many as fill 64 MiB on CPU, 512 MiB on GPU.
    """

    ignore_index: int = IGNORE_INDEX
    z_loss: float = 0.0
    chunk_tokens: int | None = None

    def __post_init__(self) -> None:
        if self.chunk_tokens is not None and self.chunk_tokens < 1:
            raise ValueError(f"chunk_tokens is {self.chunk_tokens}: at least 1 token is computed at once")
        if self.z_loss < 0:
            raise ValueError(f"z_loss is {self.z_loss}: the weight of a penalty is not negative")


class CrossEntropy(NamedTuple):
    """What `linear_cross_entropy` returns, all fp32.

    `loss_sum`: what is minimised, a differentiable scalar. `nll_N`: detached negative log likelihood of each label in nats,
    without weight and z-loss, 0 where it is ignored. `z_sum`: detached scalar, the part of `loss_sum` that is z-loss.
    """

    loss_sum: torch.Tensor
    nll_N: torch.Tensor
    z_sum: torch.Tensor


def linear_cross_entropy(
    hidden_ND: torch.Tensor,
    weight_VD: torch.Tensor,
    labels_N: torch.Tensor,
    options: LossOptions = LossOptions(),
    label_weights_N: torch.Tensor | None = None,
) -> CrossEntropy:
    """Cross-entropy of `hidden_ND @ weight_VD.T` against `labels_N` (int64; `options.ignore_index` is skipped).

    With l the logits of a token, L = logsumexp(l), y its label and w its weight (`label_weights_N`, fp32; without them 1),
    the loss is the sum over valid labels of w · (L − l[y] + z_loss · L²), in nats, differentiable with respect to
    `hidden_ND` and `weight_VD`. With no valid label the loss and all gradients are 0.

    Logits have the type of `hidden_ND`, as in `transformers`; softmax and logarithm are fp32. Where gradients are wanted
    they are formed here, chunk by chunk, and only scaled in the backward pass: logits are computed once and never kept,
    and the weight is not needed again (under ZeRO-3 it can be released). Holds one chunk of logits, a block of fp32 values,
    the gradient of `hidden_ND` and that of `weight_VD`, which is fp32 while several chunks are summed. The backward pass
    hands the gradients over, so it runs once. Raises ValueError if shapes do not match, IndexError or RuntimeError (from
    torch) if a label is outside the vocabulary; on a GPU the loss is NaN then.
    """
    if hidden_ND.shape[0] != labels_N.shape[0] or hidden_ND.shape[1] != weight_VD.shape[1]:
        raise ValueError(
            f"hidden states {tuple(hidden_ND.shape)}, weight {tuple(weight_VD.shape)} and labels {tuple(labels_N.shape)} "
            f"do not match: (N, D), (V, D) and (N,) are needed"
        )
    if label_weights_N is not None and label_weights_N.shape != labels_N.shape:
        raise ValueError(
            f"label weights {tuple(label_weights_N.shape)} and labels {tuple(labels_N.shape)} do not match: (N,) are needed"
        )
    # Inside the function torch always says that gradients are off.
    wanted = torch.is_grad_enabled()
    return CrossEntropy(
        *_LinearCrossEntropy.apply(hidden_ND, weight_VD, labels_N, label_weights_N, options, wanted)
    )


class _LinearCrossEntropy(torch.autograd.Function):
    """Forms gradients in the forward pass; gradients of gradients are not supported."""

    @staticmethod
    def forward(
        ctx: Any,
        hidden_ND: torch.Tensor,
        weight_VD: torch.Tensor,
        labels_N: torch.Tensor,
        label_weights_N: torch.Tensor | None,
        options: LossOptions,
        wanted: bool,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        for_hidden, for_weight = (wanted and needed for needed in ctx.needs_input_grad[:2])
        tokens, chunk = hidden_ND.shape[0], _chunk_tokens(hidden_ND, weight_VD, options)
        valid_N = labels_N != options.ignore_index
        weights_N = valid_N.float() if label_weights_N is None else label_weights_N.float() * valid_N
        safe_labels_N = torch.where(valid_N, labels_N, 0)
        nll_N, log_sum_N = torch.empty(2, tokens, dtype=torch.float32, device=hidden_ND.device)
        hidden_gradient_ND = torch.empty_like(hidden_ND) if for_hidden else None
        weight_gradient_VD = None
        if (
            for_weight and not 0 < tokens <= chunk
        ):  # several chunks are summed in fp32, whatever the weight's type
            weight_gradient_VD = torch.zeros_like(weight_VD, dtype=torch.float32)
        logits = hidden_ND.new_empty(min(tokens, chunk), weight_VD.shape[0])
        for start in range(0, tokens, chunk):
            part = slice(start, start + chunk)
            logits_CV = torch.mm(hidden_ND[part], weight_VD.T, out=logits[: min(chunk, tokens - start)])
            here = (safe_labels_N[part], weights_N[part], nll_N[part], log_sum_N[part])
            _softmax_(logits_CV, *here, options.z_loss, for_hidden or for_weight)
            if hidden_gradient_ND is not None:
                torch.mm(logits_CV, weight_VD, out=hidden_gradient_ND[part])
            if weight_gradient_VD is not None:
                _add_product_(weight_gradient_VD, logits_CV.T, hidden_ND[part])
            elif for_weight:
                weight_gradient_VD = logits_CV.T @ hidden_ND
        ctx.gradients = hidden_gradient_ND, weight_gradient_VD
        ctx.weight_type = weight_VD.dtype
        nll_N.masked_fill_(~valid_N, 0.0)
        z_sum = options.z_loss * (weights_N * log_sum_N.square()).sum()
        ctx.mark_non_differentiable(nll_N, z_sum)
        ctx.set_materialize_grads(False)
        return (weights_N * nll_N).sum() + z_sum, nll_N, z_sum

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: torch.Tensor | None, *_: torch.Tensor | None) -> tuple[Any, ...]:
        if gradient is None:
            return (None,) * 6
        if ctx.gradients is None:
            raise RuntimeError("linear_cross_entropy has handed its gradients over: compute the loss again")
        hidden_gradient_ND, weight_gradient_VD = ctx.gradients
        ctx.gradients = None
        if hidden_gradient_ND is not None:
            hidden_gradient_ND = _scaled(hidden_gradient_ND, gradient, hidden_gradient_ND.dtype)
        if weight_gradient_VD is not None:
            weight_gradient_VD = _scaled(weight_gradient_VD, gradient, ctx.weight_type)
        return hidden_gradient_ND, weight_gradient_VD, None, None, None, None


def _chunk_tokens(hidden_ND: torch.Tensor, weight_VD: torch.Tensor, options: LossOptions) -> int:
    if options.chunk_tokens is not None:
        return options.chunk_tokens
    row_bytes = hidden_ND.element_size() * max(1, weight_VD.shape[0])
    return max(1, CHUNK_BYTES.get(hidden_ND.device.type, CHUNK_BYTES["cuda"]) // row_bytes)


def _block_rows(rows: int, columns: int, device: torch.device) -> int:
    """Rows of fp32 values that are computed at once, at least 1."""
    fit = BLOCK_BYTES.get(device.type, BLOCK_BYTES["cuda"]) // (4 * max(1, columns))
    return max(1, min(rows, fit))


def _softmax_(
    logits_CV: torch.Tensor,
    labels_C: torch.Tensor,
    weights_C: torch.Tensor,
    nll_C: torch.Tensor,
    log_sum_C: torch.Tensor,
    z_loss: float,
    gradient: bool,
) -> None:
    """Write each label's negative log likelihood and the logarithm of its softmax sum, and, if `gradient`, the logits'
    gradient over the logits. `weights_C` is 0 where a label is ignored."""
    if logits_CV.is_cuda and _has_triton():
        from soofi.model.cross_entropy_gpu import softmax_

        softmax_(logits_CV, labels_C, weights_C, nll_C, log_sum_C, z_loss, gradient)
        return
    tokens, vocabulary = logits_CV.shape
    rows = _block_rows(tokens, vocabulary, logits_CV.device)
    is_fp32, on_cpu = logits_CV.dtype == torch.float32, logits_CV.device.type == "cpu"
    buffer = None if is_fp32 else logits_CV.new_empty(rows, vocabulary, dtype=torch.float32)
    for start in range(0, tokens, rows):
        part = slice(start, start + rows)
        here, label, weight = logits_CV[part], labels_C[part, None], weights_C[part, None]
        values = here if buffer is None else buffer[: len(here)].copy_(here)
        likeliest, at_label = values.amax(-1, keepdim=True), values.gather(-1, label)
        # Over its own input only on CPU, whose kernel takes row by row.
        probability = torch.softmax(values, -1, out=values if on_cpu else None)
        # The likeliest entry gives the logarithm of the sum exactly: its probability is never small.
        log_sum = likeliest - probability.amax(-1, keepdim=True).log()
        log_sum_C[part] = log_sum[:, 0]
        nll_C[part] = (log_sum - at_label)[:, 0]
        if gradient:  # d(L − l[y]) = p − 1[y] and d(L²) = 2 L p, each times the label's weight
            probability.mul_(weight * (1 + 2 * z_loss * log_sum)).scatter_add_(-1, label, -weight)
            if probability is not here:
                here.copy_(probability)


@cache
def _has_triton() -> bool:
    """Whether the language that torch's own GPU builds bring with them is there."""
    return importlib.util.find_spec("triton") is not None


def _add_product_(sum_VD: torch.Tensor, left_VC: torch.Tensor, right_CD: torch.Tensor) -> None:
    """`sum_VD += left_VC @ right_CD`, where the sum may be of a wider type: then by blocks, so that no product of the sum's
    size exists beside it."""
    if sum_VD.dtype == left_VC.dtype:
        sum_VD.addmm_(left_VC, right_CD)
        return
    rows = _block_rows(len(sum_VD), sum_VD.shape[1], sum_VD.device)
    for start in range(0, len(sum_VD), rows):
        sum_VD[start : start + rows] += left_VC[start : start + rows] @ right_CD


def _scaled(values: torch.Tensor, scale: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """`values * scale` rounded once to `dtype`; in place where the type stays. `scale`: fp32 scalar."""
    if values.dtype == dtype == torch.float32:
        return values.mul_(scale)
    result = values if values.dtype == dtype else torch.empty_like(values, dtype=dtype)
    rows = _block_rows(len(values), values.shape[1], values.device)
    for start in range(0, len(values), rows):
        result[start : start + rows] = values[start : start + rows].float() * scale
    return result
