"""A training step of the same 56 M-parameter model through this trainer and its peers, one machine, two threads, bf16.

    python benchmarks/train_step.py [--peers DIRECTORY] [--rounds N] [--only eager|compiled]

Every contender is a worker process (train_step_peers/) that runs its own documented entry point and takes one step when
told; between its turns it is stopped. Contenders take turns in every round, so that a noisy machine is noisy for all of
them, and are compared by the ratio of the same round's times. LitGPT and OLMo-core live in an environment of their own,
which is made in DIRECTORY (default .venv-peers) if it is not there.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from result_file import read_result, write_result
from train_step_peers.contender import Contender
from train_step_peers.shape import Shape

OURS = "soofi"
CONTENDERS = {
    OURS: "soofi_trainer",
    "plain loop over transformers": "transformers_loop",
    "transformers Trainer": "transformers_trainer",
    "LitGPT": "litgpt_pretrain",
    "OLMo-core": "olmo_core_trainer",
}
OF_PEERS = ("litgpt_pretrain", "olmo_core_trainer")
"""Modules that run in the peers' environment."""

PEERS = ("litgpt==0.5.13", "ai2-olmo-core==3.0.0")
WARM_UP = 3


def main() -> None:
    """Measure, print, write the result after each of the two forms, so that either can be repeated alone."""
    parser = argparse.ArgumentParser(description="Side by side: a training step of 56 M parameters.")
    parser.add_argument("--peers", type=Path, default=Path(".venv-peers"), help="environment of the peers")
    parser.add_argument("--rounds", type=int, default=24, help="counted steps of each contender")
    parser.add_argument(
        "--only", choices=["eager", "compiled"], help="measure one form, keep the other's figures"
    )
    chosen = parser.parse_args()
    python = peers_environment(chosen.peers.absolute())
    for form in [chosen.only] if chosen.only else ["eager", "compiled"]:
        figures = measure(Shape(compiled=form == "compiled"), python, chosen.rounds)
        print(form, figures["tokens_per_second"], figures["ratio_to_best_peer"], sep="\n  ")
        kept = {
            key: value for key, value in read_result("train_step").items() if key in ("eager", "compiled")
        }
        print(write_result("train_step", {"peers": peers_versions(python), **kept, form: figures}))


def peers_environment(directory: Path) -> Path:
    """The interpreter of the peers' environment, made with this environment's torch if there is none."""
    python = directory / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(directory)], check=True)
        torch = "torch==" + version("torch").partition("+")[0]
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", torch, *PEERS], check=True)
    return python


def peers_versions(python: Path) -> dict[str, str]:
    """Versions that stand in the peers' environment."""
    names = ["torch", *(peer.partition("==")[0] for peer in PEERS)]
    code = f"import importlib.metadata as m, json; print(json.dumps({{n: m.version(n) for n in {names}}}))"
    return json.loads(subprocess.run([str(python), "-c", code], check=True, capture_output=True).stdout)


def measure(shape: Shape, peers_python: Path, rounds: int) -> dict[str, Any]:
    """Seconds of `rounds` steps of each contender, and what follows from them."""
    with tempfile.TemporaryDirectory() as logs, ExitStack() as stack:
        contenders: dict[str, Contender] = {}
        for name, module in CONTENDERS.items():
            python = peers_python if module in OF_PEERS else Path(sys.executable)
            log = Path(logs) / f"{module}.log"
            contender = Contender(name, f"train_step_peers.{module}", python, shape, log)
            contenders[name] = stack.enter_context(contender)
            contender.settle()
            for _ in range(WARM_UP):
                contender.step()
        seconds: dict[str, list[float]] = {name: [] for name in contenders}
        names = list(contenders)
        for turn in range(rounds):
            for name in names[turn % len(names) :] + names[: turn % len(names)]:
                seconds[name].append(contenders[name].step())
        settings = {name: contender.settings for name, contender in contenders.items()}
    medians = {name: float(np.median(times)) for name, times in seconds.items()}
    best = min((name for name in names if name != OURS), key=lambda name: medians[name])
    return {
        "shape": {"parameters": shape.parameters, "tokens_per_step": shape.step_tokens},
        "counted_steps": rounds,
        "tokens_per_second": {name: round(shape.step_tokens / median, 1) for name, median in medians.items()},
        "best_peer": best,
        "ratio_to_best_peer": paired_ratio(seconds[best], seconds[OURS]),
        "ratio_to_each_peer": {
            name: paired_ratio(seconds[name], seconds[OURS]) for name in names if name != OURS
        },
        "seconds": {name: [round(time, 3) for time in times] for name, times in seconds.items()},
        "settings": settings,
    }


def paired_ratio(theirs: Sequence[float], ours: Sequence[float]) -> dict[str, float]:
    """Speed of ours over theirs: the ratio of medians, and the median of the rounds' ratios with its 95 % interval.

    The interval is that of the bootstrap's percentiles over rounds (Efron & Tibshirani 1993), 10,000 draws.
    """
    ratios = np.asarray(theirs) / np.asarray(ours)
    draws = np.random.default_rng(0).integers(len(ratios), size=(10_000, len(ratios)))
    low, high = np.percentile(np.median(ratios[draws], axis=1), [2.5, 97.5])
    return {
        "of_medians": round(float(np.median(theirs) / np.median(ours)), 3),
        "paired_median": round(float(np.median(ratios)), 3),
        "paired_95_low": round(float(low), 3),
        "paired_95_high": round(float(high), 3),
    }


if __name__ == "__main__":
    main()
