"""The recipe's words for mixture-of-experts layers; fields are named as in `transformers` configurations."""

from typing import Literal

from pydantic import model_validator

from soofi.recipe.fields import Section, field


class Experts(Section):
    """Mixture-of-experts layers in place of feed-forward ones.

    With `balance: loss` the model is parameter-compatible with `Qwen3MoeForCausalLM`, with `balance: bias` with
    `Glm4MoeForCausalLM`.
    """

    num_experts: int = field(description="Experts of a layer.", ge=2)
    num_experts_per_tok: int = field(description="Experts that each token is sent to.", ge=1)
    moe_intermediate_size: int = field(description="Width of one expert.", ge=8)
    balance: Literal["loss", "bias"] = field(
        "loss",
        "What keeps experts evenly used: loss adds a balancing loss to a softmax router, bias moves a bias of a sigmoid "
        "router once a step.",
    )
    router_aux_loss_coef: float | None = field(
        None,
        "Weight of the balancing loss, a mean over samples and layers; without it 0.001 with balance loss, none with bias.",
        ge=0,
    )
    router_z_loss_coef: float = field(
        0.0,
        "Weight of the squared logarithm of the router's softmax sum, a mean over tokens and layers.",
        ge=0,
    )
    bias_update_rate: float = field(0.001, "How far a bias moves in one step; balance bias only.", gt=0)
    n_shared_experts: int = field(
        0,
        "Further experts that every token is sent to, as one of their joint width; balance bias only.",
        ge=0,
    )
    routed_scaling_factor: float = field(
        1.0, "Factor on the sum of the chosen experts; balance bias only.", gt=0
    )
    first_k_dense_replace: int = field(
        0, "So many first layers stay dense, with the model's intermediate_size.", ge=0
    )

    @property
    def aux_loss_weight(self) -> float:
        """Weight of the balancing loss."""
        if self.router_aux_loss_coef is None:
            return 0.001 if self.balance == "loss" else 0.0
        return self.router_aux_loss_coef

    @model_validator(mode="after")
    def _possible(self) -> "Experts":
        if self.num_experts_per_tok > self.num_experts:
            raise ValueError(
                f"num_experts_per_tok ({self.num_experts_per_tok}) is more than num_experts ({self.num_experts})"
            )
        if self.balance == "loss":
            for name in ("n_shared_experts", "routed_scaling_factor", "bias_update_rate"):
                value = getattr(self, name)
                if value != type(self).model_fields[name].default:
                    raise ValueError(
                        f"{name} ({value}) is for balance bias: take it out, or set balance to bias instead of loss"
                    )
        return self
