"""One launch that resumes and saves in many layouts: started by torchrun from test_layouts.py.

Tasks (JSON list of {"name", "overrides", "source", "until"}): a run directory of its own on shared token shards; begin at the
checkpoint of the run `source` (null: at the beginning) and take steps up to `until`, where a checkpoint is saved.
"""

import json
import shutil
import sys
from pathlib import Path

import torch

from soofi.ledger import RunDirectory
from soofi.recipe import load_recipe
from soofi.train import check_start
from soofi.train.distributed import leave, process_group
from soofi.train.engine import device_of
from soofi.train.mesh import Mesh
from soofi.train.rank import build_loop


def main() -> None:
    """Arguments: recipe, prepared run directory, output directory, tasks."""
    recipe_path, prepared, output, tasks = sys.argv[1:]
    mesh = Mesh.from_environment()
    device = device_of(mesh)
    torch.set_num_threads(1)
    with process_group(device):
        for task in json.loads(tasks):
            recipe = load_recipe(
                recipe_path, [*task["overrides"], f"run_root={output}", f"name={task['name']}"]
            )
            run = RunDirectory(recipe.run_directory)
            if mesh.is_first:
                run.path.mkdir()
                for part in ("tokenizer", "tokens"):
                    (run.path / part).symlink_to(Path(prepared) / part, target_is_directory=True)
                if task["source"]:
                    shutil.copytree(Path(output) / task["source"] / "checkpoints", run.checkpoints)
            torch.distributed.barrier()
            walk(recipe, run, mesh, device, task["until"])


def walk(recipe, run: RunDirectory, mesh: Mesh, device: torch.device, until: int) -> None:
    """Take steps up to `until` and save; rank 0 writes the losses."""
    start = check_start(recipe, run, mesh.data_size, resume=True)
    loop = build_loop(recipe, run, mesh, device, start)
    losses = [loop.take_step(step)[0]["loss"] for step in range(start.steps_taken, until)]
    loop.save(until)
    if mesh.is_first:
        (run.path / "losses.json").write_text(json.dumps(losses))


if __name__ == "__main__":
    main()
    leave(0)
