"""Starting torchrun on this machine."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

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
        if n == 1 or all(s.batch_samples % (n * micro) == 0 for s in recipe.stages)
    )


def gpus_here() -> int:
    """GPUs that this process may use, counted without loading torch."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return len([name for name in visible.split(",") if name.strip()])
    return sum(1 for _ in Path("/dev").glob("nvidia[0-9]*"))


def run_torchrun(arguments: Sequence[str], ranks: int, threads_per_rank: int, log: Path) -> tuple[int, bool]:
    """Run `python -m soofi ARGUMENTS` as `ranks` processes on this machine and wait. torchrun's messages go to `log`.

    Returns the exit code of the rank that failed first (0 if none did) and whether SIGINT or SIGTERM came meanwhile.
    Ctrl-C reaches the ranks from the terminal themselves; SIGTERM is passed on. Both let them leave a checkpoint.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable,
        "-m",
        "soofi.launch.agent",
        str(log),
        "--standalone",
        "--nproc-per-node",
        str(ranks),
    ]
    command += ["-m", "soofi", *arguments]
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads_per_rank)}
    signals: list[int] = []
    process = subprocess.Popen(command, env=environment)

    def note(number: int, frame: FrameType | None) -> None:
        signals.append(number)
        if number == signal.SIGTERM:
            process.send_signal(number)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        return process.wait(), bool(signals)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
