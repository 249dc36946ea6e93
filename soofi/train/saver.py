"""Saving behind the training: a copy in host memory, written while steps go on, published when every rank's is on disk.

The ranks tell each other how far they are in the one sum that every step makes anyway (`SaveStatus`), so that all of them
come to the same view at the same step, and a save adds no collective operation of its own.
"""

import json
import os
import secrets
import shutil
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from soofi.checkpoint.fragment_files import Piece, fragment_file, tensor_name, write_fragments, write_index
from soofi.checkpoint.trainer_state import (
    LATEST,
    TrainerState,
    checkpoint_name,
    latest_name,
    write_trainer_state,
)
from soofi.ledger import (
    PARTIAL,
    RunDirectory,
    flush,
    full_disk_named,
    publish_prepared,
    remove_partial,
    write_json,
    write_manifest,
    write_text,
)
from soofi.train.distributed import first_sentence, sum_over_ranks
from soofi.train.fragments import EngineState, Fragment
from soofi.train.mesh import Mesh

_SIDECAR = "rank-{:05d}.json"
_BACKGROUND_NICENESS = 10
_LONGEST_SILENCE_SECONDS = 60
"""While ranks wait for a slow disk they still meet this often, so that no collective operation runs into its time limit."""


@dataclass(frozen=True)
class SaveStatus:
    """How far one rank is with the save at hand, as numbers that are summed over ranks."""

    written: int = 0
    failed: int = 0
    published: int = 0


@dataclass(frozen=True)
class SaveEnded:
    """A save that is over, the same on every rank. `failure`: why it came to nothing, in a few words."""

    state: TrainerState
    is_published: bool
    failure: str | None = None


@dataclass
class _Save:
    state: TrainerState
    partial: Path
    thread: threading.Thread | None = None
    written: bool = False
    is_publishing: bool = False
    published: bool = False
    latest_before: str | None = None
    failure: BaseException | None = None


class Saver:
    """Saves one checkpoint at a time. Every rank holds one and calls the same methods at the same steps; making it is
    collective.

    Host memory: one copy of what this rank owns (fp32 weights and optimizer states), taken at the first save and kept.
    """

    def __init__(
        self,
        engine_state: EngineState,
        run: RunDirectory,
        mesh: Mesh,
        inputs: Mapping[str, str],
        governing: Any,
    ):
        self._owned: list[Fragment] = engine_state.owned
        self._shapes = engine_state.shapes
        self._run, self._mesh = run, mesh
        self._inputs, self._governing = inputs, governing
        self._device = engine_state.device
        # Ranks of this start write into directories that no earlier start, of which a rank may still be at work on
        # another machine, has ever named: files of two starts cannot come together in one checkpoint.
        drawn = secrets.randbits(48) if mesh.is_first else 0
        self._start_id = f"{int(sum_over_ranks([float(drawn)], self._device)[0]):012x}"
        self._host: list[dict[str, torch.Tensor]] | None = None
        self._save: _Save | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a save has begun that is not over."""
        return self._save is not None

    @property
    def status(self) -> SaveStatus:
        """What this rank adds to the step's sum."""
        save = self._save
        if save is None:
            return SaveStatus()
        return SaveStatus(int(save.written), int(save.failure is not None), int(save.published))

    def begin(self, state: TrainerState) -> None:
        """Copy what this rank owns and write it in the background. No save may be at hand."""
        assert self._save is None, "one save at a time"
        name = checkpoint_name(state.step)
        self._save = save = _Save(state, self._run.checkpoints / f"{PARTIAL}{name}-{self._start_id}")
        try:
            self._copy()
        except (MemoryError, RuntimeError) as error:
            # No room in host memory; torch says so by a RuntimeError.
            save.failure = error
            return
        self._start(save, self._write)

    def advance(self, total: SaveStatus) -> SaveEnded | None:
        """Go on with the save at hand by what all ranks said (`status`, summed); returns how it ended, once it has."""
        save = self._save
        if save is None:
            return None
        if total.failed:
            return self._give_up(save)
        if total.published:
            self._save = None
            return SaveEnded(save.state, True)
        if total.written == self._mesh.size and self._mesh.is_first and not save.is_publishing:
            save.is_publishing = True
            self._start(save, self._publish)
        return None

    def wait(self, sum_over_ranks: Callable[[SaveStatus], SaveStatus]) -> SaveEnded | None:
        """Wait until the save at hand is over, if there is one. Collective."""
        while self._save is not None:
            if self._save.thread is not None:
                self._save.thread.join(_LONGEST_SILENCE_SECONDS)
            if (ended := self.advance(sum_over_ranks(self.status))) is not None:
                return ended
        return None

    def _copy(self) -> None:
        if self._host is None:
            self._host = [
                {
                    key: torch.empty(values.numel(), dtype=torch.float32, pin_memory=values.is_cuda)
                    for key, values in fragment.states.items()
                }
                for fragment in self._owned
            ]
        for fragment, host in zip(self._owned, self._host, strict=True):
            for key, values in fragment.states.items():
                host[key].copy_(values, non_blocking=True)
        if torch.cuda.is_available():
            torch.cuda.synchronize()

    def _start(self, save: _Save, work: Callable[[_Save], None]) -> None:
        def carry_out() -> None:
            with suppress(OSError, AttributeError):  # the step's own threads come first
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _BACKGROUND_NICENESS)
            try:
                with full_disk_named(save.partial):
                    work(save)
            except BaseException as error:
                # Whatever it was: a save that is neither written nor failed would be waited for for ever.
                save.failure = error

        # No daemon: a rank that ends for another reason finishes its file first, and never exits under its own feet.
        save.thread = threading.Thread(target=carry_out, name=f"save-{save.state.step}")
        save.thread.start()

    def _write(self, save: _Save) -> None:
        """Write this rank's file and, last, what the index has to know of it."""
        save.partial.mkdir(parents=True, exist_ok=True)
        file = fragment_file(self._mesh.rank)
        try:
            self._write_files(save.partial, file)
        except BaseException:
            with suppress(OSError):  # room for the run's own lines at once, not only when the step is over
                (save.partial / file).unlink(missing_ok=True)
            raise
        save.written = True

    def _write_files(self, partial: Path, file: str) -> None:
        assert self._host is not None
        tensors: list[tuple[str, np.ndarray]] = [
            (tensor_name(fragment.name, key, fragment.start), values.numpy())
            for fragment, host in zip(self._owned, self._host, strict=True)
            for key, values in host.items()
        ]
        _, digest = write_fragments(partial / file, tensors)
        pieces = [[fragment.name, fragment.start, fragment.count] for fragment in self._owned]
        write_json(
            partial / _SIDECAR.format(self._mesh.rank),
            {"file": file, "sha256": digest, "fragments": pieces},
        )
        flush(partial)

    def _publish(self, save: _Save) -> None:
        """Make the directory whole and give it its name; then `latest` names it. Only rank 0 does."""
        files, digests, pieces = [], {}, {name: list[Piece]() for name in self._shapes}
        for rank in range(self._mesh.size):
            sidecar = save.partial / _SIDECAR.format(rank)
            values = json.loads(sidecar.read_text(encoding="utf-8"))
            files.append(values["file"])
            digests[values["file"]] = values["sha256"]
            for name, start, count in values["fragments"]:
                pieces[name].append(Piece(rank, start, count))
            sidecar.unlink()
        states = list(self._owned[0].states) if self._owned else []
        write_index(save.partial, self._shapes, states, files, pieces)
        write_trainer_state(save.partial, save.state)
        write_manifest(
            save.partial,
            "train",
            self._inputs,
            self._governing,
            digests=digests,
            libraries=("torch", "deepspeed"),
        )
        path = self._run.checkpoints / checkpoint_name(save.state.step)
        save.latest_before = latest_name(self._run)
        publish_prepared(save.partial, path)
        flush(self._run.path)  # where the folder of checkpoints itself is new
        write_text(self._run.checkpoints / LATEST, path.name + "\n")
        with suppress(OSError):  # what failed saves could not take away
            remove_partial(self._run.checkpoints)
        save.published = True

    def _give_up(self, save: _Save) -> SaveEnded:
        if save.thread is not None:
            save.thread.join()
        # When all have said what they know, nobody writes into the directory any more.
        failure = first_sentence(_sentence(save.failure) if save.failure else None, self._device)
        if self._mesh.is_first:
            self._take_back(save)
        self._save = None
        return SaveEnded(save.state, False, failure)

    def _take_back(self, save: _Save) -> None:
        """Leave nothing of a failed save, however far it came: first the pointer goes back, then what it named."""
        path = self._run.checkpoints / checkpoint_name(save.state.step)
        pointer = self._run.checkpoints / LATEST
        if save.is_publishing and path.exists():
            with suppress(OSError):
                if latest_name(self._run) == path.name:
                    write_text(pointer, f"{save.latest_before}\n") if save.latest_before else pointer.unlink()
            with suppress(OSError):
                if latest_name(self._run) != path.name:
                    path.rename(save.partial)
        shutil.rmtree(save.partial, ignore_errors=True)


def _sentence(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    return f"{type(error).__name__}: {error}"
