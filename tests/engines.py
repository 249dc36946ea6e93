"""One launch of torchrun for many engines."""

import json
import os
import subprocess
import sys
from pathlib import Path


def walk_engines(
    ranks: int,
    recipe: Path,
    prepared: Path,
    output: Path,
    variants: dict[str, list[str]],
    timeout: float = 600,
) -> None:
    """Train every variant (name: overrides) of a recipe in one launch of torchrun, each into a run of its name in `output`.

    `prepared`: a run whose tokenizer and token shards they share.
    """
    script = Path(__file__).parent / "train" / "walk_engines.py"
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(ranks)]
    command += [str(script), str(recipe), str(prepared), str(output), json.dumps(variants)]
    done = subprocess.run(
        command, env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True, text=True, timeout=timeout
    )
    assert done.returncode == 0, done.stderr[-4000:]
