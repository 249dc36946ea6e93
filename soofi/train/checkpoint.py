"""Checkpoints: published whole, read without unpickling code."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from soofi.ledger import (
    PARTIAL,
    RunDirectory,
    full_disk_named,
    publish_prepared,
    read_manifest,
    write_manifest,
    write_text,
)
from soofi.train.canonical_names import canonical_name
from soofi.train.libraries import weights_only_loading
from soofi.train.state import (
    LATEST,
    TrainerState,
    checkpoint_name,
    read_trainer_state,
    write_trainer_state,
)

_ENGINE = "engine"  # DeepSpeed's tag: the subdirectory that holds its files


def save_checkpoint(
    engine: Any,
    run: RunDirectory,
    state: TrainerState,
    inputs: Mapping[str, str],
    governing: Any,
) -> None:
    """Write and publish a checkpoint. Collective. Rank 0 publishes when every rank's files are written."""
    path = run.checkpoints / checkpoint_name(state.step)
    partial = path.with_name(f"{PARTIAL}{path.name}")
    first = torch.distributed.get_rank() == 0
    if first:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
    torch.distributed.barrier()
    with full_disk_named(partial):
        engine.save_checkpoint(str(partial), tag=_ENGINE, save_latest=False)
    torch.distributed.barrier()
    if first:
        with full_disk_named(partial):
            write_trainer_state(partial, state)
            write_manifest(partial, "train", inputs, governing, libraries=("torch", "deepspeed"))
            publish_prepared(partial, path)
            write_text(run.checkpoints / LATEST, path.name + "\n")
    torch.distributed.barrier()


def load_checkpoint(engine: Any, path: Path) -> None:
    """Load a published checkpoint into the engine. Collective; every file's size is checked first."""
    for output in read_manifest(path).outputs:
        file = path / output.path
        if not file.is_file() or file.stat().st_size != output.bytes:
            raise ValueError(f"{file} is missing or cut short: the checkpoint is damaged")
    with weights_only_loading():
        loaded, _ = engine.load_checkpoint(str(path), tag=_ENGINE)
    if loaded is None:
        raise ValueError(f"{path} holds no engine state that fits this layout")


def read_weights(path: Path) -> dict[str, torch.Tensor]:
    """All parameters and router biases of a checkpoint in fp32 by canonical name, gathered from the ranks' ZeRO partitions."""
    state = read_trainer_state(path)
    with weights_only_loading():
        if state.layout["zero_stage"] > 0:
            from deepspeed.utils.zero_to_fp32 import (
                get_fp32_state_dict_from_zero_checkpoint,
            )

            weights = get_fp32_state_dict_from_zero_checkpoint(str(path), tag=_ENGINE)
        else:
            file = path / _ENGINE / "mp_rank_00_model_states.pt"
            weights = torch.load(file, map_location="cpu", weights_only=True)["module"]
    weights = {canonical_name(name): tensor.float() for name, tensor in weights.items()}
    biases = {name: torch.tensor(values, dtype=torch.float32) for name, values in state.router_biases.items()}
    return weights | biases
