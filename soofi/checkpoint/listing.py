"""What stands in a run's directory of checkpoints. Needs no torch."""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from soofi.checkpoint.retention import kept_by
from soofi.checkpoint.trainer_state import ASIDE, TrainerState, latest_name, read_trainer_state
from soofi.ledger import PARTIAL, RunDirectory
from soofi.recipe import load_resolved

Standing = Literal["latest", "", "aside", "partial", "damaged"]
_WIDTH = 80


@dataclass(frozen=True)
class Listed:
    """One of a run's checkpoints. `step`, `state`: None where the name or trainer.json does not say. `kept_by`: the parts of
    the recipe's rule that keep it."""

    path: Path
    standing: Standing
    step: int | None
    bytes: int
    state: TrainerState | None
    kept_by: tuple[str, ...] = ()

    @property
    def is_published(self) -> bool:
        """Whether a resume may go on from it."""
        return self.standing in ("latest", "")

    def to_values(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        state = asdict(self.state) if self.state else {}
        keys = ("step", "tokens_seen", "layout", "bits_per_byte")
        return {
            "path": str(self.path),
            "standing": self.standing or "published",
            **{key: state.get(key) for key in keys},
            "step": self.step,
            "bytes": self.bytes,
            "kept_by": list(self.kept_by),
        }


def list_checkpoints(run: RunDirectory) -> list[Listed]:
    """Every checkpoint by step: published, set aside, half written or half deleted. Raises FileNotFoundError for what is
    no run."""
    if not run.ledger.path.is_file() and not run.checkpoints.is_dir():
        raise FileNotFoundError(f"{run.path} is not a run: it has no ledger.jsonl")
    latest = latest_name(run)
    directories = [path for path in run.checkpoints.glob("*") if path.is_dir() and "step-" in path.name]
    listed = [_listed(path, latest) for path in directories]
    if run.recipe.is_file():
        rule = load_resolved(run.recipe).train.checkpoints
        kept = kept_by([one.state for one in listed if one.state and one.is_published], rule)
        listed = [
            replace(one, kept_by=tuple(kept.get(one.step, ()))) if one.step and one.is_published else one
            for one in listed
        ]
    return sorted(listed, key=lambda one: (one.step is None, one.step, one.path.name))


def _listed(path: Path, latest: str | None) -> Listed:
    found = re.search(r"step-(\d+)", path.name)
    step = int(found[1]) if found else None
    size = 0
    with suppress(FileNotFoundError):  # a run may be publishing or deleting it at this moment
        for file in path.rglob("*"):
            size += file.stat().st_size if file.is_file() else 0
    try:
        state = read_trainer_state(path)
    except ValueError:
        state = None
    standing: Standing = "latest" if path.name == latest else ""
    if path.name.startswith(PARTIAL):
        standing = "partial"
    elif path.name.startswith(ASIDE):
        standing = "aside"
    elif state is None:
        standing = "damaged"
    return Listed(path, standing, step, size, state)


def checkpoint_table(listed: Sequence[Listed]) -> str:
    """The list for a terminal, at most 80 columns wide."""
    head = f"{'checkpoint':<13} {'tokens':>15} {'size':>9}  {'layout':<14} {'bits':>5}  standing"
    lines = [head, "─" * _WIDTH]
    for one in listed:
        name = f"step-{one.step:08d}" if one.step is not None else one.path.name[:13]
        tokens, layout, bits = "–", "–", "–"
        if one.state is not None:
            tokens = f"{one.state.tokens_seen:,}"
            layout = describe_layout(one.state.layout)
            if one.state.bits_per_byte is not None:
                bits = f"{one.state.bits_per_byte:.3f}"
        size = describe_bytes(one.bytes)
        lines.append(f"{name:<13} {tokens:>15} {size:>9}  {layout:<14} {bits:>5}  {_standing(one)}".rstrip())
    return "\n".join(lines)


def _standing(one: Listed) -> str:
    """What it is and why it is kept; `latest` says that it is the newest, too."""
    if not one.is_published:
        return one.standing
    kept = [reason for reason in one.kept_by if one.standing != "latest" or reason != "last"]
    return "+".join([one.standing, *kept] if one.standing else kept)


def describe_layout(layout: dict[str, int]) -> str:
    """A layout in a few letters, such as `ZeRO 2 × 8`."""
    return f"ZeRO {layout.get('zero_stage', '?')} × {layout.get('data_parallel', 0):,}"


def describe_bytes(count: int) -> str:
    """Bytes in decimal units, as disks are sold."""
    value, unit = float(count), "bytes"
    for larger in ("kB", "MB", "GB", "TB", "PB"):
        if value < 1000:
            break
        value, unit = value / 1000, larger
    return f"{count} bytes" if unit == "bytes" else f"{value:,.1f} {unit}"
