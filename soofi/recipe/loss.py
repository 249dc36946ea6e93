"""The recipe's words for what training minimises."""

from soofi.recipe.fields import Section, field

CHUNK_BYTES = {"cpu": 64 << 20, "cuda": 512 << 20}
"""Logits that exist at once where no number of tokens is asked for, by device: more is hardly faster; a GPU needs more to
be busy."""


BLOCK_BYTES = {"cpu": 2 << 20, "cuda": 256 << 20}
"""fp32 values that are computed at once inside a chunk, by device: on CPU as many as stay in a core's cache."""


class Goldfish(Section):
    """Labels left out of the loss so that the model cannot learn long passages by heart (Hans et al. 2024)."""

    k: int = field(description="One label in so many is left out.", ge=2)
    h: int = field(description="Tokens before a label that decide whether it is left out.", ge=1)


class Loss(Section):
    """Cross-entropy, a mean over all valid tokens of a step, and what is added to it."""

    z_loss: float = field(
        0.0,
        "Weight of the squared logarithm of the softmax sum, which keeps logits from drifting; 1e-4 is usual.",
        ge=0,
    )
    goldfish: Goldfish | None = field(None, "Whether labels are left out against learning by heart.")
    chunk_tokens: int | None = field(
        None,
        "Tokens whose logits exist at once, for memory and speed; without it as many as fill 64 MiB, on a GPU 512 MiB.",
        on_resume="recorded",
        ge=1,
    )
