"""What a run leaves behind of every step: metrics.jsonl and TensorBoard event files."""

import json
import math
import os
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from soofi.ledger import flush, full_disk_named

_BLOCK_BYTES = 1 << 16


class Record:
    """One JSON object a step. On a resume, lines after the checkpoint are cut off, so none is doubled or missing."""

    def __init__(self, metrics: Path, tensorboard: Path, steps_taken: int):
        """`steps_taken`: steps before the first that will be written; lines from there on are removed."""
        from torch.utils.tensorboard import SummaryWriter

        keep_steps(metrics, steps_taken)
        self._path = metrics
        with full_disk_named(metrics):
            self._file = open(metrics, "a", encoding="utf-8")  # noqa: SIM115 - closed with the record
            flush(metrics.parent)
            self._tensorboard = SummaryWriter(str(tensorboard), purge_step=steps_taken)

    def write(self, values: dict[str, Any]) -> None:
        """Write one step; `values` has `step` and figures, or mappings of figures by language."""
        with full_disk_named(self._path):
            self._file.write(json.dumps(_without_nan(values)) + "\n")
            self._file.flush()
            self._show_on_tensorboard(values)

    def flush(self) -> None:
        """Wait until every line written so far is on the disk."""
        with full_disk_named(self._path):
            os.fsync(self._file.fileno())

    def _show_on_tensorboard(self, values: dict[str, Any]) -> None:
        step = values["step"]
        for key, value in values.items():
            if isinstance(value, dict):
                for name, figure in value.items():
                    self._tensorboard.add_scalar(f"{key}/{name}", figure, step)
            elif key != "step" and value is not None:
                self._tensorboard.add_scalar(key, value, step)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with full_disk_named(self._path):
            self._file.close()
            if error is None:
                self._tensorboard.flush()  # raises what its writing thread met; closing alone would lose it
            self._tensorboard.close()


def keep_steps(metrics: Path, steps_taken: int) -> None:
    """Cut off lines of steps from `steps_taken` on, and a torn last line.

    Lines stand in the order of their steps, so that only what is cut off is read: a resume costs the same after any number of
    steps. The file is shortened in place; interrupted, it is whole or still to be cut.
    """
    if not metrics.exists():
        return
    with open(metrics, "r+b") as file:
        end = file.seek(0, os.SEEK_END)
        file.truncate(_end_of_kept(file, end, steps_taken))
        os.fsync(file.fileno())


def _end_of_kept(file: BinaryIO, end: int, steps_taken: int) -> int:
    """Where the last whole line of a step before `steps_taken` ends, looked for from the file's end."""
    tail, start = b"", end
    while start > 0:
        begin = max(0, start - _BLOCK_BYTES)
        file.seek(begin)
        tail = file.read(start - begin) + tail
        start = begin
        # The first line of the tail may be cut by its beginning, what follows the last newline is torn.
        first = 0 if start == 0 else tail.find(b"\n") + 1
        stop = tail.rfind(b"\n") + 1
        while stop > first:
            line = tail.rfind(b"\n", 0, stop - 1) + 1
            if _step_of(tail[line:stop]) < steps_taken:
                return start + stop
            stop = line
        tail = tail[:first]
    return 0


def _step_of(line: bytes) -> float:
    """A line's step; infinite for one that a power cut left unreadable, which stood after the last save."""
    try:
        return float(json.loads(line)["step"])
    except (ValueError, KeyError, TypeError):
        return math.inf


def read_metrics(metrics: Path) -> list[dict[str, Any]]:
    """All whole lines of a metrics file, in order."""
    lines = metrics.read_text(encoding="utf-8").split("\n")[:-1] if metrics.exists() else []
    return [json.loads(line) for line in lines]


def _without_nan(values: Any) -> Any:
    """Figures that are not finite become null: JSON has no other word for them."""
    if isinstance(values, dict):
        return {key: _without_nan(value) for key, value in values.items()}
    return None if isinstance(values, float) and not math.isfinite(values) else values
