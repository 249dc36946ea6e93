"""Mixture-of-experts layers: tokens sorted by expert, one grouped matrix product for all of them.

Shapes: N tokens, D width, E experts, F width of an expert, K experts of a token, M = N × K token copies; B samples, S tokens.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from soofi.model.router import RouterTerms, SigmoidRouter, SoftmaxRouter, router_terms
from soofi.recipe import Model


class StackedExperts(nn.Module):
    """SwiGLU experts in two stacked parameters: `experts(x, indices, weights)`, the seam of expert parallelism.

    An expert that gets no token takes part all the same: its gradient is 0.
    """

    def __init__(self, experts: int, hidden_size: int, intermediate_size: int):
        super().__init__()
        self.gate_up_proj = nn.Parameter(torch.empty(experts, 2 * intermediate_size, hidden_size))
        self.down_proj = nn.Parameter(torch.empty(experts, hidden_size, intermediate_size))

    def forward(self, x_ND: torch.Tensor, indices_NK: torch.Tensor, weights_NK: torch.Tensor) -> torch.Tensor:
        """The weighted sum (N, D) of what each token's experts make of it. `weights_NK` is fp32; sums are fp32 too."""
        tokens, chosen = indices_NK.shape
        order_M = indices_NK.flatten().argsort(stable=True)
        place_M = torch.empty_like(order_M)
        place_M[order_M] = torch.arange(len(order_M), device=order_M.device)
        counts_E = torch.bincount(indices_NK.flatten(), minlength=len(self.gate_up_proj))
        x_MD = _Permute.apply(
            x_ND[:, None].expand(-1, chosen, -1).reshape(tokens * chosen, -1), order_M, place_M
        )
        gate_MF, up_MF = grouped_product(x_MD, self.gate_up_proj, counts_E).chunk(2, -1)
        y_MD = grouped_product(F.silu(gate_MF) * up_MF, self.down_proj, counts_E)
        y_NKD = _Permute.apply(y_MD, place_M, order_M).view(tokens, chosen, -1)
        return (y_NKD.float() * weights_NK[..., None]).sum(1).to(x_ND.dtype)


class SparseFeedForward(nn.Module):
    """Router and experts in place of a dense feed-forward, with experts that every token goes to where there are any."""

    def __init__(self, config: Model):
        super().__init__()
        experts = config.experts
        assert experts is not None, "only for models with experts"
        router = SigmoidRouter if experts.balance == "bias" else SoftmaxRouter
        self.gate = router(config.hidden_size, experts)
        self.experts = StackedExperts(experts.num_experts, config.hidden_size, experts.moe_intermediate_size)
        self.shared_experts: nn.Module | None = None
        if experts.n_shared_experts:
            self.shared_experts = FeedForward(
                config.hidden_size, experts.moe_intermediate_size * experts.n_shared_experts
            )

    def forward(self, x_BSD: torch.Tensor) -> tuple[torch.Tensor, RouterTerms]:
        """(B, S, D) to (B, S, D), and what the router says of it."""
        x_ND = x_BSD.flatten(0, 1)
        routing = self.gate(x_ND)
        y_BSD = self.experts(x_ND, routing.indices_NK, routing.weights_NK).view(x_BSD.shape)
        if self.shared_experts is not None:
            y_BSD = y_BSD + self.shared_experts(x_BSD)
        return y_BSD, router_terms(routing, len(x_BSD))


class FeedForward(nn.Module):
    """SwiGLU (Shazeer 2020)."""

    def __init__(self, hidden_size: int, intermediate_size: int):
        super().__init__()
        self.gate_proj = nn.Linear(hidden_size, intermediate_size, bias=False)
        self.up_proj = nn.Linear(hidden_size, intermediate_size, bias=False)
        self.down_proj = nn.Linear(intermediate_size, hidden_size, bias=False)

    def forward(self, x_BSD: torch.Tensor) -> torch.Tensor:
        """(B, S, D) to (B, S, D)."""
        return self.down_proj(F.silu(self.gate_proj(x_BSD)) * self.up_proj(x_BSD))


def grouped_product(x_MI: torch.Tensor, weights_EOI: torch.Tensor, counts_E: torch.Tensor) -> torch.Tensor:
    """(M, O): each row times its expert's matrix, transposed. Rows stand sorted by expert, `counts_E` (int64) of each.

    One kernel where torch has a grouped one: bf16, CUDA from capability 9.0 on, widths that are multiples of 8.
    """
    if _has_grouped_kernel(x_MI, weights_EOI):
        ends_E = counts_E.cumsum(0).int()
        return F.grouped_mm(x_MI, weights_EOI.transpose(1, 2), offs=ends_E)
    parts = x_MI.split(counts_E.tolist())
    return torch.cat([part @ matrix.T for part, matrix in zip(parts, weights_EOI.unbind(), strict=True)])


def _has_grouped_kernel(x_MI: torch.Tensor, weights_EOI: torch.Tensor) -> bool:
    return (
        x_MI.is_cuda
        and x_MI.dtype == weights_EOI.dtype == torch.bfloat16
        and torch.cuda.get_device_capability(x_MI.device) >= (9, 0)
        and all(width % 8 == 0 for width in weights_EOI.shape[1:])
    )


class _Permute(torch.autograd.Function):
    """Rows in another order. Its backward puts gradients back by the inverse order, where torch would add them up by atomic
    operations, in an order of chance on GPUs."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, order: torch.Tensor, inverse: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(inverse)
        return x[order]

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        (inverse,) = ctx.saved_tensors
        return gradient[inverse], None, None
