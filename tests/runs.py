"""What tests do with run directories: copy one as it was before training, and compare what two recorded."""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

_MADE_BY_TRAINING = (
    "checkpoints",
    "export",
    "evaluation",
    "report",
    "metrics.jsonl",
    "tensorboard",
    "stage_table.json",
)


def copy_untrained(finished: Path, copy: Path) -> None:
    """Copy a finished run without what training and later stages made; its ledger ends before training."""
    shutil.copytree(finished, copy)
    for name in _MADE_BY_TRAINING:
        path = copy / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    lines = (copy / "ledger.jsonl").read_text().splitlines(keepends=True)
    first = next(number for number, line in enumerate(lines) if json.loads(line)["kind"] == "layout")
    (copy / "ledger.jsonl").write_text("".join(lines[:first]))


_STAGES = {
    "corpus": ("corpus",),
    "tokenizer": ("tokenizer",),
    "tokens": ("tokens",),
    "train": ("checkpoints", "metrics.jsonl", "tensorboard", "stage_table.json", "deepspeed.json"),
    "export": ("export",),
    "evaluate": ("evaluation",),
    "report": ("report",),
}
"""Every stage, in order, and what it makes."""


def copy_before(finished: Path, copy: Path, stage: str) -> None:
    """Copy a run that came to `stage`, or further, as it was before it: what earlier stages made, and the ledger so far."""
    copy.mkdir(parents=True)
    stages = list(_STAGES)
    later = {name for after in stages[stages.index(stage) :] for name in _STAGES[after]}
    if stage == "corpus":
        return
    for name in [name for made in _STAGES.values() for name in made if name not in later]:
        source = finished / name
        (shutil.copytree if source.is_dir() else shutil.copy2)(source, copy / name)
    shutil.copy2(finished / "recipe.yaml", copy)
    lines = (finished / "ledger.jsonl").read_text().splitlines(keepends=True)
    entries = [json.loads(line) for line in lines]
    begins = {"train": lambda entry: entry["kind"] == "layout"}.get(
        stage, lambda entry: entry["subject"] in later
    )
    first = next((number for number, entry in enumerate(entries) if begins(entry)), len(lines))
    (copy / "ledger.jsonl").write_text("".join(lines[:first]))


def stage_files(run: Path, stage: str) -> dict[str, bytes]:
    """Contents of what a stage published, by path, without what names the run's ledger or the time.

    Of training they are compared with `assert_same_weights`.
    """
    found: dict[str, bytes] = {}
    for name in _STAGES[stage]:
        for path in sorted((run / name).rglob("*")):
            # The model card gives the digest of the run's own ledger, and the manifest the card's.
            of_ledger = stage == "export" and path.name in ("README.md", "manifest.json")
            if path.is_file() and not of_ledger:
                found[path.relative_to(run).as_posix()] = path.read_bytes()
    assert found
    return found


def metrics(run: Path) -> list[dict[str, Any]]:
    """The whole lines of a run's metrics so far, without what depends on the machine's speed."""
    path = run / "metrics.jsonl"
    lines = path.read_text().split("\n")[:-1] if path.exists() else []
    return [
        {key: value for key, value in json.loads(line).items() if key != "tokens_per_second"}
        for line in lines
    ]


def assert_same_weights(one: Path, two: Path) -> None:
    """The newest checkpoints of two runs hold the same parameters, bit for bit."""
    import torch  # here, so that tests without it start at once

    from soofi.checkpoint import latest_checkpoint
    from soofi.checkpoint.weights import read_weights
    from soofi.ledger import RunDirectory

    first, second = (read_weights(latest_checkpoint(RunDirectory(run))) for run in (one, two))
    assert first.keys() == second.keys()
    for name, tensor in first.items():
        assert torch.equal(tensor, second[name]), name


def write_checkpoint(
    directory: Path,
    parameters: "Mapping[str, torch.Tensor]",
    step: int,
    tokens_seen: int,
    next_sample: int,
    router_biases: dict[str, list[float]] | None = None,
) -> None:
    """A checkpoint's files as one rank would write them, with weights only; its manifest is the caller's."""
    from soofi.checkpoint import TrainerState
    from soofi.checkpoint.fragment_files import (
        Piece,
        fragment_file,
        tensor_name,
        write_fragments,
        write_index,
    )
    from soofi.checkpoint.trainer_state import write_trainer_state

    directory.mkdir(parents=True)
    tensors = [
        (tensor_name(name, "weight", 0), tensor.detach().float().flatten().numpy())
        for name, tensor in parameters.items()
    ]
    write_fragments(directory / fragment_file(0), tensors)
    shapes = {name: tuple(tensor.shape) for name, tensor in parameters.items()}
    pieces = {name: [Piece(0, 0, tensor.numel())] for name, tensor in parameters.items()}
    write_index(directory, shapes, ["weight"], [fragment_file(0)], pieces)
    digests = ["0" * 64] * 3
    layout = {"zero_stage": 0, "data_parallel": 1}
    state = TrainerState(
        step, step, tokens_seen, next_sample, *digests, layout, router_biases=router_biases or {}
    )
    write_trainer_state(directory, state)


_GENERATE = """
import sys
sys.modules["soofi"] = None  # an import of it would fail
from transformers import AutoModelForCausalLM, AutoTokenizer
model = AutoModelForCausalLM.from_pretrained(sys.argv[1])
tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
inputs = tokenizer(sys.argv[2], return_tensors="pt")
out = model.generate(**inputs, max_new_tokens=5, do_sample=False)
print(type(model).__name__, tokenizer.decode(out[0], skip_special_tokens=True))
"""


def generate_with_transformers(export: Path, prompt: str, elsewhere: Path) -> tuple[str, str]:
    """What stock `transformers` makes of an exported directory, without soofi and from another working directory: the
    model's class, and the text with five tokens more."""
    done = subprocess.run(
        [sys.executable, "-c", _GENERATE, str(export), prompt],
        cwd=elsewhere, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    model, _, text = done.stdout.rstrip("\n").partition(" ")
    return model, text
