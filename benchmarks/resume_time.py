"""Time from the command to the end of the first step of a resume, by tokens consumed so far; beside transformers' Trainer.

    python benchmarks/resume_time.py [--rounds N] [--directory DIRECTORY]

A run of 32,768 tokens a step stands after 1e6, 1e8 and 1e10 tokens: its checkpoint, a line of metrics for each step, a
ledger line for every thousandth, and token shards as long as what was consumed. The shards are sparse files with true
indices. Measured is `soofi train --resume` as a user starts it, torchrun included, until the first new line of
metrics.jsonl. The Trainer reads the same token file in the two ways that people give it one: by index, and as a stream; it
is measured from its start to the end of its first step, at the first two sizes. The processor's seconds of all processes are
measured too: others' work on the machine hardly touches them. All compute with one thread. With `--directory`, what was prepared
there is used again.
"""

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from result_file import write_result
from sparse_tokens import write_sparse_shard
from train_step_peers.soofi_trainer import ONE_RANK, RECIPES

from soofi.checkpoint.trainer_state import checkpoint_name
from soofi.ledger import RunDirectory, read_manifest, write_manifest
from soofi.pipeline import open_run
from soofi.recipe import Recipe, load_recipe
from soofi.tokens import tokens_governing
from soofi.train import check_start
from soofi.train.distributed import process_group
from soofi.train.engine import device_of
from soofi.train.mesh import Mesh
from soofi.train.rank import build_loop

SIZES = {"1e6": 10**6, "1e8": 10**8, "1e10": 10**10}
PEER_SIZES = ("1e6", "1e8")
PEERS = {"transformers Trainer, by index": "index", "transformers Trainer, a stream": "stream"}
OURS = "soofi"
SEQUENCE, BATCH = 512, 64
STEP_TOKENS = SEQUENCE * BATCH
Taken = tuple[float, float]
"""Seconds, and seconds of all processors."""
STEPS_A_SAVE = 1000
"""Every so many steps the run has saved, and pruned the save before."""


def main() -> None:
    """Prepare, measure, print, write the result."""
    parser = argparse.ArgumentParser(description="Time to the first step of a resume.")
    parser.add_argument("--rounds", type=int, default=3, help="times that each is measured, in turn")
    parser.add_argument("--directory", type=Path, help="where to prepare the runs, and keep them")
    parser.add_argument(
        "--prepare", choices=SIZES, help="prepare this one in --directory, and measure nothing"
    )
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        directory = chosen.directory or Path(temporary)
        if chosen.prepare:
            prepare(directory, chosen.prepare, SIZES[chosen.prepare])
            return
        for name in SIZES:
            if not (run_of(directory, name).path / "prepared").exists():
                # DeepSpeed makes engines in one process group of a process only.
                command = [sys.executable, __file__, "--directory", str(directory), "--prepare", name]
                subprocess.run(command, check=True)
        measured = measure(directory, chosen.rounds)
    seconds, processor = (
        {
            who: {size: [times[at] for times in taken] for size, taken in by_size.items()}
            for who, by_size in measured.items()
        }
        for at in (0, 1)
    )
    medians, processor_medians = (
        {
            who: {size: round(float(np.median(times)), 2) for size, times in by_size.items()}
            for who, by_size in of.items()
        }
        for of in (seconds, processor)
    )
    print(medians, processor_medians)
    figures = {
        "tokens_per_step": STEP_TOKENS,
        "steps_taken": {name: steps_of(tokens) for name, tokens in SIZES.items()},
        "rounds": chosen.rounds,
        "median_seconds": medians,
        "median_processor_seconds": processor_medians,
        "ratio_to_1e6": ratio_to_first(medians),
        "processor_ratio_to_1e6": ratio_to_first(processor_medians),
        "seconds": seconds,
        "processor_seconds": processor,
    }
    print(write_result("resume_time", figures))


def ratio_to_first(medians: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """Each size beside the smallest one."""
    return {
        who: {size: round(value / by_size["1e6"], 3) for size, value in by_size.items()}
        for who, by_size in medians.items()
    }


def steps_of(tokens: int) -> int:
    """Whole steps nearest to so many tokens."""
    return round(tokens / STEP_TOKENS)


def run_of(directory: Path, name: str) -> RunDirectory:
    """The run of one size."""
    return RunDirectory(directory / f"after-{name}-tokens")


def overrides_of(directory: Path, name: str) -> list[str]:
    """The changes to recipes/smoke.yaml: one course for all sizes, longer than the longest."""
    never = 10**9
    return [
        f"run_root={directory}",
        f"name={run_of(directory, name).path.name}",
        "languages=[en]",
        "model.max_position_embeddings=512",
        f"stages.0.tokens={2 * max(SIZES.values())}",
        f"stages.0.sequence_length={SEQUENCE}",
        f"stages.0.batch_samples={BATCH}",
        "train.micro_batch_samples=8",
        "train.ranks=1",
        "train.threads_per_rank=1",
        f"train.checkpoints.every_steps={never}",
        f"train.validation.every_steps={never}",
    ]


def recipe_of(directory: Path, name: str) -> Recipe:
    """The recipe of one size."""
    return load_recipe(RECIPES / "smoke.yaml", overrides_of(directory, name))


def prepare(directory: Path, name: str, tokens: int) -> None:
    """Make a run that stands after `tokens` tokens, and the peer's checkpoint there."""
    command = [sys.executable, "-m", "soofi", "tokens", str(RECIPES / "smoke.yaml")]
    for stage in ("corpus", "tokenizer", "tokens"):
        command[3] = stage
        subprocess.run([*command, *overrides_of(directory, name)], check=True, stdout=subprocess.DEVNULL)
    recipe, run = recipe_of(directory, name), run_of(directory, name)
    lengthen(run, recipe, tokens + 100 * STEP_TOKENS)
    os.environ |= ONE_RANK
    mesh = Mesh.from_environment()
    device = device_of(mesh)
    with open_run(recipe, print), process_group(device):
        start = check_start(recipe, run, 1, resume=False)
        loop = build_loop(recipe, run, mesh, device, start)
        figures, _ = loop.take_step(0)
        write_history(run, figures, steps_of(tokens))
        loop.save(steps_of(tokens))
    for variable in ONE_RANK:
        del os.environ[variable]
    shard = longest_shard(run)
    for kind in PEERS.values():
        if name in PEER_SIZES:
            peer(kind, shard, run.path / f"peer-{kind}", steps_of(tokens), "--prepare").wait()
    (run.path / "prepared").touch()


def lengthen(run: RunDirectory, recipe: Recipe, tokens: int) -> None:
    """Put a sparse shard of `tokens` tokens behind the run's English ones."""
    before = read_manifest(run.tokens)
    path = next((run.tokens / "train").glob("*/en/part-00000.bin")).with_name("part-00001.bin")
    documents = write_sparse_shard(path, tokens)
    name = path.relative_to(run.tokens).as_posix()
    write_manifest(
        run.tokens,
        "tokens",
        before.inputs,
        tokens_governing(recipe),
        rows={output.path: output.rows for output in before.outputs if output.rows is not None}
        | {name: documents},
        tokens={output.path: output.tokens for output in before.outputs if output.tokens is not None}
        | {name: tokens},
        libraries=sorted(before.libraries),
    )


def longest_shard(run: RunDirectory) -> Path:
    """The sparse one."""
    return next((run.tokens / "train").glob("*/en/part-00001.bin"))


def write_history(run: RunDirectory, figures: dict[str, Any], steps: int) -> None:
    """The lines that the steps and saves so far would have left."""
    with open(run.metrics, "w", encoding="utf-8") as file:
        for step in range(steps):
            line = figures | {"step": step, "tokens_seen": (step + 1) * STEP_TOKENS}
            file.write(json.dumps(line) + "\n")
    subject, before = f"{run.checkpoints.name}/{{}}", None
    for step in range(STEPS_A_SAVE, steps, STEPS_A_SAVE):
        saved = subject.format(checkpoint_name(step))
        facts = {"manifest_sha256": "0" * 64, "step": step, "tokens_seen": step * STEP_TOKENS}
        run.ledger.append("checkpoint", saved, facts | ({"pruned": [before]} if before else {}))
        before = saved
    if before:
        run.ledger.append("resume", "train", {"pruned": [before]})


def measure(directory: Path, rounds: int) -> dict[str, dict[str, list[Taken]]]:
    """What was taken by contender and size; the first round warms up the files and is not counted."""
    measured: dict[str, dict[str, list[Taken]]] = {OURS: {size: [] for size in SIZES}}
    measured |= {who: {size: [] for size in PEER_SIZES} for who in PEERS}
    for turn in range(rounds + 1):
        for size, tokens in SIZES.items():
            taken = {OURS: resume(directory, size)}
            if size in PEER_SIZES:
                run = run_of(directory, size)
                for who, kind in PEERS.items():
                    taken[who] = resume_peer(
                        kind, longest_shard(run), run.path / f"peer-{kind}", steps_of(tokens)
                    )
            print(size, taken, flush=True)
            if turn:
                for who, value in taken.items():
                    measured[who][size].append(value)
    return measured


def resume(directory: Path, name: str) -> Taken:
    """Resume as a user does, until the first new line of metrics; then everything is killed."""
    run = run_of(directory, name)
    length = run.metrics.stat().st_size
    began = time.perf_counter()
    command = [sys.executable, "-m", "soofi", "train", str(RECIPES / "smoke.yaml"), "--resume"]
    with subprocess.Popen(
        [*command, *overrides_of(directory, name)], start_new_session=True, stdout=subprocess.PIPE
    ) as process:
        while run.metrics.stat().st_size <= length:
            time.sleep(0.005)
            assert process.poll() is None, f"the resume ended early: see {run.logs}"
        seconds, processor = time.perf_counter() - began, processor_seconds(process.pid)
        os.killpg(process.pid, signal.SIGKILL)
        assert process.stdout is not None
        process.stdout.read()  # ends with the last of its processes, which die with it
    os.truncate(run.metrics, length)
    return round(seconds, 3), round(processor, 3)


def processor_seconds(root: int) -> float:
    """Of a process, those below it, and those of them that have ended."""
    parents, ticks = {}, {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            values = path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        process = int(path.parent.name)
        # From the state on: proc_pid_stat(5) counts it as the third value, the parent as the fourth, times from the 14th.
        parents[process], ticks[process] = int(values[1]), sum(map(int, values[11:15]))
    family = {root}
    while found := {process for process, parent in parents.items() if parent in family} - family:
        family |= found
    return sum(ticks[process] for process in family) / os.sysconf("SC_CLK_TCK")


def peer(kind: str, shard: Path, directory: Path, steps: int, *options: str) -> subprocess.Popen[bytes]:
    """Start the Trainer on the tokens of a shard."""
    script = Path(__file__).with_name("resume_peer.py")
    command = [sys.executable, str(script), kind, str(shard), str(directory), str(steps), *options]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def resume_peer(kind: str, shard: Path, directory: Path, steps: int) -> Taken:
    """The same of the Trainer: until it says that its first step is done."""
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    with peer(kind, shard, directory, steps) as process:
        assert process.stdout is not None
        if all(line.strip() != str(steps + 1).encode() for line in process.stdout):
            raise RuntimeError(f"the Trainer did not come to step {steps + 1}")
        seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return round(seconds, 3), round(processor, 3)


if __name__ == "__main__":
    main()
