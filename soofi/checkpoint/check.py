"""Whether a checkpoint is whole: every byte as it was written, every value there once and finite. Needs no torch."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from soofi.checkpoint.address import run_of
from soofi.checkpoint.fragment_files import FragmentReader, Piece, tensor_name
from soofi.checkpoint.trainer_state import read_trainer_state
from soofi.ledger import VerificationError, files_below, manifest_sha256, read_manifest, sha256_file

_BLOCK = 1 << 22
"""Values looked at once, which bounds the memory."""


@dataclass(frozen=True)
class Checked:
    """What was found whole. `values`: over all states."""

    files: int
    bytes: int
    parameters: int
    values: int


def verify_checkpoint(directory: Path) -> Checked:
    """Look at every byte of a checkpoint. Raises VerificationError that names the first damage.

    Checked in this order: the manifest's own digest against the run's ledger (where the checkpoint lies in a run), the
    digest of every file and that there are no others, trainer.json, that the index covers every value of every parameter
    exactly once, that every fragment is there with the right length and no other is, that every value is finite.
    """
    try:
        _check_manifest(directory)
        size = _check_files(directory)
        biases = read_trainer_state(directory).router_biases
        for name, bias in biases.items():
            if not _is_finite(bias):
                raise VerificationError(f"trainer.json holds a router bias {name} that is not finite")
        with FragmentReader(directory) as reader:
            _check_tensors(reader)
            values = sum(
                _check_values(reader, name, state) for name in reader.shapes for state in reader.states
            )
            return Checked(len(reader.files), size, len(reader.shapes), values)
    except VerificationError:
        raise
    except (FileNotFoundError, ValueError) as error:
        raise VerificationError(str(error)) from None


def _check_manifest(directory: Path) -> None:
    run = run_of(directory)
    if run is None or not run.ledger.path.is_file():
        return
    subject = f"{run.checkpoints.name}/{directory.name}"
    sealed = None
    for entry in run.ledger.entries():
        if entry.subject == subject and "manifest_sha256" in entry.facts:
            sealed = entry.facts["manifest_sha256"]
        if subject in entry.facts.get("pruned", []):
            sealed = None
    if (
        sealed is not None
        and (directory / "manifest.json").is_file()
        and manifest_sha256(directory) != sealed
    ):
        raise VerificationError(
            f"{directory / 'manifest.json'} is not the one that the run's ledger vouches for"
        )


def _check_files(directory: Path) -> int:
    outputs = read_manifest(directory).outputs
    for output in outputs:
        path = directory / output.path
        if not path.is_file():
            raise VerificationError(f"{path} is missing")
        if path.stat().st_size != output.bytes:
            raise VerificationError(
                f"{path} has {path.stat().st_size:,} bytes and was written with {output.bytes:,}"
            )
        if sha256_file(path) != output.sha256:
            raise VerificationError(f"{path} is not the file that was written: its digest differs")
    known = {output.path for output in outputs}
    for path in files_below(directory):
        if path.relative_to(directory).as_posix() not in known:
            raise VerificationError(f"{path} is there, but its manifest does not know it")
    return sum(output.bytes for output in outputs)


def _is_finite(values: Any) -> bool:
    try:
        return bool(np.isfinite(np.array(values, np.float64)).all())
    except (TypeError, ValueError):  # no numbers at all
        return False


def _check_tensors(reader: FragmentReader) -> None:
    expected: list[set[str]] = [set() for _ in reader.files]
    for name, pieces in reader.pieces.items():
        for piece in pieces:
            expected[piece.file] |= {tensor_name(name, state, piece.start) for state in reader.states}
    for number, file in enumerate(reader.files):
        if unknown := reader.tensors_of(number) - expected[number]:
            raise VerificationError(
                f"{reader.directory / file} holds {min(unknown)}, which its index does not name"
            )


def _check_values(reader: FragmentReader, name: str, state: str) -> int:
    for piece in reader.pieces[name]:
        for first in range(0, piece.count, _BLOCK):
            block = np.empty(min(_BLOCK, piece.count - first), np.float32)
            reader.read_piece(name, state, piece, first, block)
            finite = np.isfinite(block)
            if not finite.all():
                raise VerificationError(
                    f"{reader.directory / reader.files[piece.file]}: value {_place(piece, first, finite)} of {name} "
                    f"({state}) is {block[int(finite.argmin())]}"
                )
    return math.prod(reader.shapes[name])


def _place(piece: Piece, first: int, finite: np.ndarray) -> int:
    return piece.start + first + int(finite.argmin())
