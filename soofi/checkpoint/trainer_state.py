"""What a checkpoint says about a run beside its tensors, and which checkpoints there are. Needs no torch."""

import json
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from soofi.ledger import RunDirectory, manifest_sha256, write_json, write_text

FORMAT = "soofi.trainer/1"
LATEST = "latest"
ASIDE = "aside-"
"""Prefix of checkpoints that a run went back behind; nothing reads them."""
_FILE = "trainer.json"


@dataclass(frozen=True)
class TrainerState:
    """What a resume needs beside the engine's tensors.

    `step`: steps taken, which is the next step's number. `updates`: steps of them in which the optimizer changed the
    weights. `bits_per_byte`: mean over languages on held-out text, where the step was measured. `router_biases`: balancing
    biases by canonical name (fp32 values, which JSON keeps exactly).
    """

    step: int
    updates: int
    tokens_seen: int
    next_sample: int
    stage_table_sha256: str
    geometry_sha256: str
    tokenizer_sha256: str
    layout: dict[str, int]
    router_biases: dict[str, list[float]] = field(default_factory=dict)
    bits_per_byte: float | None = None


def checkpoint_name(step: int) -> str:
    """Directory name of the checkpoint after `step` steps."""
    return f"step-{step:08d}"


def write_trainer_state(directory: Path, state: TrainerState) -> None:
    """Write trainer.json into a checkpoint that is being made."""
    write_json(directory / _FILE, {"format": FORMAT, **asdict(state)})


def read_trainer_state(directory: Path) -> TrainerState:
    """Read a checkpoint's trainer.json; ValueError with one sentence where it is damaged or newer."""
    file = directory / _FILE
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
        form = values.pop("format")
    except (OSError, ValueError, KeyError, AttributeError):
        raise ValueError(f"{file} cannot be read: the checkpoint is damaged") from None
    if form != FORMAT:
        raise ValueError(f"{file} has format {form}; this soofi reads {FORMAT}: use the soofi that wrote it")
    try:
        return TrainerState(**values)
    except TypeError:
        raise ValueError(f"{file} cannot be read: the checkpoint is damaged") from None


def latest_checkpoint(run: RunDirectory) -> Path | None:
    """The checkpoint that `latest` names, or None where there is none yet."""
    name = latest_name(run)
    if name is None:
        return None
    path = run.checkpoints / name
    if path not in published_checkpoints(run):
        raise FileNotFoundError(
            f"{run.checkpoints / LATEST} names {path.name}, which is not there: write the name of one that is into it"
        )
    return path


def latest_name(run: RunDirectory) -> str | None:
    """What `latest` says, whether it is there or not; None where there is no such file."""
    pointer = run.checkpoints / LATEST
    return pointer.read_text(encoding="utf-8", errors="replace").strip() if pointer.is_file() else None


def published_checkpoints(run: RunDirectory) -> list[Path]:
    """Published checkpoints, oldest first."""
    return sorted(path for path in run.checkpoints.glob("step-*") if path.is_dir())


def resume_candidates(run: RunDirectory, chosen: str | None = None) -> list[Path]:
    """Checkpoints that a resume may go on from, best first: only the chosen one, or the latest and all before it."""
    published = published_checkpoints(run)
    if chosen is not None:
        found = [path for path in published if path.name == Path(chosen).name]
        if not found:
            names = ", ".join(path.name for path in published) or "none"
            raise FileNotFoundError(f"{run.checkpoints} has no checkpoint {chosen}; there: {names}")
        return found
    latest = latest_checkpoint(run)
    return [path for path in reversed(published) if latest is not None and path <= latest]


def go_back_to(run: RunDirectory, checkpoint: Path | None) -> list[str]:
    """Make `checkpoint` the latest; later ones are set aside under another name. Returns their ledger subjects.

    None: the run begins at its first step, and whatever was published (its first save, say, which a crash kept from being
    named by `latest`) is of another course.
    """
    if checkpoint is not None:
        write_text(run.checkpoints / LATEST, checkpoint.name + "\n")
    aside = []
    for path in published_checkpoints(run):
        if checkpoint is None or path > checkpoint:
            kept = path.with_name(f"{ASIDE}{path.name}")
            shutil.rmtree(kept, ignore_errors=True)
            path.rename(kept)
            aside.append(f"{run.checkpoints.name}/{path.name}")
    return aside


def checkpoint_facts(path: Path) -> dict[str, Any]:
    """What the ledger says about a checkpoint."""
    state = read_trainer_state(path)
    return {
        "manifest_sha256": manifest_sha256(path),
        "step": state.step,
        "tokens_seen": state.tokens_seen,
    }
