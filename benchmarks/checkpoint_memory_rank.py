"""One rank of checkpoint_memory.py: saves or loads, and says what memory that took.

torchrun benchmarks/checkpoint_memory_rank.py DIRECTORY save|load soofi|deepspeed
"""

import ctypes
import json
import sys
from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path
from typing import Any

import torch
from train_step_peers.shape import Shape
from train_step_peers.soofi_trainer import RECIPES, overrides_of

from soofi.checkpoint.trainer_state import TrainerState, checkpoint_name
from soofi.ledger import RunDirectory
from soofi.recipe import load_recipe
from soofi.train.distributed import leave, process_group, sum_over_ranks
from soofi.train.engine import build_engine, device_of, engine_configuration
from soofi.train.first_weights import open_weights
from soofi.train.fragments import EngineState
from soofi.train.libraries import log_to_file
from soofi.train.loading import load_checkpoint
from soofi.train.mesh import Mesh
from soofi.train.saver import Saver, SaveStatus

SHAPE = Shape(micro_batch=1)
ZERO_STAGE = 1
STEP = 1
STATE = TrainerState(STEP, STEP, 0, 0, "", "", "", {})
TAG = "saved"


def main() -> None:
    """Do one work for one party."""
    place, work, party = sys.argv[1:]
    directory = Path(place)
    torch.set_num_threads(1)
    mesh = Mesh.from_environment()
    run = RunDirectory(directory / "run")
    log_to_file(run.logs / f"rank-{mesh.rank}.log")
    with process_group(device_of(mesh)):
        engine = engine_of(mesh, work)
        action = {
            ("save", "soofi"): soofi_save,
            ("save", "deepspeed"): deepspeed_save,
            ("load", "soofi"): soofi_load,
            ("load", "deepspeed"): deepspeed_load,
        }[work, party]
        told = action(engine, mesh, run, directory)
        state = EngineState(engine, mesh.data_rank, mesh.data_size)
        told["share_mib"] = sum(4 * len(part.states) * part.count for part in state.kept) / 2**20
        told["fragment_mib"] = max(4 * part.count for part in state.kept) / 2**20
        figures = {key: round(value, 1) for key, value in told.items()}
        (directory / f"{work}-{party}-{mesh.rank}.json").write_text(json.dumps(figures), encoding="utf-8")


def engine_of(mesh: Mesh, work: str) -> Any:
    """The engine as a run builds it: with first weights, or with room for those of a checkpoint."""
    overrides = [*overrides_of(SHAPE), f"train.zero_stage={ZERO_STAGE}", f"train.ranks={mesh.size}"]
    recipe = load_recipe(RECIPES / "smoke.yaml", [*overrides, f"stages.0.batch_samples={mesh.size}"])
    first = open_weights(recipe.model, SHAPE.vocabulary, recipe.seed) if work == "save" else None
    configuration = engine_configuration(recipe.train, 1, 1)
    return build_engine(recipe.model, recipe.train, SHAPE.vocabulary, first, configuration, device_of(mesh))


def soofi_save(engine: Any, mesh: Mesh, run: RunDirectory, directory: Path) -> dict[str, float]:
    """Two saves: the first takes the memory that the copy stays in."""
    saver = Saver(EngineState(engine, mesh.data_rank, mesh.data_size), run, mesh, {}, {})

    def save(step: int) -> None:
        saver.begin(TrainerState(**{**vars(STATE), "step": step}))
        ended = saver.wait(
            lambda status: SaveStatus(*map(int, sum_over_ranks(astuple(status), device_of(mesh))))
        )
        assert ended is not None and ended.is_published

    told = measured(lambda: save(STEP))
    told["again_mib"] = measured(lambda: save(STEP + 1))["peak_mib"]
    return told


def soofi_load(engine: Any, mesh: Mesh, run: RunDirectory, directory: Path) -> dict[str, float]:
    """A load into an engine without moments."""
    path = run.checkpoints / checkpoint_name(STEP)
    return measured(
        lambda: load_checkpoint(EngineState(engine, mesh.data_rank, mesh.data_size), path, STATE.updates)
    )


def deepspeed_save(engine: Any, mesh: Mesh, run: RunDirectory, directory: Path) -> dict[str, float]:
    """DeepSpeed's own save of the same state."""
    EngineState(engine, mesh.data_rank, mesh.data_size)  # makes the moments that a step would have made
    return measured(lambda: engine.save_checkpoint(str(directory / "deepspeed"), tag=TAG))


def deepspeed_load(engine: Any, mesh: Mesh, run: RunDirectory, directory: Path) -> dict[str, float]:
    """DeepSpeed's own load."""
    return measured(lambda: engine.load_checkpoint(str(directory / "deepspeed"), tag=TAG))


def measured(work: Callable[[], object]) -> dict[str, float]:
    """MiB that were resident at most while `work` ran (peak) and that stayed (kept), above those before."""
    ctypes.CDLL(None).malloc_trim(0)  # what was freed before must not hide what is taken now
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew
    before = resident("VmRSS")
    work()
    return {"peak_mib": resident("VmHWM") - before, "kept_mib": resident("VmRSS") - before}


def resident(key: str) -> float:
    """A line of /proc/self/status in MiB."""
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith(f"{key}:"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"this system tells no {key}")


if __name__ == "__main__":
    main()
    leave(0)
