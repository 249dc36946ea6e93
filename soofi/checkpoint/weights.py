"""The whole weights of a checkpoint as tensors."""

from pathlib import Path

import torch

from soofi.checkpoint.fragment_files import WEIGHT, FragmentReader
from soofi.checkpoint.trainer_state import read_trainer_state


def read_weights(path: Path) -> dict[str, torch.Tensor]:
    """All parameters and router biases of a checkpoint in fp32 by canonical name."""
    with FragmentReader(path) as reader:
        weights = {name: torch.from_numpy(reader.whole(name, WEIGHT)) for name in reader.shapes}
    biases = read_trainer_state(path).router_biases
    return weights | {name: torch.tensor(values, dtype=torch.float32) for name, values in biases.items()}
