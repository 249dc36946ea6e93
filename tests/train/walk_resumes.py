"""One launch that resumes a run at every step: started by torchrun from test_resume_exactness.py.

For every variant: the undisturbed run, which saves after every step, and for each step that is asked for a run that was cut
off some time after it and goes on from its checkpoint to the end.
"""

import json
import shutil
import sys
from pathlib import Path

import torch

from soofi.checkpoint.trainer_state import checkpoint_name
from soofi.ledger import RunDirectory
from soofi.recipe import Recipe, load_recipe
from soofi.train import check_start
from soofi.train.determinism import make_deterministic
from soofi.train.distributed import leave, process_group
from soofi.train.engine import device_of
from soofi.train.mesh import Mesh
from soofi.train.rank import train_from


def main() -> None:
    """Arguments: recipe, prepared run directory, output directory, JSON of {variant: [overrides, steps]}."""
    recipe_path, prepared, output, variants = sys.argv[1:]
    mesh = Mesh.from_environment()
    device = device_of(mesh)
    torch.set_num_threads(1)
    make_deterministic(device)
    with process_group(device):
        for name, (overrides, resumed) in json.loads(variants).items():
            recipe = load_recipe(recipe_path, [*overrides, f"run_root={output}", f"name={name}"])
            whole = RunDirectory(recipe.run_directory)
            if mesh.is_first:
                lend_data(Path(prepared), whole)
                whole.ledger.append("environment", "machine", {})
            walk(recipe, whole, mesh, device)
            for step in resumed:
                cut_off = RunDirectory(Path(output) / f"{name}-from-{step}")
                if mesh.is_first:
                    lend_data(Path(prepared), cut_off)
                    cut_off_after(whole, cut_off, step)
                walk(recipe, cut_off, mesh, device)


def walk(recipe: Recipe, run: RunDirectory, mesh: Mesh, device: torch.device) -> None:
    """Train to the end, from the newest checkpoint if there is one."""
    torch.distributed.barrier()
    start = check_start(recipe, run, mesh.data_size, resume=True)
    assert train_from(start, recipe, run, mesh, device)
    torch.distributed.barrier()


def lend_data(prepared: Path, run: RunDirectory) -> None:
    """Tokenizer and token shards of another run."""
    run.path.mkdir()
    for part in ("tokenizer", "tokens"):
        (run.path / part).symlink_to(prepared / part, target_is_directory=True)


def cut_off_after(whole: RunDirectory, run: RunDirectory, step: int) -> None:
    """What a run has on disk that was killed some steps after the checkpoint of `step`, while it wrote a line."""
    run.checkpoints.mkdir()
    shutil.copytree(whole.checkpoints / checkpoint_name(step), run.checkpoints / checkpoint_name(step))
    (run.checkpoints / "latest").write_text(checkpoint_name(step) + "\n")
    shutil.copy(whole.ledger.path, run.ledger.path)
    lines = whole.metrics.read_bytes().splitlines(keepends=True)
    run.metrics.write_bytes(b"".join(lines[: step + 3]) + lines[0][: 10 * step])


if __name__ == "__main__":
    main()
    leave(0)
