"""What a recipe asks of the machine, so that what cannot work is refused before anything is made. Does not import torch."""

import importlib.util
import os
import shutil

from soofi.recipe import Train

FP8_CAPABILITY = (8, 9)
"""CUDA compute capability (Ada) from which matrix products in fp8 exist."""


def check_requirements(train: Train, has_gpu: bool) -> None:
    """Raise ValueError, with one sentence, if this machine lacks what the recipe needs.

    What only the GPU itself can say is left to `check_capability`.
    """
    if train.compile:
        # The name that torch looks for.
        compiler = os.environ.get("CXX", "g++")
        if shutil.which(compiler) is None:
            raise ValueError(
                f"train.compile needs a C++ compiler, and {compiler} is not on the PATH: install it, or set train.compile=false"
            )
    if train.precision == "fp8":
        if not has_gpu:
            raise ValueError(
                "train.precision fp8 needs a GPU with fp8 arithmetic, and this machine has none: set train.precision=bf16"
            )
        if importlib.util.find_spec("torchao") is None:
            raise ValueError(
                "train.precision fp8 needs torchao: install it with pip install 'soofi[fp8]', or set train.precision=bf16"
            )


def check_capability(train: Train, capability: tuple[int, int] | None) -> None:
    """Raise ValueError if a device of this CUDA compute capability (None: no CUDA device) lacks the recipe's precision."""
    if train.precision == "fp8" and (capability is None or capability < FP8_CAPABILITY):
        has = "no CUDA" if capability is None else ".".join(map(str, capability))
        needed = ".".join(map(str, FP8_CAPABILITY))
        raise ValueError(
            f"train.precision fp8 needs compute capability {needed} or more, and this device has {has}: set "
            "train.precision=bf16"
        )
