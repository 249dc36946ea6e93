"""Weights of a checkpoint that DeepSpeed itself wrote, for beginning from it. Nothing in it is run.

DeepSpeed's ranks write what they update, as flat groups of fp32 values. Under ZeRO 1 and 2 a rank's file says where each
parameter's values stand in its groups; ranks in order have consecutive ranges of a parameter. Under ZeRO 3 every rank has an
equal part of every parameter, the last filled up, one parameter after the other. Without ZeRO the model is stored whole.
"""

import re
from collections.abc import Iterator
from math import ceil
from pathlib import Path
from typing import Any

import torch

from soofi.train.canonical_names import canonical_name
from soofi.train.libraries import weights_only_loading

MODEL_STATES = "mp_rank_00_model_states.pt"
_FIRST_MODEL_STATES = "zero_pp_rank_0_mp_rank_00_model_states.pt"


class DeepSpeedWeights:
    """All parameters and saved buffers by canonical name. Files are mapped into memory: only what is asked for is read.

    `directory`: what was handed to DeepSpeed's `save_checkpoint` (its file `latest` names the newest), or one of the
    checkpoints in it. A parameter that goes by several names, such as a tied head, comes by one of them.

    Raises FileNotFoundError where there is no such checkpoint, ValueError, with one sentence, for files that are damaged or
    incomplete, would run code, or are of tensor-, pipeline- or expert-parallel ranks.
    """

    def __init__(self, directory: Path):
        self._tag = _tag(directory)
        self._parts: dict[str, list[torch.Tensor]] = {}
        self.shapes: dict[str, tuple[int, ...]] = {}
        try:
            self._find()
        except (KeyError, TypeError, IndexError, AttributeError):
            raise self._refused("its files are not as DeepSpeed writes them") from None

    def read(self, name: str) -> torch.Tensor:
        """A parameter or buffer in fp32 and its shape, put together from what the ranks hold of it."""
        parts = [part.detach().flatten().float() for part in self._parts[name]]
        size = torch.Size(self.shapes[name])
        return torch.cat(parts)[: size.numel()].view(size)

    def _find(self) -> None:
        optimizers = _by_rank(self._tag.glob("*_optim_states.pt"))
        if any(
            re.search(r"(expert|layer)_\d|mp_rank_(?!00_)\d", file.name) for file in self._tag.glob("*.pt")
        ):
            raise self._refused(
                "tensor-, pipeline- or expert-parallel ranks wrote it, whose files do not say how they fit"
            )
        models = [self._load(file) for file in _by_rank(self._tag.glob("*_model_states.pt"))]
        model = models[0]
        if not optimizers:
            self._take_whole(model["module"])
            return
        ranks = [self._load(file)["optimizer_state_dict"] for file in optimizers]
        counts = ranks[0]["partition_count"]
        expected = max(counts) if isinstance(counts, list) else counts
        if len(ranks) != expected:
            raise self._refused(f"{expected} ranks wrote it, and the files of {len(ranks)} are there")
        for name in model["buffer_names"]:
            self._add(name, tuple(model["module"][name].shape), [model["module"][name]])
        shapes = {name: tuple(shape) for group in model["param_shapes"] for name, shape in group.items()}
        for name, parts in _partitions(ranks, shapes):
            self._add(name, shapes[name], parts)
        for name, shape in (model.get("frozen_param_shapes") or {}).items():
            self._add(name, tuple(shape), [states["frozen_param_fragments"][name] for states in models])

    def _take_whole(self, module: dict[str, Any]) -> None:
        seen = set()
        for name, tensor in module.items():
            place = (tensor.untyped_storage().data_ptr(), tensor.storage_offset(), tensor.shape)
            if place not in seen:  # a tied one stands there under each of its names
                seen.add(place)
                self._add(name, tuple(tensor.shape), [tensor])

    def _add(self, name: str, shape: tuple[int, ...], parts: list[torch.Tensor]) -> None:
        found, size = sum(part.numel() for part in parts), torch.Size(shape).numel()
        if not size <= found < size + len(parts):
            raise self._refused(f"it has {found} values of {name}, which has {size}")
        self.shapes[canonical_name(name)] = shape
        self._parts[canonical_name(name)] = parts

    def _load(self, file: Path) -> dict[str, Any]:
        try:
            with weights_only_loading():
                values: dict[str, Any] = torch.load(file, map_location="cpu", mmap=True, weights_only=True)
        except Exception as error:  # whatever torch makes of a file that is not as it should be
            raise self._refused(f"{file.name} {_reason(str(error))}") from error
        return values

    def _refused(self, reason: str) -> ValueError:
        return ValueError(f"{self._tag} cannot be read as a checkpoint of DeepSpeed's: {reason}")


def _reason(said: str) -> str:
    """Of what torch says: it advises to trust the file, which nobody should."""
    if code := re.search(r"GLOBAL (\S+)", said):
        return f"names {code[1]}, and only numbers are read from a file"
    if "weights_only" in said and "TORCH_FORCE" not in said:
        return "holds more than numbers"
    return f"cannot be read ({' '.join(said.split())})"


def _partitions(
    ranks: list[dict[str, Any]], shapes: dict[str, tuple[int, ...]]
) -> Iterator[tuple[str, list[torch.Tensor]]]:
    """Every parameter and its values, in order, as views of what the ranks stored."""
    if ranks[0].get("zero_stage") != 3:  # DeepSpeed's bf16 optimizer, of stage 1, does not say its stage
        found: dict[str, list[torch.Tensor]] = {name: [] for name in shapes}
        for states in ranks:
            groups = zip(
                states["param_slice_mappings"], states["single_partition_of_fp32_groups"], strict=True
            )
            for places, flat in groups:
                for name, place in places.items():
                    found[name].append(flat[place.start : place.start + place.numel])
        yield from found.items()
        return
    starts = [(0, 0)] * len(ranks)  # of each rank: group, and values of it that are behind
    for name, shape in shapes.items():
        count, parts = ceil(torch.Size(shape).numel() / len(ranks)), []
        for rank, states in enumerate(ranks):
            group, offset = starts[rank]
            flat = states["fp32_flat_groups"][group]
            if offset == flat.numel():
                group, offset = group + 1, 0
                flat = states["fp32_flat_groups"][group]
            parts.append(flat[offset : offset + count])
            starts[rank] = (group, offset + count)
        yield name, parts


def _by_rank(files: Iterator[Path]) -> list[Path]:
    return sorted(files, key=lambda file: [int(number) for number in re.findall(r"\d+", file.name)])


def deepspeed_files(directory: Path) -> list[Path]:
    """DeepSpeed's files in the directory, or in the one that its file `latest` names; none where it wrote none."""
    try:
        return sorted(_tag(directory).glob("*.pt"))
    except FileNotFoundError:
        return []


def _tag(directory: Path) -> Path:
    pointer = directory / "latest"
    if pointer.is_file():
        # A name only: a pointer that leads elsewhere would read what it was not pointed at.
        directory = directory / Path(pointer.read_text(encoding="utf-8").strip()).name
    if not (directory / MODEL_STATES).is_file() and not (directory / _FIRST_MODEL_STATES).is_file():
        raise FileNotFoundError(f"{directory} holds no checkpoint of DeepSpeed's: it has no {MODEL_STATES}")
    return directory
