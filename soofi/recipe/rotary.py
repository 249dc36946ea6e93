"""The recipe's words for rotary scaling: how positions reach further than a model was first trained."""

from typing import Literal

from pydantic import model_validator

from soofi.recipe.fields import Section, field


class RotaryScaling(Section):
    """Rotary frequencies for longer context, as `transformers` defines them."""

    rope_type: Literal["linear", "dynamic", "yarn"] = field(
        description="linear: all positions are divided by factor; dynamic: the base grows with a document's length (NTK); "
        "yarn: slow frequencies are divided by factor, fast ones kept.",
    )
    factor: float = field(description="How many times longer the context becomes.", ge=1)
    original_max_position_embeddings: int = field(
        description="Longest sequence in tokens before scaling.", ge=8
    )
    beta_fast: float | None = field(
        None,
        "yarn: frequencies that turn more often than this over the original length are kept; without it 32.",
        gt=0,
    )
    beta_slow: float | None = field(
        None,
        "yarn: frequencies that turn less often than this over the original length are divided by factor; without it 1.",
        gt=0,
    )
    attention_factor: float | None = field(
        None, "yarn: multiplies queries and keys; without it 0.1 ln(factor) + 1.", gt=0
    )

    @model_validator(mode="after")
    def _yarn(self) -> "RotaryScaling":
        for name in ("beta_fast", "beta_slow", "attention_factor"):
            if self.rope_type != "yarn" and getattr(self, name) is not None:
                raise ValueError(f"{name} belongs to rope_type yarn, not {self.rope_type}: leave it out")
        fast, slow = self.beta_fast or 32.0, self.beta_slow or 1.0
        if fast <= slow:
            raise ValueError(f"beta_fast ({fast:g}) is not greater than beta_slow ({slow:g})")
        return self

    @property
    def longest_tokens(self) -> int:
        """The longest sequence that the scaling is made for, in tokens."""
        return int(self.factor * self.original_max_position_embeddings)
