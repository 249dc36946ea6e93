"""One launch that builds many engines and writes down what every parameter begins with: started by torchrun from
test_first_weights.py.
"""

import hashlib
import json
import sys
from contextlib import nullcontext
from pathlib import Path

import torch

from soofi.ledger import RunDirectory
from soofi.recipe import load_recipe
from soofi.train import check_start
from soofi.train.canonical_names import canonical_parameters
from soofi.train.distributed import leave, process_group
from soofi.train.engine import device_of
from soofi.train.libraries import import_deepspeed
from soofi.train.mesh import Mesh
from soofi.train.rank import build_loop


def main() -> None:
    """Arguments: recipe, output file, JSON of {variant: [prepared run directory, *overrides]}."""
    recipe_path, output, variants = sys.argv[1:]
    mesh = Mesh.from_environment()
    device = device_of(mesh)
    torch.set_num_threads(1)
    found = {}
    with process_group(device):
        for name, (prepared, *overrides) in json.loads(variants).items():
            place = Path(output).parent / f"ranks-{mesh.size}"
            recipe = load_recipe(recipe_path, [*overrides, f"run_root={place}", f"name={name}"])
            run = RunDirectory(recipe.run_directory)
            if mesh.is_first:
                run.path.mkdir(parents=True)
                for part in ("tokenizer", "tokens"):
                    (run.path / part).symlink_to(Path(prepared) / part)
            torch.distributed.barrier()
            found[name] = walk(recipe, run, mesh, device)
    if mesh.is_first:
        Path(output).write_text(json.dumps(found))


def walk(recipe, run: RunDirectory, mesh: Mesh, device: torch.device) -> dict[str, object]:
    """What the parameters begin with, and the loss of the first step."""
    loop = build_loop(recipe, run, mesh, device, check_start(recipe, run, mesh.data_size, resume=False))
    return {
        "parameters": digests(loop.engine, device),
        "masters": digests(loop.engine, device, masters=True),
        "loss": loop.take_step(0)[0]["loss"],
    }


def digests(engine, device: torch.device, masters: bool = False) -> dict[str, str]:
    """Canonical name → SHA-256 of a parameter's shape, type and bits, gathered from all ranks; with `masters`, of the fp32
    value that the optimizer holds."""
    deepspeed = import_deepspeed()
    stage = engine.zero_optimization_stage()
    found = {}
    for name, parameter in canonical_parameters(engine):
        if masters:
            whole = deepspeed.utils.safe_get_full_fp32_param(parameter) if stage else parameter
            whole = parameter if whole is None else whole
        gathered = deepspeed.zero.GatheredParameters([parameter]) if stage == 3 else nullcontext()
        with gathered:
            value = whole if masters else parameter
            flat = value.detach().contiguous().view(-1).view(torch.uint8).cpu().numpy()
            say = f"{tuple(parameter.shape)} {value.dtype} "
            found[name] = hashlib.sha256(say.encode() + flat.tobytes()).hexdigest()
    return found


if __name__ == "__main__":
    main()
    leave(0)
