"""Cross-entropy of a linear head without ever holding the logits of a whole batch.

Shapes: N tokens, D width of the hidden state, V vocabulary, C tokens of a chunk.
"""

from dataclasses import dataclass
from typing import Any

import torch

IGNORE_INDEX = -100
"""Label of a position that teaches nothing; also torch's default."""

_CACHED_BYTES = 1024**2
"""On CPU the softmax goes through fp32 logits in blocks of this size, which stay in a core's cache."""


@dataclass(frozen=True)
class LossOptions:
    """How the loss is computed. `chunk_tokens`: tokens whose logits exist at once."""

    ignore_index: int = IGNORE_INDEX
    chunk_tokens: int = 4096

    def __post_init__(self) -> None:
        if self.chunk_tokens < 1:
            raise ValueError(f"chunk_tokens is {self.chunk_tokens}: at least 1 token is computed at once")


def linear_cross_entropy(
    hidden_ND: torch.Tensor,
    weight_VD: torch.Tensor,
    labels_N: torch.Tensor,
    options: LossOptions = LossOptions(),
) -> tuple[torch.Tensor, torch.Tensor]:
    """Cross-entropy of `hidden_ND @ weight_VD.T` against `labels_N` (int64; `options.ignore_index` is skipped).

    Returns `(loss_sum, nll_N)`: the fp32 sum over valid labels in nats, differentiable with respect to `hidden_ND` and
    `weight_VD`, and the detached fp32 negative log likelihood of each label, 0 where it is ignored. With no valid label
    the loss and all gradients are 0.

    Logits have the type of `hidden_ND`, as in `transformers`; softmax and logarithm are fp32. Where gradients are wanted
    they are formed here, chunk by chunk, and only scaled in the backward pass: logits are computed once and never kept,
    and the weight is not needed again (under ZeRO-3 it can be released). Holds one chunk of logits, its fp32 copy, the
    gradient of `hidden_ND` and the gradient of `weight_VD`. Raises ValueError if shapes do not match, IndexError or
    RuntimeError (from torch) if a label is outside the vocabulary.
    """
    if hidden_ND.shape[0] != labels_N.shape[0] or hidden_ND.shape[1] != weight_VD.shape[1]:
        raise ValueError(
            f"hidden states {tuple(hidden_ND.shape)}, weight {tuple(weight_VD.shape)} and labels {tuple(labels_N.shape)} "
            f"do not match: (N, D), (V, D) and (N,) are needed"
        )
    return _LinearCrossEntropy.apply(hidden_ND, weight_VD, labels_N, options)


class _LinearCrossEntropy(torch.autograd.Function):
    """Forms gradients in the forward pass; gradients of gradients are not supported."""

    @staticmethod
    def forward(
        ctx: Any,
        hidden_ND: torch.Tensor,
        weight_VD: torch.Tensor,
        labels_N: torch.Tensor,
        options: LossOptions,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        for_hidden, for_weight = ctx.needs_input_grad[:2]
        tokens, chunk = hidden_ND.shape[0], options.chunk_tokens
        nll_N = torch.zeros(tokens, dtype=torch.float32, device=hidden_ND.device)
        hidden_gradient_ND = torch.empty_like(hidden_ND) if for_hidden else None
        weight_gradient_VD = None
        for start in range(0, tokens, chunk):
            part = slice(start, start + chunk)
            logits_CV = hidden_ND[part] @ weight_VD.T
            _softmax_(logits_CV, labels_N[part], nll_N[part], options.ignore_index, for_hidden or for_weight)
            if hidden_gradient_ND is not None:
                torch.mm(logits_CV, weight_VD, out=hidden_gradient_ND[part])
            if for_weight:
                gradient_VD = logits_CV.T @ hidden_ND[part]
                if tokens <= chunk:
                    weight_gradient_VD = gradient_VD
                elif weight_gradient_VD is None:  # summed over chunks in fp32, whatever the weight's type
                    weight_gradient_VD = gradient_VD.float()
                else:
                    weight_gradient_VD += gradient_VD
        if for_weight and weight_gradient_VD is None:  # no tokens at all
            weight_gradient_VD = torch.zeros_like(weight_VD)
        ctx.save_for_backward(hidden_gradient_ND, weight_gradient_VD)
        ctx.weight_type = weight_VD.dtype
        ctx.mark_non_differentiable(nll_N)
        ctx.set_materialize_grads(False)
        return nll_N.sum(), nll_N

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(
        ctx: Any, gradient: torch.Tensor | None, _: torch.Tensor | None
    ) -> tuple[torch.Tensor | None, torch.Tensor | None, None, None]:
        if gradient is None:
            return None, None, None, None
        hidden_gradient_ND, weight_gradient_VD = ctx.saved_tensors
        if hidden_gradient_ND is not None:
            hidden_gradient_ND = hidden_gradient_ND * gradient.to(hidden_gradient_ND.dtype)
        if weight_gradient_VD is not None:
            weight_gradient_VD = (weight_gradient_VD * gradient.to(weight_gradient_VD.dtype)).to(
                ctx.weight_type
            )
        return hidden_gradient_ND, weight_gradient_VD, None, None


def _softmax_(
    logits_CV: torch.Tensor, labels_C: torch.Tensor, nll_C: torch.Tensor, ignore_index: int, gradient: bool
) -> None:
    """Write each label's negative log likelihood to `nll_C` and, if wanted, the logits' gradient over the logits."""
    tokens, vocabulary = logits_CV.shape
    rows = tokens
    if logits_CV.device.type == "cpu":
        rows = max(1, min(tokens, _CACHED_BYTES // (4 * vocabulary)))
    buffer, result = torch.empty(2, rows, vocabulary, dtype=torch.float32, device=logits_CV.device)
    for start in range(0, tokens, rows):
        here = logits_CV[start : start + rows]
        labels = labels_C[start : start + rows, None]
        valid = labels != ignore_index
        labels = torch.where(valid, labels, 0)
        logits, probability = buffer[: len(here)], result[: len(here)]
        logits.copy_(here)
        torch.softmax(logits, -1, out=probability)
        # The likeliest entry gives the logarithm of the sum exactly: its probability is never small.
        log_sum = logits.amax(-1, keepdim=True) - probability.amax(-1, keepdim=True).log()
        nll = torch.where(valid, log_sum - logits.gather(-1, labels), 0.0)
        nll_C[start : start + rows] = nll[:, 0]
        if gradient:  # softmax less one at the label; nothing where it is ignored
            probability.mul_(valid).scatter_add_(-1, labels, -valid.float())
            here.copy_(probability)
