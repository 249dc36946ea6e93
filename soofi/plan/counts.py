"""How many parameters a model has, and how many floating-point operations a token costs."""

from dataclasses import dataclass
from fractions import Fraction

from soofi.plan.shapes import Kind, parameters
from soofi.recipe import Model


@dataclass(frozen=True)
class Counts:
    """Parameters by part. `active` are those that take part in one token: of the experts only the chosen ones.

    `multiplied`: the active ones that a token is multiplied with. The input embedding is looked up and the norms are
    elementwise, so neither counts; the output embedding does, tied or not. `multiplied_in_layers` leaves it out.
    """

    by_kind: dict[Kind, int]
    active: int
    multiplied: int
    multiplied_in_layers: int

    @property
    def total(self) -> int:
        """All parameters."""
        return sum(self.by_kind.values())


def count_parameters(model: Model, vocabulary_size: int) -> Counts:
    """Count a model's parameters without building it."""
    by_kind: dict[Kind, int] = {}
    for parameter in parameters(model, vocabulary_size):
        by_kind[parameter.kind] = by_kind.get(parameter.kind, 0) + parameter.numel
    active = dict(by_kind)
    if model.experts is not None and "experts" in active:
        chosen = Fraction(model.experts.num_experts_per_tok, model.experts.num_experts)
        active["experts"] = int(active["experts"] * chosen)
    in_layers = sum(number for kind, number in active.items() if kind not in ("embedding", "norms", "head"))
    return Counts(
        by_kind,
        sum(active.values()),
        in_layers + vocabulary_size * model.hidden_size,
        in_layers,
    )


@dataclass(frozen=True)
class Flops:
    """Floating-point operations of one token; a multiplication with an addition counts as two.

    `forward` is the model's forward pass, of which `layers` lie inside the layers.
    """

    forward: int
    layers: int

    @property
    def training(self) -> int:
        """Forward and backward pass: what utilisation (MFU) is measured by."""
        return 3 * self.forward

    def with_recomputation(self, share: float) -> int:
        """What the device really computes if `share` (0 to 1) of the layers are computed again in the backward pass."""
        return self.training + round(share * self.layers)


def flops_per_token(model: Model, vocabulary_size: int, sequence_length: int) -> Flops:
    """Operations of one token in a sequence that is one whole document.

    Forward: 2 N + 2 L S H Q, training three times that: **6 N + 6 L S H Q**, with N the multiplied parameters
    (`Counts.multiplied`), L layers, S the sequence's length, H heads of width Q. The backward pass costs twice the forward
    pass (Kaplan et al. 2020, section 2.1). The attention term is that of PaLM (Chowdhery et al. 2022, appendix B: 12 L H Q S
    for forward and backward) halved, since a causal kernel computes half of the scores; Kaplan's 2 L S D for the forward
    pass is the same with H Q = D. Norms, activations, rotary positions and softmax are left out, as in both papers.
    Documents shorter than the sequence cost less: their attention ends at their boundaries.
    """
    counts = count_parameters(model, vocabulary_size)
    attention = 2 * model.num_hidden_layers * sequence_length * model.num_attention_heads * model.head_dim
    return Flops(2 * counts.multiplied + attention, 2 * counts.multiplied_in_layers + attention)
