"""Attention in bf16 on CPU for short samples, where torch's flash kernel runs far below the matrix units' speed.

Shapes: B samples, S tokens of a sample, H query heads, K key and value heads, D width of a head; N = B × K groups, each
with R = H / K × S rows of queries that share their keys.
"""

from typing import Any

import torch

LONGEST_TOKENS = 512
"""The scores of a whole sample are held; beyond this length the flash kernel's smaller memory is worth more."""


def short_attention(
    q_BHSD: torch.Tensor, k_BKSD: torch.Tensor, v_BKSD: torch.Tensor, mask_B1SS: torch.Tensor
) -> torch.Tensor:
    """Grouped attention by plain matrix products, (B, H, S, D), where `mask_B1SS` (bool, B or 1 first) allows it.

    As in the flash kernels, scores and softmax are fp32 and probabilities take the inputs' type. Every query must be
    allowed at least one key.
    """
    return _ShortAttention.apply(q_BHSD, k_BKSD, v_BKSD, mask_B1SS)


class _ShortAttention(torch.autograd.Function):
    """Keeps the probabilities in the inputs' type; gradients of gradients are not supported."""

    @staticmethod
    def forward(
        ctx: Any, q_BHSD: torch.Tensor, k_BKSD: torch.Tensor, v_BKSD: torch.Tensor, mask_B1SS: torch.Tensor
    ) -> torch.Tensor:
        (samples, heads, length, width), groups = q_BHSD.shape, k_BKSD.shape[0] * k_BKSD.shape[1]
        q_NRD = q_BHSD.reshape(groups, -1, width)
        k_NSD, v_NSD = (x.reshape(groups, length, width) for x in (k_BKSD, v_BKSD))
        scores_NRS = torch.bmm(q_NRD.float() * width**-0.5, k_NSD.float().transpose(1, 2))
        bias = torch.zeros(mask_B1SS.shape).masked_fill_(~mask_B1SS, -torch.inf)
        scores_NRS.view(samples, heads, length, length).add_(bias)
        p_NRS = torch.softmax(scores_NRS, -1).to(q_BHSD.dtype)
        out_NRD = torch.bmm(p_NRS, v_NSD)
        ctx.save_for_backward(q_NRD, k_NSD, v_NSD, p_NRS, out_NRD)
        ctx.shapes = q_BHSD.shape, k_BKSD.shape
        return out_NRD.view(q_BHSD.shape)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(
        ctx: Any, gradient_BHSD: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, None]:
        q_NRD, k_NSD, v_NSD, p_NRS, out_NRD = ctx.saved_tensors
        q_shape, k_shape = ctx.shapes
        scale = q_NRD.shape[-1] ** -0.5
        gradient_NRD = gradient_BHSD.reshape(q_NRD.shape)
        dv_NSD = torch.bmm(p_NRS.transpose(1, 2), gradient_NRD)
        # Softmax backward; the row sums of p * dp equal those of out * d(out) (Dao et al. 2022), which are far smaller.
        sums_NR1 = (gradient_NRD.float() * out_NRD).sum(-1, keepdim=True)
        dp_NRS = torch.bmm(gradient_NRD, v_NSD.transpose(1, 2))
        ds_NRS = (dp_NRS - sums_NR1).mul_(p_NRS).to(p_NRS.dtype)
        dq_NRD = torch.bmm(ds_NRS, k_NSD).mul_(scale)
        dk_NSD = torch.bmm(ds_NRS.transpose(1, 2), q_NRD).mul_(scale)
        return dq_NRD.view(q_shape), dk_NSD.view(k_shape), dv_NSD.view(k_shape), None
