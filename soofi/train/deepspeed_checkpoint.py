"""Weights of a checkpoint that DeepSpeed itself wrote, for beginning from it. Nothing in it is run."""

from pathlib import Path

import torch

from soofi.train.canonical_names import canonical_name
from soofi.train.libraries import weights_only_loading

MODEL_STATES = "mp_rank_00_model_states.pt"


def read_deepspeed_weights(directory: Path) -> dict[str, torch.Tensor]:
    """All parameters in fp32 by canonical name, put together from the ranks' partitions.

    `directory`: what was handed to DeepSpeed's `save_checkpoint` (its file `latest` names the newest), or one of the
    checkpoints in it. Raises FileNotFoundError where there is none, UnpicklingError for a file that would run code.
    """
    tag = _tag(directory)
    with weights_only_loading():
        if any(tag.glob("*_optim_states.pt")):
            from deepspeed.utils.zero_to_fp32 import get_fp32_state_dict_from_zero_checkpoint

            weights = get_fp32_state_dict_from_zero_checkpoint(str(tag.parent), tag=tag.name)
        else:
            weights = torch.load(tag / MODEL_STATES, map_location="cpu", weights_only=True)["module"]
    return {canonical_name(name): tensor.float() for name, tensor in weights.items()}


def is_deepspeed_checkpoint(directory: Path) -> bool:
    """Whether DeepSpeed's files stand in the directory, or in the one that its file `latest` names."""
    try:
        _tag(directory)
    except FileNotFoundError:
        return False
    return True


def _tag(directory: Path) -> Path:
    pointer = directory / "latest"
    if pointer.is_file():
        # A name only: a pointer that leads elsewhere would read what it was not pointed at.
        directory = directory / Path(pointer.read_text(encoding="utf-8").strip()).name
    if not (directory / MODEL_STATES).is_file() and not any(directory.glob("zero_pp_rank_*_model_states.pt")):
        raise FileNotFoundError(f"{directory} holds no checkpoint of DeepSpeed's: it has no {MODEL_STATES}")
    return directory
