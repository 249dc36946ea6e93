"""Starting torchrun on this machine."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from soofi.recipe import Recipe

CPU_RANKS = 2
"""Ranks on a machine without GPUs where the recipe does not say otherwise."""


def local_ranks(recipe: Recipe, gpus: int) -> int:
    """How many ranks to start here: the recipe's number; else one a GPU, as many as the batches divide by; else two."""
    if recipe.train.ranks:
        return recipe.train.ranks
    most = gpus or CPU_RANKS
    micro = recipe.train.micro_batch_samples or 1
    return max(
        n
        for n in range(1, most + 1)
        if n == 1 or all(batch % (n * micro) == 0 for stage in recipe.stages for batch in stage.batches)
    )


def gpus_here() -> int:
    """GPUs that this process may use, counted without loading torch."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        names = [name.strip() for name in visible.split(",")]
        # As CUDA reads it: the first name that is none, such as -1, ends the list.
        return next((i for i, name in enumerate(names) if not name or name.startswith("-")), len(names))
    return sum(1 for _ in Path("/dev").glob("nvidia[0-9]*"))


def run_torchrun(arguments: Sequence[str], ranks: int, threads_per_rank: int, log: Path) -> tuple[int, bool]:
    """Run `python -m soofi ARGUMENTS` as `ranks` processes on this machine and wait. torchrun's messages go to `log`.

    Returns the exit code of the rank that failed first (0 if none did) and whether SIGINT or SIGTERM came meanwhile. The
    first of them lets the ranks leave a checkpoint; a second one ends them at once. The ranks end with this process.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable,
        "-m",
        "soofi.launch.agent",
        str(os.getpid()),
        str(log),
        "--standalone",
        "--nproc-per-node",
        str(ranks),
    ]
    command += ["-m", "soofi", *arguments]
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads_per_rank)}
    # torchrun would kill ranks that take longer than half a minute to save their last checkpoint.
    environment.setdefault("TORCH_ELASTIC_SHUTDOWN_TIMEOUT", "3600")
    signals: list[int] = []
    # A session of its own: Ctrl-C on a terminal comes here only, and reaches the ranks one way, by `pass_on`.
    process = subprocess.Popen(command, env=environment, start_new_session=True)

    def pass_on(number: int, frame: FrameType | None) -> None:
        signals.append(number)
        process.send_signal(signal.SIGTERM if len(signals) == 1 else signal.SIGKILL)

    before: dict[int, Any] = {}
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            before[number] = signal.signal(number, pass_on)
        return process.wait(), bool(signals)
    finally:
        for caught, handler in before.items():
            signal.signal(caught, handler)
        if process.poll() is None:  # a signal came before it could be passed on
            process.kill()
            process.wait()
        if process.returncode and sys.stderr.isatty():
            sys.stderr.write("\x1b[?25h")  # a rank that was ended at once has left its bar, and no cursor
            sys.stderr.flush()
