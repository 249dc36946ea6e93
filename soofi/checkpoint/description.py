"""What a checkpoint holds, for a reader. Needs no torch and reads no tensor."""

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from soofi.checkpoint.fragment_files import FragmentReader, Piece
from soofi.checkpoint.listing import describe_bytes, describe_layout
from soofi.checkpoint.trainer_state import TrainerState, read_trainer_state
from soofi.ledger import Manifest, manifest_sha256, read_manifest

_WIDTH = 80
_INPUTS = {"initialise_from": "began from"}


@dataclass(frozen=True)
class Description:
    """A checkpoint without its values. `sha256`: of its manifest, which stands for the whole directory."""

    path: Path
    sha256: str
    state: TrainerState
    manifest: Manifest
    states: tuple[str, ...]
    files: tuple[str, ...]
    shapes: dict[str, tuple[int, ...]]
    pieces: dict[str, list[Piece]]

    @property
    def parameters(self) -> int:
        """Values of all parameters, tied ones once; router biases are none."""
        return sum(math.prod(shape) for shape in self.shapes.values())

    def to_values(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "path": str(self.path),
            "manifest_sha256": self.sha256,
            "trainer": asdict(self.state),
            "parameters": self.parameters,
            "bytes_by_state": dict.fromkeys(self.states, 4 * self.parameters),
            "files": [asdict(output) for output in self.manifest.outputs],
            "inputs": self.manifest.inputs,
            "libraries": self.manifest.libraries,
            "shapes": {name: list(shape) for name, shape in self.shapes.items()},
        }


def read_description(directory: Path) -> Description:
    """Describe a checkpoint by its JSON files; ValueError or FileNotFoundError with one sentence where one is damaged."""
    manifest, state = read_manifest(directory), read_trainer_state(directory)
    with FragmentReader(directory) as reader:
        return Description(
            directory, manifest_sha256(directory), state, manifest, reader.states, reader.files, reader.shapes,
            reader.pieces,
        )  # fmt: skip


def describe(description: Description, parameters: bool = False) -> str:
    """The description for a terminal, at most 80 columns wide as far as names and paths allow.

    `parameters`: list every parameter with its shape and where its values stand.
    """
    lines = [f"{key:<15} {value}" for key, value in _facts(description)]
    if parameters:
        lines += ["", "parameters", "─" * _WIDTH, *_parameter_lines(description)]
    return "\n".join(lines)


def _facts(description: Description) -> Iterator[tuple[str, str]]:
    state, manifest = description.state, description.manifest
    yield "checkpoint", str(description.path)
    yield "step", f"{state.step:,}" + (f" ({state.updates:,} updates)" if state.updates != state.step else "")
    yield "tokens seen", f"{state.tokens_seen:,}"
    yield "next sample", f"{state.next_sample:,}"
    if state.bits_per_byte is not None:
        yield "bits per byte", f"{state.bits_per_byte:.4f} (held-out text, mean over languages)"
    yield (
        "layout",
        f"{describe_layout(state.layout)} rank{'s' if state.layout.get('data_parallel') != 1 else ''}",
    )
    yield "parameters", f"{description.parameters:,} in {len(description.shapes):,} tensors"
    for name in description.states:
        yield f"  {name}", f"{describe_bytes(4 * description.parameters)} (fp32)"
    for name, values in state.router_biases.items():
        yield "router bias", name
        yield "", f"{len(values)} experts, {min(values):+.4f} to {max(values):+.4f}"
    size = sum(output.bytes for output in manifest.outputs)
    yield "files", f"{len(manifest.outputs)}, {describe_bytes(size)}"
    for output in manifest.outputs:
        yield f"  {describe_bytes(output.bytes):>10}", f"{output.path}"
    yield "digests", "SHA-256"
    yield "  manifest", description.sha256
    yield "  stage table", state.stage_table_sha256
    yield "  geometry", state.geometry_sha256
    for name, digest in manifest.inputs.items():
        yield f"  {_INPUTS.get(name, name)}", digest
    yield "libraries", ", ".join(f"{name} {version}" for name, version in manifest.libraries.items())


def _parameter_lines(description: Description) -> Iterator[str]:
    for name, shape in description.shapes.items():
        yield f"{name}  ({', '.join(map(str, shape))})"
        for piece in description.pieces[name]:
            values = f"values {piece.start:,} to {piece.start + piece.count - 1:,}"
            if piece.dimension is not None:
                values += f" of slice {piece.first:,} to {piece.stop - 1:,} of dimension {piece.dimension}"
            yield f"    {description.files[piece.file]}  {values}"
