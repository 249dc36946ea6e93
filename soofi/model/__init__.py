"""The transformer, its loss and its first values; knows nothing of distribution.

`soofi.model.huggingface` is imported by itself, because `transformers` is slow to import.
"""

from soofi.model.attention import Boundaries, attention
from soofi.model.cross_entropy import IGNORE_INDEX, LossOptions, linear_cross_entropy
from soofi.model.initialise import NewWeights, Weights, initial_values, initialise, is_norm
from soofi.model.transformer import Transformer

__all__ = [
    "IGNORE_INDEX", "Boundaries", "LossOptions", "NewWeights", "Transformer", "Weights", "attention", "initial_values",
    "initialise", "is_norm", "linear_cross_entropy",
]  # fmt: skip
