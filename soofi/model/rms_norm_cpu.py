"""Root mean square normalisation in bf16 on CPU, where torch composes it of many operations and keeps their fp32 results.

Shapes: N rows, D values of a row.
"""

from typing import Any

import torch


def rms_norm_bf16(x: torch.Tensor, weight_D: torch.Tensor, eps: float) -> torch.Tensor:
    """As `torch.nn.functional.rms_norm` over the last dimension; `x` (…, D) is bf16, statistics and products are fp32.

    For the backward pass it keeps `x` and one fp32 value a row.
    """
    return _RMSNorm.apply(x, weight_D, eps)


class _RMSNorm(torch.autograd.Function):
    """Gradients of gradients are not supported."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, weight_D: torch.Tensor, eps: float) -> torch.Tensor:
        # The norm reads bf16 and sums in fp32 in one pass.
        norm_N1 = torch.linalg.vector_norm(x, dim=-1, keepdim=True, dtype=torch.float32)
        scale_N1 = norm_N1.square_().div_(x.shape[-1]).add_(eps).rsqrt_()
        ctx.save_for_backward(x, weight_D, scale_N1)
        return x.float().mul_(scale_N1).mul_(weight_D.float()).to(x.dtype)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, None]:
        x, weight_D, scale_N1 = ctx.saved_tensors
        weight_type, weight_D, rows = weight_D.dtype, weight_D.float(), (-1, x.shape[-1])
        normal_ND = x.float().mul_(scale_N1).reshape(rows)
        gradient_ND = gradient.float().reshape(rows)
        product_ND = gradient_ND * normal_ND
        mean_N1 = torch.mv(product_ND, weight_D).div_(x.shape[-1])[:, None]
        scale_N1 = scale_N1.reshape(-1, 1)
        dx_ND = (gradient_ND * weight_D).sub_(normal_ND.mul_(mean_N1)).mul_(scale_N1)
        return dx_ND.to(x.dtype).view(x.shape), product_ND.sum(0).to(weight_type), None
