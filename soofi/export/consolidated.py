"""Plain safetensors: whole fp32 tensors by canonical name, for whoever wants to look into a model or its moments."""

import json
import struct
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import torch
from huggingface_hub import split_torch_state_dict_into_shards

from soofi.export.lazy_weights import LazyWeights
from soofi.ledger import write_json

SHARD_BYTES = 5 * 10**9


def write_consolidated(
    directory: Path, name: str, tensors: LazyWeights, shard_bytes: int = SHARD_BYTES
) -> None:
    """Write `name`.safetensors, or shards of at most `shard_bytes` and their index `name`.safetensors.index.json.

    Every tensor is fp32 and has its shape. One tensor is held at a time.
    """
    empty = {key: torch.empty(shape, device="meta") for key, shape in tensors.shapes.items()}
    split = split_torch_state_dict_into_shards(
        empty, filename_pattern=f"{name}{{suffix}}.safetensors", max_shard_size=shard_bytes
    )
    for file, keys in split.filename_to_tensors.items():
        _write_file(directory / file, {key: tensors.shapes[key] for key in keys}, tensors)
    if split.is_sharded:
        index = {"metadata": split.metadata, "weight_map": split.tensor_to_filename}
        write_json(directory / f"{name}.safetensors.index.json", index)


def _write_file(path: Path, shapes: Mapping[str, tuple[int, ...]], tensors: LazyWeights) -> None:
    # The library wants all tensors of a file at once; the format does not.
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    offset = 0
    for key, shape in shapes.items():
        end = offset + 4 * prod(shape)
        header[key] = {"dtype": "F32", "shape": list(shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for key in shapes:
            file.write(np.ascontiguousarray(tensors[key].numpy(), "<f4").data)
