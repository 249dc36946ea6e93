"""The weights of a Hugging Face directory by canonical name, read slice by slice.

Canonical names are those of the `transformers` 5 modules, whose experts are stacked: `….mlp.experts.gate_up_proj`
(E, 2F, D) and `….mlp.experts.down_proj` (E, D, F). In a directory `save_pretrained` writes each expert alone:
`….mlp.experts.7.gate_proj.weight` (F, D), `….up_proj.weight` (F, D), `….down_proj.weight` (D, F). Laid end to end in
the order of `expert_keys` they are the flattened stacked parameter, so that a slice of it is slices of them.

Shapes: E experts, F width of an expert, D width of the residual stream.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError, safe_open

EMBEDDING, HEAD = "model.embed_tokens.weight", "lm_head.weight"

_FLOATING = {"F32", "BF16", "F16"}
_STACKED = re.compile(r"(.+\.mlp\.experts)\.(gate_up_proj|down_proj)")
_EXPERT = re.compile(r"(.+\.mlp\.experts)\.(?:0|[1-9][0-9]*)\.(gate|up|down)_proj\.weight")
_COMPARED = 1 << 24
"""Values compared at once, which bounds the memory."""


def expert_keys(name: str) -> Iterator[str]:
    """Keys of the experts that make up the stacked parameter `name`, expert by expert without end; none for others."""
    stacked = _STACKED.fullmatch(name)
    parts = ("gate_proj", "up_proj") if name.endswith("gate_up_proj") else ("down_proj",)
    expert = 0
    while stacked:
        yield from (f"{stacked[1]}.{expert}.{part}.weight" for part in parts)
        expert += 1


def split_experts(name: str, tensor: torch.Tensor) -> Iterator[tuple[str, torch.Tensor]]:
    """A canonical parameter as the keys and tensors (views) that `save_pretrained` writes."""
    if not _STACKED.fullmatch(name):
        yield name, tensor
        return
    alone = tensor.unflatten(1, (2, -1)).flatten(0, 1) if name.endswith("gate_up_proj") else tensor
    yield from zip(expert_keys(name), alone.unbind(0), strict=False)


class _Part(NamedTuple):
    """A tensor of a file."""

    file: Path
    key: str
    shape: tuple[int, ...]


class HuggingFaceWeights:
    """The safetensors of a directory as canonical parameters; only headers are read until `read` asks for values.

    `shapes` has every parameter and buffer by canonical name, whether its experts are stored alone or stacked. Tensors
    without a value are left out: `Glm4MoeForCausalLM` stores such for a shared expert that it does not have.

    Raises FileNotFoundError if a file is not there, ValueError if one is damaged, the index names a file outside the
    directory, an expert is missing, or a tensor is stored in another type than fp32, bf16 and fp16.
    """

    def __init__(self, directory: str | Path):
        self.directory = Path(directory)
        self._opened: dict[Path, Any] = {}
        self._parts: dict[str, list[_Part]] = {}
        experts: dict[str, dict[str, _Part]] = {}
        for part in self._stored():
            if expert := _EXPERT.fullmatch(part.key):
                name = f"{expert[1]}.{'down_proj' if expert[2] == 'down' else 'gate_up_proj'}"
                experts.setdefault(name, {})[part.key] = part
            elif math.prod(part.shape):
                self._parts[part.key] = [part]
        self.shapes = {name: parts[0].shape for name, parts in self._parts.items()}
        for name, found in experts.items():
            if name in self._parts:
                raise ValueError(f"{self.directory} holds both {name} and {min(found)}: keep one of the two")
            self._parts[name] = self._stack(name, found)
            self.shapes[name] = _stacked_shape(name, self._parts[name])

    def check(self, shapes: Mapping[str, tuple[int, ...]], tied: bool) -> None:
        """Raise ValueError, with one sentence, unless these are the weights of a model with these parameters and buffers.

        `shapes`: canonical name to shape. `tied`: the head is the embedding; it may then be stored or not, but must not
        differ.
        """
        needed, found = dict(shapes), dict(self.shapes)
        if tied:
            needed.pop(HEAD, None)
            if found.pop(HEAD, None) and EMBEDDING in found and not self._tied():
                raise ValueError(
                    f"{self.directory}: {HEAD} differs from {EMBEDDING}, but model.tie_word_embeddings is true"
                )
        for names, word in (
            (needed.keys() - found.keys(), "lack"),
            (found.keys() - needed.keys(), "have an unknown"),
        ):
            if names:
                raise ValueError(
                    f"the weights in {self.directory} {word} {min(names)}: they are not of this model"
                )
        for name, shape in needed.items():
            if found[name] != shape:
                raise ValueError(f"{self.directory}: {name} has shape {found[name]}, the model needs {shape}")

    def read(self, name: str, start: int = 0, count: int | None = None) -> torch.Tensor:
        """Values start … start+count-1 (without `count` to the end) of the flattened parameter `name`: fp32 on CPU.

        Only the bytes of these values are read. Raises KeyError for an unknown name, ValueError if the values reach
        outside the parameter.
        """
        size = math.prod(self.shapes[name])
        stop = size if count is None else start + count
        if not 0 <= start <= stop <= size:
            raise ValueError(f"values {start} to {stop} reach outside {name}, which has {size}")
        values = torch.empty(stop - start)
        done, parts = 0, self._parts[name]
        each = size // len(parts)
        while done < len(values):
            index, first = divmod(start + done, each)
            part, last = parts[index], min(first + stop - start - done, each)
            stored = self._file(part.file).get_slice(part.key)
            for where in _pieces(part.shape, first, last):
                piece = stored[where].flatten()
                values[done : done + len(piece)] = piece
                done += len(piece)
        return values

    def _stored(self) -> Iterator[_Part]:
        for key, file in self._files():
            try:
                tensor = self._file(file).get_slice(key)
            except SafetensorError:
                raise ValueError(
                    f"{file} lacks {key}, which the index names: fetch the directory again"
                ) from None
            if (kind := tensor.get_dtype()) not in _FLOATING:
                raise ValueError(
                    f"{file} stores {key} as {kind}: convert the weights to fp32, bf16 or fp16 first"
                )
            yield _Part(file, key, tuple(tensor.get_shape()))

    def _files(self) -> list[tuple[str, Path]]:
        """Every key and its file, from the one file or the index of several."""
        single, index = self.directory / "model.safetensors", self.directory / "model.safetensors.index.json"
        if single.is_file():
            return [(key, single) for key in self._file(single).keys()]  # noqa: SIM118
        if not index.is_file():
            raise FileNotFoundError(
                f"{self.directory} has neither model.safetensors nor its index: give a directory with safetensors"
            )
        try:
            table = json.loads(index.read_text(encoding="utf-8"))["weight_map"]
            names = [(str(key), str(file)) for key, file in table.items()]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise ValueError(f"{index} is damaged: fetch the directory again") from None
        for _, file in names:
            if Path(file).name != file or file in ("", "..") or "\0" in file:
                raise ValueError(
                    f"{index} names {file!r}, which is no file of its directory: fetch the directory again"
                )
        return [(key, self.directory / file) for key, file in names]

    def _file(self, path: Path) -> Any:
        if path not in self._opened:
            if not path.is_file():
                raise FileNotFoundError(
                    f"{path} is not there, but the index names it: fetch the directory again"
                )
            try:
                self._opened[path] = safe_open(path, framework="pt")
            except SafetensorError:
                raise ValueError(f"{path} is damaged or cut off: fetch the directory again") from None
        return self._opened[path]

    def _stack(self, name: str, found: dict[str, _Part]) -> list[_Part]:
        """Experts that are stored alone, in the order of the stacked parameter."""
        whole = len(found) + (len(found) % 2 if name.endswith("gate_up_proj") else 0)
        keys = list(islice(expert_keys(name), whole))
        for key in keys:
            if key not in found:
                raise ValueError(f"the weights in {self.directory} lack {key}: they are not of this model")
        shape = found[keys[0]].shape
        for key in keys:
            if found[key].shape != shape or len(shape) != 2:
                raise ValueError(
                    f"{self.directory}: {key} has shape {found[key].shape}, the other experts have {shape}"
                )
        return [found[key] for key in keys]

    def _tied(self) -> bool:
        if self.shapes[HEAD] != self.shapes[EMBEDDING]:
            return False
        size = math.prod(self.shapes[HEAD])
        blocks = ((start, min(_COMPARED, size - start)) for start in range(0, size, _COMPARED))
        return all(torch.equal(self.read(HEAD, *block), self.read(EMBEDDING, *block)) for block in blocks)


def _stacked_shape(name: str, parts: list[_Part]) -> tuple[int, ...]:
    rows, columns = parts[0].shape
    return (
        (len(parts) // 2, 2 * rows, columns) if name.endswith("gate_up_proj") else (len(parts), rows, columns)
    )


def _pieces(shape: tuple[int, ...], start: int, stop: int) -> Iterator[tuple[slice, ...]]:
    """Slices of a tensor that are, one after the other, values start … stop-1 of the flattened tensor and no others."""
    if len(shape) == 1:
        yield (slice(start, stop),)
        return
    row = math.prod(shape[1:])
    while start < stop:
        first, inside = divmod(start, row)
        whole = (stop - start) // row
        if inside == 0 and whole:
            yield (slice(first, first + whole),)
            start += whole * row
        else:
            end = min(stop - first * row, row)
            yield from ((slice(first, first + 1), *rest) for rest in _pieces(shape[1:], inside, end))
            start = first * row + end
