"""The optimizer and its parameter groups."""

from typing import Any

import torch

from soofi.model import is_norm
from soofi.recipe import Optimizer
from soofi.train.canonical_names import canonical_parameters


def parameter_groups(model: torch.nn.Module, recipe: Optimizer) -> list[dict[str, Any]]:
    """Matrices with weight decay, norms without, embeddings without and with a rate of their own.

    Each group carries `peak_learning_rate`, from which the schedule makes the rate of every step. Parameters stand in
    the model's order, so that the groups are the same on every rank and in every start.
    """
    kinds: dict[str, list[torch.nn.Parameter]] = {
        "matrices": [],
        "norms": [],
        "embeddings": [],
    }
    for name, parameter in canonical_parameters(model):
        if "embed_tokens" in name or "lm_head" in name:
            kinds["embeddings"].append(parameter)
        else:
            # By name: under ZeRO stage 3 a parameter has no shape of its own while it is partitioned.
            kinds["norms" if is_norm(name) else "matrices"].append(parameter)
    rates = {"embeddings": recipe.embedding_learning_rate or recipe.learning_rate}
    return [
        {
            "params": parameters,
            "name": kind,
            "peak_learning_rate": rates.get(kind, recipe.learning_rate),
            "weight_decay": recipe.weight_decay if kind == "matrices" else 0.0,
        }
        for kind, parameters in kinds.items()
        if parameters
    ]


def build_optimizer(model: torch.nn.Module, recipe: Optimizer) -> torch.optim.Optimizer:
    """AdamW in torch's fused form: DeepSpeed's own would have to be compiled at the first start and is no faster."""
    return torch.optim.AdamW(
        parameter_groups(model, recipe),
        lr=recipe.learning_rate,
        betas=recipe.betas,
        eps=recipe.eps,
        fused=True,
    )


def states_of(optimizer: torch.optim.Optimizer, parameter: torch.Tensor) -> dict[str, torch.Tensor]:
    """AdamW's states of a parameter; where there are none yet, those that its first step would create: no update
    applied, moments of 0."""
    states: dict[str, torch.Tensor] = optimizer.state[parameter]
    if not states:
        states["step"] = torch.zeros((), dtype=torch.float32, device=parameter.device)
        states["exp_avg"] = torch.zeros_like(parameter, requires_grad=False)
        states["exp_avg_sq"] = torch.zeros_like(parameter, requires_grad=False)
    return states
