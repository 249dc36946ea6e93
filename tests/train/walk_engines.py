"""One launch that walks through many engines: started by torchrun from test_engines.py.

For every variant: a run directory of its own on shared token shards, all steps taken, a checkpoint saved, and the model's
logits on fixed tokens written down beside it.
"""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import torch

from soofi.ledger import RunDirectory
from soofi.recipe import load_recipe
from soofi.train import check_start
from soofi.train.distributed import leave, process_group
from soofi.train.engine import device_of
from soofi.train.mesh import Mesh
from soofi.train.rank import build_loop


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
            torch.distributed.barrier()
            walk(recipe, run, mesh, device)


def walk(recipe, run: RunDirectory, mesh: Mesh, device: torch.device) -> None:
    """Train to the end; rank 0 writes losses, first-step loss and logits."""
    start = check_start(recipe, run, mesh.data_size, resume=False)
    loop = build_loop(recipe, run, mesh, device, start)
    figures = [loop.take_step(step)[0] for step in range(start.table.steps)]
    loop.save(start.table.steps)
    tokens = torch.from_numpy(np.arange(48).reshape(2, 24) * 7 % 1000)
    loop.engine.eval()
    with torch.no_grad():
        logits = loop.engine(tokens)
    if mesh.is_first:
        torch.save({"tokens": tokens, "logits": logits.float()}, run.path / "logits.pt")
        (run.path / "figures.json").write_text(json.dumps(figures))


if __name__ == "__main__":
    main()
    leave(0)
