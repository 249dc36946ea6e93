"""One launch that saves the same states twice, as soofi's checkpoint and as DeepSpeed's: started by torchrun from
tests/cli/test_checkpoint_conversion.py.

For every variant: a run directory of its own on shared token shards, two steps, a checkpoint in it, and in `deepspeed/` what
`engine.save_checkpoint` writes.
"""

import json
import shutil
import sys
from pathlib import Path

import torch

from soofi.ledger import RunDirectory, write_text
from soofi.recipe import dump_recipe, load_recipe
from soofi.train import check_start
from soofi.train.distributed import leave, process_group
from soofi.train.engine import device_of
from soofi.train.mesh import Mesh
from soofi.train.rank import build_loop

STEPS = 2


def main() -> None:
    """Arguments: recipe, prepared run directory, output directory, JSON of {variant: [overrides]}."""
    recipe_path, prepared, output, variants = sys.argv[1:]
    mesh = Mesh.from_environment()
    device = device_of(mesh)
    torch.set_num_threads(1)
    with process_group(device):
        for name, overrides in json.loads(variants).items():
            recipe = load_recipe(recipe_path, [*overrides, f"run_root={output}", f"name={name}"])
            run = RunDirectory(recipe.run_directory)
            if mesh.is_first:
                for part in ("tokenizer", "tokens"):
                    shutil.copytree(Path(prepared) / part, run.path / part)
                write_text(run.recipe, dump_recipe(recipe))
            torch.distributed.barrier()
            save_twice(recipe, run, mesh, device)


def save_twice(recipe, run: RunDirectory, mesh: Mesh, device: torch.device) -> None:
    """Take two steps, so that weights and moments differ from where they began, and save."""
    start = check_start(recipe, run, mesh.data_size, resume=False)
    loop = build_loop(recipe, run, mesh, device, start)
    for step in range(STEPS):
        loop.take_step(step)
    loop.save(STEPS)
    loop.engine.save_checkpoint(str(run.path / "deepspeed"), tag="two")


if __name__ == "__main__":
    main()
    leave(0)
