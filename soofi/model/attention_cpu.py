"""Attention in bf16 on CPU for short samples, where torch's flash kernel runs far below the matrix units' speed.

Shapes: B samples, S tokens of a sample, H query heads, K key and value heads, D width of a head; N = B × K groups, each
with G = H / K query heads that share its keys. Queries of a group stand by token, then head, so that the rows of
consecutive tokens are one piece: R rows of a block of tokens, T tokens up to the block's end.
"""

from collections.abc import Iterator
from typing import Any

import torch

LONGEST_TOKENS = 512
"""The probabilities of a whole sample are held; beyond this length the flash kernel's smaller memory is worth more."""

_BLOCK_TOKENS = 128
"""Queries that are computed at once: what comes after them is left out, and what is between products stays in caches."""


def short_attention(
    q_BHSD: torch.Tensor, k_BKSD: torch.Tensor, v_BKSD: torch.Tensor, mask_B1SS: torch.Tensor
) -> torch.Tensor:
    """Causal grouped attention by plain matrix products, (B, H, S, D), where `mask_B1SS` (bool, B or 1 first) allows it.

    As in the flash kernels, scores and softmax are fp32 and probabilities take the inputs' type. A mask may take more
    away from each query than what comes after it, but not the query's own token.
    """
    return _ShortAttention.apply(q_BHSD, k_BKSD, v_BKSD, mask_B1SS)


class _ShortAttention(torch.autograd.Function):
    """Keeps the probabilities in the inputs' type; gradients of gradients are not supported."""

    @staticmethod
    def forward(
        ctx: Any,
        q_BHSD: torch.Tensor,
        k_BKSD: torch.Tensor,
        v_BKSD: torch.Tensor,
        mask_B1SS: torch.Tensor,
    ) -> torch.Tensor:
        (samples, heads, length, width), groups = q_BHSD.shape, k_BKSD.shape[1]
        shared = heads // groups
        q_NRD = _by_token(q_BHSD, groups)
        k_NSD, v_NSD = (x.reshape(samples * groups, length, width) for x in (k_BKSD, v_BKSD))
        k_fp32_NDS = k_NSD.float().transpose(1, 2)
        bias_B1SS = torch.zeros(mask_B1SS.shape).masked_fill_(~mask_B1SS, -torch.inf)
        out_NRD = torch.empty_like(q_NRD)
        blocks = []
        for first, last in _blocks(length):
            rows = slice(first * shared, last * shared)
            scores_NRT = torch.bmm(q_NRD[:, rows].float() * width**-0.5, k_fp32_NDS[:, :, :last])
            scores_NRT.view(samples, groups, last - first, shared, last).add_(
                bias_B1SS[:, :, first:last, None, :last]
            )
            p_NRT = torch.softmax(scores_NRT, -1).to(q_BHSD.dtype)
            out_NRD[:, rows] = torch.bmm(p_NRT, v_NSD[:, :last])
            blocks.append(p_NRT)
        ctx.save_for_backward(q_NRD, k_NSD, v_NSD, out_NRD, *blocks)
        ctx.shapes = q_BHSD.shape, k_BKSD.shape
        return _by_head(out_NRD, q_BHSD.shape, groups)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(
        ctx: Any, gradient_BHSD: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, None]:
        q_NRD, k_NSD, v_NSD, out_NRD, *blocks = ctx.saved_tensors
        q_shape, k_shape = ctx.shapes
        groups, shared, scale = k_shape[1], q_shape[1] // k_shape[1], q_shape[3] ** -0.5
        gradient_NRD = _by_token(gradient_BHSD, groups)
        # The softmax's backward takes from dp the row sums of p * dp. These equal those of out * d(out) (Dao et al. 2022),
        # and the matrix product that makes dp subtracts them itself, before it rounds: two more columns hold their
        # leading and their remaining bits.
        sums_NR1 = (gradient_NRD.float() * out_NRD).sum(-1, keepdim=True)
        leading_NR1 = sums_NR1.to(gradient_NRD.dtype)
        remaining_NR1 = (sums_NR1 - leading_NR1).to(gradient_NRD.dtype)
        left_NRE = torch.cat([gradient_NRD, -leading_NR1, -remaining_NR1], -1)
        right_NES = torch.cat([v_NSD, v_NSD.new_ones(*v_NSD.shape[:2], 2)], -1).transpose(1, 2)
        dq_NRD = torch.empty_like(q_NRD)
        dk_NSD, dv_NSD = (torch.zeros(k_NSD.shape, dtype=torch.float32) for _ in range(2))
        for (first, last), p_NRT in zip(_blocks(q_shape[2]), blocks, strict=True):
            rows = slice(first * shared, last * shared)
            dv_NSD[:, :last] += torch.bmm(p_NRT.transpose(1, 2), gradient_NRD[:, rows])
            ds_NRT = torch.bmm(left_NRE[:, rows], right_NES[:, :, :last]).mul_(p_NRT)
            dq_NRD[:, rows] = torch.bmm(ds_NRT, k_NSD[:, :last])
            dk_NSD[:, :last] += torch.bmm(ds_NRT.transpose(1, 2), q_NRD[:, rows])
        dq_BHSD = _by_head(dq_NRD.mul_(scale), q_shape, groups)
        dk_NSD = dk_NSD.mul_(scale).to(k_NSD.dtype)
        return dq_BHSD, dk_NSD.view(k_shape), dv_NSD.to(v_NSD.dtype).view(k_shape), None


def _blocks(length: int) -> Iterator[tuple[int, int]]:
    """First and last token (exclusive) of each block of queries."""
    for first in range(0, length, _BLOCK_TOKENS):
        yield first, min(first + _BLOCK_TOKENS, length)


def _by_token(x_BHSD: torch.Tensor, groups: int) -> torch.Tensor:
    """(B, H, S, D) to (N, S × G, D)."""
    samples, heads, length, width = x_BHSD.shape
    x_BKGSD = x_BHSD.view(samples, groups, heads // groups, length, width)
    return x_BKGSD.transpose(2, 3).reshape(samples * groups, -1, width)


def _by_head(x_NRD: torch.Tensor, shape: torch.Size, groups: int) -> torch.Tensor:
    """(N, S × G, D) to (B, H, S, D), laid out by token as the projections want it."""
    samples, heads, length, width = shape
    x_BKSGD = x_NRD.view(samples, groups, length, heads // groups, width)
    return x_BKSGD.transpose(1, 2).reshape(samples, length, heads, width).transpose(1, 2)
