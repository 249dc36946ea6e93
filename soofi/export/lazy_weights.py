"""Weights that are read from where they lie, one tensor at a time, whoever wrote them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import torch

from soofi.checkpoint.fragment_files import WEIGHT, FragmentReader
from soofi.checkpoint.trainer_state import read_trainer_state
from soofi.model.huggingface_weights import HuggingFaceWeights

Shapes = Mapping[str, tuple[int, ...]]


class LazyWeights(Mapping[str, torch.Tensor]):
    """fp32 tensors by canonical name. Each is read anew whenever it is asked for, and nothing is kept."""

    def __init__(self, shapes: Shapes, read: Callable[[str], torch.Tensor]):
        """`read` gives the tensor of a name, in its shape."""
        self.shapes = dict(shapes)
        self._read = read

    def __getitem__(self, name: str) -> torch.Tensor:
        if name not in self.shapes:
            raise KeyError(name)
        return self._read(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.shapes)

    def __len__(self) -> int:
        return len(self.shapes)


def shapes_of(weights: Mapping[str, torch.Tensor]) -> dict[str, tuple[int, ...]]:
    """The shape of every tensor; none is read."""
    if isinstance(weights, LazyWeights):
        return weights.shapes
    return {name: tuple(tensor.shape) for name, tensor in weights.items()}


@contextmanager
def checkpoint_weights(path: Path, state: str = WEIGHT) -> Iterator[LazyWeights]:
    """A checkpoint's parameters in one of its states; with `weight`, the routers' biases among them.

    Raises ValueError, with one sentence, where it is damaged or does not hold the state.
    """
    biases = read_trainer_state(path).router_biases if state == WEIGHT else {}
    with FragmentReader(path) as reader:
        if state not in reader.states:
            raise ValueError(f"{path} holds no {state}")

        def read(name: str) -> torch.Tensor:
            if name in biases:
                return torch.tensor(biases[name], dtype=torch.float32)
            return torch.from_numpy(reader.whole(name, state))

        yield LazyWeights(reader.shapes | {name: (len(values),) for name, values in biases.items()}, read)


def huggingface_weights(directory: Path) -> LazyWeights:
    """A Hugging Face directory's parameters and buffers; raises as `HuggingFaceWeights`."""
    weights = HuggingFaceWeights(directory)
    return LazyWeights(weights.shapes, lambda name: weights.read(name).view(weights.shapes[name]))
