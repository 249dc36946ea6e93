"""What a save costs the training: 125 M parameters, beside `torch.save` and DeepSpeed's `save_checkpoint`, in one run.

    python benchmarks/checkpoint_stall.py [--rounds N] [--steps N] [--directory DIRECTORY]

One rank trains, on a GPU if there is one; on CPU with as many threads as there are cores, so that a save in the background
takes its time from the training.
A round has one segment of equal steps for each way to save and one without; a save stands at the beginning of a segment.
Blocked is the time in which no step can run: the call, and for the two peers the fsync of the files and their directory.
Stall is what the segment took longer than as many steps of the same round's segment without a save; a segment goes on
until a save in the background is over. The processor's seconds are compared in the same way; they hold the spinning of the
training's threads that wait for one whose core the save has. Bytes on disk are counted too. Old files are deleted between
segments for the peers; this trainer's own pruning falls into the measured steps.
"""

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from result_file import write_result
from train_step_peers.shape import ENDLESS_STEPS
from train_step_peers.soofi_trainer import ONE_RANK, RECIPES, random_loop

from soofi.ledger import RunDirectory, flush
from soofi.recipe import Recipe, load_recipe
from soofi.train.distributed import process_group
from soofi.train.engine import device_of
from soofi.train.fragments import EngineState
from soofi.train.libraries import log_to_file
from soofi.train.loop import Loop
from soofi.train.mesh import Mesh

OURS, TORCH, DEEPSPEED, NONE = "soofi", "torch.save", "DeepSpeed save_checkpoint", "no save"
VOCABULARY, SEQUENCE = 32_768, 64
PEERS = (TORCH, DEEPSPEED)
WARM_UP = 3


def main() -> None:
    """Measure, print, write the result."""
    parser = argparse.ArgumentParser(description="What a save costs the training, 125 M parameters.")
    parser.add_argument("--rounds", type=int, default=5, help="counted rounds")
    parser.add_argument("--steps", type=int, default=5, help="steps of a segment")
    parser.add_argument(
        "--directory", type=Path, help="where to save (default: the place of temporary files)"
    )
    chosen = parser.parse_args()
    os.environ |= ONE_RANK
    threads = len(os.sched_getaffinity(0))
    torch.set_num_threads(threads)
    with tempfile.TemporaryDirectory(dir=chosen.directory) as directory:
        run = RunDirectory(Path(directory) / "run")
        log_to_file(run.logs / "rank-0.log")
        mesh = Mesh.from_environment()
        with process_group(device_of(mesh)):
            recipe = recipe_of(Path(directory), threads)
            loop = random_loop(recipe, VOCABULARY, run, mesh, lambda: None)
            loop.inputs = {"tokenizer": "random tokens"}
            segments = Segments(loop, Path(directory), chosen.steps)
            figures = measure(segments, chosen.rounds)
    print({key: figures[key] for key in ("median_seconds", "ratio_to_best_peer", "bytes_per_parameter")})
    name = "checkpoint_stall_gpu" if torch.cuda.is_available() else "checkpoint_stall"
    print(write_result(name, figures))


def recipe_of(directory: Path, threads: int) -> Recipe:
    """125 M parameters, samples of 64 tokens one at a time, without end."""
    path = directory / "recipe.yaml"
    path.write_text(f"extends: [{RECIPES / 'smoke.yaml'}, {RECIPES / 'models/125m.yaml'}]\n")
    overrides = [
        f"tokenizer.vocabulary_size={VOCABULARY}",
        "model.initializer_range=0.02",
        f"stages.0.tokens={ENDLESS_STEPS * SEQUENCE}",
        f"stages.0.sequence_length={SEQUENCE}",
        "stages.0.batch_samples=1",
        "train.precision=bf16",
        "train.zero_stage=1",
        "train.ranks=1",
        f"train.threads_per_rank={threads}",
        "train.checkpoints.keep_last=1",
    ]
    return load_recipe(path, overrides)


class Segments:
    """Runs segments of steps, each with a save of one kind before it, and says what they took."""

    def __init__(self, loop: Loop, directory: Path, steps: int):
        self._loop, self._directory, self._steps = loop, directory, steps
        self._state = EngineState(loop.engine, 0, 1)
        self._step = 0
        self.parameters = sum(fragment.count for fragment in self._state.owned)
        self.bytes_on_disk: dict[str, int] = {}
        self._saves: dict[str, Callable[[Path], None]] = {TORCH: self._torch, DEEPSPEED: self._deepspeed}

    def take_steps(self, count: int) -> None:
        """Take `count` steps."""
        for _ in range(count):
            self._loop.take_step(self._step)
            self._step += 1

    def run(self, kind: str) -> tuple[float, float, float, int]:
        """One segment; returns seconds blocked by the save, seconds and processor seconds altogether, and steps taken."""
        path = self._directory / kind.replace(" ", "-")
        shutil.rmtree(path, ignore_errors=True)
        began, processor_began = time.perf_counter(), time.process_time()
        if kind == OURS:
            self._loop.begin_save(self._step)
        elif kind != NONE:
            self._saves[kind](path)
        blocked = time.perf_counter() - began
        first = self._step
        self.take_steps(self._steps)
        while self._loop.saver.is_busy:
            self.take_steps(1)
        seconds, processor_seconds = time.perf_counter() - began, time.process_time() - processor_began
        print(f"{kind}: blocked {blocked:.2f} s, {self._step - first} steps in {seconds:.2f} s", flush=True)
        if kind == OURS:
            path = self._loop.run.checkpoints
        self.bytes_on_disk[kind] = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
        return blocked, seconds, processor_seconds, self._step - first

    def _torch(self, path: Path) -> None:
        path.mkdir()
        torch.save(
            {(part.name, part.start): dict(part.states) for part in self._state.owned}, path / "state.pt"
        )
        flush_all(path)

    def _deepspeed(self, path: Path) -> None:
        self._loop.engine.save_checkpoint(str(path), tag="saved")
        flush_all(path)


def flush_all(path: Path) -> None:
    """Wait until everything below a directory is on the disk."""
    for file in [*path.rglob("*"), path]:
        flush(file)


def measure(segments: Segments, rounds: int) -> dict[str, Any]:
    """Seconds of all kinds in turn, and what follows from them."""
    kinds = [NONE, OURS, *PEERS]
    segments.take_steps(WARM_UP)
    first = dict(zip(("blocked", "segment", "processor", "steps"), segments.run(OURS), strict=True))
    for kind in PEERS:
        segments.run(kind)
    rounds_of: dict[str, list[tuple[float, float, float, int]]] = {kind: [] for kind in kinds}
    for turn in range(rounds):
        for kind in kinds[turn % len(kinds) :] + kinds[: turn % len(kinds)]:
            rounds_of[kind].append(segments.run(kind))
    blocked, seconds, processor_seconds, steps = (
        {kind: np.asarray([one[at] for one in rounds_of[kind]]) for kind in kinds} for at in range(4)
    )
    step_seconds = seconds[NONE] / steps[NONE]
    stall, work = (
        {kind: of[kind] - steps[kind] * of[NONE] / steps[NONE] for kind in (OURS, *PEERS)}
        for of in (seconds, processor_seconds)
    )
    medians = {
        kind: {
            "blocked": median(blocked[kind]),
            "stall": median(stall[kind]),
            "processor": median(work[kind]),
        }
        for kind in (OURS, *PEERS)
    }
    return {
        "parameters": segments.parameters,
        "settings": {
            "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu",
            "ranks": 1,
            "threads": torch.get_num_threads(),
            "precision": "bf16",
            "zero_stage": 1,
            "tokens_per_step": SEQUENCE,
            "rounds": rounds,
        },
        "step_seconds": median(step_seconds),
        "median_seconds": medians,
        "ratio_to_best_peer": {
            figure: round(medians[OURS][figure] / min(medians[kind][figure] for kind in PEERS), 3)
            for figure in ("blocked", "stall", "processor")
        },
        "first_save_seconds": {key: round(value, 3) for key, value in first.items()},
        "bytes_per_parameter": {
            kind: round(segments.bytes_on_disk[kind] / segments.parameters, 4) for kind in (OURS, *PEERS)
        },
        "blocked_seconds": rounded(blocked),
        "segment_seconds": rounded(seconds),
        "segment_processor_seconds": rounded(processor_seconds),
        "segment_steps": {kind: counts.tolist() for kind, counts in steps.items()},
    }


def median(values: Sequence[float] | np.ndarray) -> float:
    """Median, to a tenth of a millisecond."""
    return round(float(np.median(values)), 4)


def rounded(series: dict[str, np.ndarray]) -> dict[str, list[float]]:
    """To a millisecond."""
    return {kind: [round(float(value), 3) for value in values] for kind, values in series.items()}


if __name__ == "__main__":
    main()
