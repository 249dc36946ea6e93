"""Routers: which experts a token is sent to, with what weights, and what keeps the experts evenly used.

Shapes: N tokens, D width, E experts, K experts of a token, B samples of S tokens (N = B × S). All arithmetic is fp32.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import nn

from soofi.recipe import Experts


class Routing(NamedTuple):
    """Where tokens go: `indices_NK` (int64), `weights_NK` (fp32); `logits_NE`, and `probabilities_NE` that sum to 1."""

    indices_NK: torch.Tensor
    weights_NK: torch.Tensor
    logits_NE: torch.Tensor
    probabilities_NE: torch.Tensor


class RouterTerms(NamedTuple):
    """What one layer's router adds up over the samples of a micro batch. All of it is a sum of each sample's own figure, so
    that it does not matter how a step's samples are cut into micro batches or spread over ranks.

    `balance`, `z`: differentiable fp32 scalars, see `router_terms`. `load_E`: tokens sent to each expert (int64).
    """

    balance: torch.Tensor
    z: torch.Tensor
    load_E: torch.Tensor


class SoftmaxRouter(nn.Module):
    """The K likeliest experts, weighted by their probabilities, which are made to sum to 1 (Qwen3-MoE)."""

    def __init__(self, hidden_size: int, config: Experts):
        super().__init__()
        self.chosen = config.num_experts_per_tok
        self.weight = nn.Parameter(torch.empty(config.num_experts, hidden_size))

    def forward(self, x_ND: torch.Tensor) -> Routing:
        """Route every token of (N, D)."""
        logits_NE = F.linear(x_ND.float(), self.weight.float())
        probabilities_NE = torch.softmax(logits_NE, -1)
        weights_NK, indices_NK = torch.topk(probabilities_NE, self.chosen, -1)
        return Routing(indices_NK, weights_NK / weights_NK.sum(-1, keepdim=True), logits_NE, probabilities_NE)


class SigmoidRouter(nn.Module):
    """The K experts of the highest sigmoid score plus a balancing bias, weighted by their scores alone (Wang et al. 2024,
    DeepSeek-V3; Glm4-MoE).

    The bias is not learned by gradients: `move_bias` moves it once a step. It stays fp32 whatever the module is cast to.
    """

    e_score_correction_bias: torch.Tensor

    def __init__(self, hidden_size: int, config: Experts):
        super().__init__()
        self.chosen = config.num_experts_per_tok
        self.scaling = config.routed_scaling_factor
        self.rate = config.bias_update_rate
        self.weight = nn.Parameter(torch.empty(config.num_experts, hidden_size))
        self.register_buffer("e_score_correction_bias", torch.zeros(config.num_experts, dtype=torch.float32))

    def forward(self, x_ND: torch.Tensor) -> Routing:
        """Route every token of (N, D)."""
        logits_NE = F.linear(x_ND.float(), self.weight.float())
        scores_NE = logits_NE.sigmoid()
        indices_NK = torch.topk(scores_NE.detach() + self.e_score_correction_bias, self.chosen, -1).indices
        chosen_NK = scores_NE.gather(-1, indices_NK)
        # The stock module adds the same 1e-20.
        weights_NK = chosen_NK / (chosen_NK.sum(-1, keepdim=True) + 1e-20) * self.scaling
        return Routing(indices_NK, weights_NK, logits_NE, scores_NE / scores_NE.sum(-1, keepdim=True))

    def move_bias(self, load_E: torch.Tensor) -> None:
        """Make experts that got more than the mean of a step's tokens a little less likely, and others more.

        `load_E`: tokens sent to each expert in the whole step, over all ranks (whole numbers).
        """
        load = load_E.to(self.e_score_correction_bias.device, torch.float64)
        self.e_score_correction_bias.add_((load.mean() - load).sign().float(), alpha=self.rate)

    def _apply(self, fn, recurse=True):  # type: ignore[no-untyped-def]
        before = self.e_score_correction_bias
        super()._apply(fn, recurse)
        if self.e_score_correction_bias.dtype != torch.float32:  # a cast of the module rounded it
            self.e_score_correction_bias = before.to(self.e_score_correction_bias.device)
        return self

    def _load_from_state_dict(self, *arguments, **named):  # type: ignore[no-untyped-def]
        super()._load_from_state_dict(*arguments, **named)
        self.e_score_correction_bias = (
            self.e_score_correction_bias.float()
        )  # assigned from a file, it may be bf16


def router_terms(routing: Routing, samples: int) -> RouterTerms:
    """The balancing terms of `samples` samples of equal length that were routed together.

    `balance`: for each sample E · Σ_e f_e · p_e, where f_e is how many of the sample's tokens went to expert e per token and
    p_e the mean probability of e over its tokens (Fedus et al. 2022, eq. 4–6, for each sample by itself as in DeepSeek-V3);
    K when even. `z`: for each sample the mean over its tokens of the squared logarithm of the softmax sum (Zoph et al.
    2022, eq. 5). Padded positions count like others: they stand in the last window of a stream only.
    """
    indices_NK, _, logits_NE, probabilities_NE = routing
    experts = logits_NE.shape[-1]
    indices_BX = indices_NK.view(samples, -1)
    length = len(indices_NK) // samples
    counts_BE = torch.zeros(samples, experts, dtype=torch.float32, device=indices_NK.device)
    counts_BE.scatter_add_(1, indices_BX, torch.ones_like(indices_BX, dtype=torch.float32))
    mean_BE = probabilities_NE.view(samples, length, experts).mean(1)
    balance = (counts_BE / length * mean_BE).sum() * experts
    z = torch.logsumexp(logits_NE, -1).square().view(samples, length).mean(1).sum()
    return RouterTerms(balance, z, counts_BE.sum(0).long())
