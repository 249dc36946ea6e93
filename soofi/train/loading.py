"""Loading a checkpoint into the engine of any layout."""

from pathlib import Path

import numpy as np
import torch

from soofi.checkpoint.fragment_files import FragmentReader
from soofi.train.fragments import EngineState


def load_checkpoint(state: EngineState, path: Path, updates: int) -> None:
    """Fill the engine's state with what this rank keeps of it, whoever wrote it. Collective.

    `updates`: optimizer steps that the checkpoint has behind it. Reads only the ranges that are needed; holds one of them
    beside the state itself. Raises ValueError, before anything is loaded, if the checkpoint is of another model.
    """
    with FragmentReader(path) as reader:
        if reader.shapes != state.shapes:
            other = next(
                name
                for name in sorted(reader.shapes.keys() | state.shapes.keys())
                if reader.shapes.get(name) != state.shapes.get(name)
            )
            raise ValueError(
                f"{path} is of another model: {other} has shape {reader.shapes.get(other)} there and "
                f"{state.shapes.get(other)} in the recipe's"
            )
        for fragment in state.kept:
            if missing := fragment.states.keys() - set(reader.states):
                raise ValueError(f"{path} is of another optimizer: it holds no {min(missing)}")
        for fragment in state.kept:
            for key, values in fragment.states.items():
                if values.device.type == "cpu":
                    reader.read(fragment.name, key, fragment.start, values.numpy())
                else:
                    read = np.empty(fragment.count, np.float32)
                    reader.read(fragment.name, key, fragment.start, read)
                    values.copy_(torch.from_numpy(read))
    state.take_over(updates)
