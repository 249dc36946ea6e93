#!/usr/bin/env python3
"""Kill a training run with `kill -9` again and again, and hold every save and every figure against an undisturbed run.

    python scripts/kill_chain.py --kills 200 --seed 1 [--directory runs/kill-chain] [--zero-stage 2]

A tiny run of two ranks under torchrun saves every third step. It is recorded once undisturbed; then it is started and
killed, all ranks or one alone, at instants drawn from the seed over the whole wall time, start-up included. After each
kill, weights, moments, trainer state and metrics (but rates) of all that was saved must be those of the undisturbed run,
bit for bit. A run that comes to its end is compared as a whole and begun anew; that is no kill.

Every start is one line of `DIRECTORY/kills.jsonl`. The same command goes on where an earlier one was ended. Exit codes:
0 done, 1 a difference (named on the last line; the run that shows it is left), 2 a directory of another seed or stage.
"""

import argparse
import dataclasses
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from tests.kills import Chain, Course, write_recipe  # noqa: E402 - found by the line above
from tests.running import DEADLINE_SECONDS, processes_of  # noqa: E402

SMOKE = REPOSITORY / "recipes" / "smoke.yaml"


def main() -> int:
    """Go on with the chain, or begin it; returns the exit code."""
    asked = arguments()
    directory: Path = asked.directory.resolve()
    directory.mkdir(parents=True, exist_ok=True)
    log = directory / "kills.jsonl"
    lines = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    if lines and (lines[0]["seed"], lines[0]["zero_stage"]) != (asked.seed, asked.zero_stage):
        print(f"{log} is of another seed or ZeRO stage: name another --directory", file=sys.stderr)
        return 2

    prepared = directory / "prepared" / "smoke"
    recipe = write_recipe(SMOKE, directory / "tiny.yaml", asked.zero_stage, length=4)
    recorded = directory / "course.json"
    if not recorded.exists():
        for stage in ("corpus", "tokenizer", "tokens"):
            command = [sys.executable, "-m", "soofi", stage, SMOKE, f"run_root={prepared.parent}"]
            subprocess.run(command, cwd=REPOSITORY, check=True)
        recorded.write_text(Course.record(prepared, recipe, directory / "undisturbed").to_json())
    course = Course.from_json(recorded.read_text())

    def tell(values: dict[str, Any]) -> None:
        with log.open("a") as file:
            file.write(json.dumps(values) + "\n")
        print(json.dumps(values), flush=True)

    if not lines:
        lines.append({"seed": asked.seed, "zero_stage": asked.zero_stage})
        tell(
            lines[0]
            | {"seconds_undisturbed": round(course.seconds, 2), "saves_undisturbed": len(course.states)}
        )
    attempts = [line for line in lines if "instant_seconds" in line]
    chain = Chain(prepared, recipe, directory, course, asked.seed, attempts)
    wait_for_others(chain.run)
    kills = sum(attempt["counts"] for attempt in attempts)
    try:
        for attempt in chain.attempts(asked.kills - kills):
            attempts.append(dataclasses.asdict(attempt))
            tell(attempts[-1])
    except AssertionError as difference:
        tell({"difference": str(difference), "run": str(chain.run)})
        return 1
    tell(
        {
            "kills": sum(attempt["counts"] for attempt in attempts),
            "of_all_ranks": sum(attempt["counts"] and attempt["rank"] is None for attempt in attempts),
            "runs_finished": sum(attempt["killed"] is None for attempt in attempts),
            "saves_compared": sum(attempt["saved"] for attempt in attempts),
            "differences": 0,
            "seconds": round(sum(attempt["seconds"] for attempt in attempts)),
        }
    )
    return 0


def arguments() -> argparse.Namespace:
    """What was asked for on the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=200, help="how many kills (200)")
    parser.add_argument("--seed", type=int, default=1, help="what instants and victims are drawn from (1)")
    parser.add_argument(
        "--zero-stage", type=int, default=2, choices=range(4), help="DeepSpeed ZeRO stage (2)"
    )
    parser.add_argument(
        "--directory", type=Path, default=REPOSITORY / "runs" / "kill-chain", help="where all of it lies"
    )
    return parser.parse_args()


def wait_for_others(run: Path) -> None:
    """Let end what an earlier chain, ended in the middle of an attempt, has left at work."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while processes_of(run):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{run} is still being worked on by {processes_of(run)}")
        time.sleep(0.5)


if __name__ == "__main__":
    sys.exit(main())
