"""What every contender trains: one shape, one batch, one kind of tokens. Imports nothing of anyone's."""

import os
from dataclasses import asdict, dataclass

ENDLESS_STEPS = 100_000
"""Longer than any measurement: no contender comes to its last step."""

THREADS = 2
LEARNING_RATE = 3e-4
BETAS = (0.9, 0.95)
WEIGHT_DECAY = 0.1
CLIPPING = 1.0


@dataclass(frozen=True)
class Shape:
    """Sizes are counts; `compiled` says whether the contender uses torch.compile."""

    vocabulary: int = 32_000
    sequence: int = 512
    micro_batch: int = 4
    tied: bool = False
    compiled: bool = False
    layers: int = 8
    width: int = 512
    heads: int = 8
    kv_heads: int = 4
    head: int = 64
    feed_forward: int = 1408

    @classmethod
    def from_environment(cls) -> "Shape":
        """The shape that `to_environment` wrote."""
        read = {key: int(os.environ[_variable(key)]) for key in asdict(cls())}
        return cls(**{**read, "tied": bool(read["tied"]), "compiled": bool(read["compiled"])})  # type: ignore[arg-type]

    def to_environment(self) -> dict[str, str]:
        """Environment variables for a worker."""
        return {_variable(key): str(int(value)) for key, value in asdict(self).items()}

    @property
    def step_tokens(self) -> int:
        """Tokens of one step."""
        return self.micro_batch * self.sequence

    @property
    def parameters(self) -> int:
        """Parameters of the model, norms included."""
        attention = 2 * self.width * self.head * (self.heads + self.kv_heads)
        layer = attention + 3 * self.width * self.feed_forward + 2 * self.width + 2 * self.head
        return self.layers * layer + self.width + (1 if self.tied else 2) * self.vocabulary * self.width


def _variable(key: str) -> str:
    return f"TRAIN_STEP_{key.upper()}"
