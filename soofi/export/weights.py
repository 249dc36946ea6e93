"""Weights as stock `transformers` expects them: names, shapes, type, shards. At most a shard of them is held at once."""

import math
import warnings
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

import torch
import transformers
from accelerate import init_empty_weights
from huggingface_hub import split_torch_state_dict_into_shards
from safetensors.torch import save_file

from soofi.export.lazy_weights import LazyWeights, shapes_of
from soofi.ledger import write_json
from soofi.model.huggingface_weights import EMBEDDING, HEAD, is_stacked, split_experts

SHARD_BYTES = 5 * 10**9
_ROUTER_BIAS = "e_score_correction_bias"


def check_weights(weights: Mapping[str, torch.Tensor], config: Any) -> LazyWeights:
    """The weights and buffers, by canonical name, in the order of the stock model of `config`; a tied head left out, empty
    tensors of a shared expert that there is not put in.

    Raises ValueError with one sentence if a name is missing or unknown, a shape differs, or a tied head is not the embedding;
    so does reading a tensor from the result if a value of it is not finite.
    """
    with init_empty_weights(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's, of the empty tensors
        stock = getattr(transformers, config.architectures[0])(config)
    expected = {name: tuple(tensor.shape) for name, tensor in stock.state_dict().items()}
    given = shapes_of(weights)
    if config.tie_word_embeddings:
        del expected[HEAD]
        if HEAD in given and EMBEDDING in given and not torch.equal(weights[HEAD], weights[EMBEDDING]):
            raise ValueError(f"{HEAD} differs from {EMBEDDING}, but model.tie_word_embeddings is true")
        given = {name: shape for name, shape in given.items() if name != HEAD}
    empty = {name: shape for name, shape in expected.items() if math.prod(shape) == 0}
    given = empty | given
    for names, word in (
        (expected.keys() - given.keys(), "lack"),
        (given.keys() - expected.keys(), "have an unknown"),
    ):
        if names:
            raise ValueError(
                f"the checkpoint's weights {word} {min(names)}: it is not of this recipe's model"
            )
    for name, shape in expected.items():
        if given[name] != shape:
            raise ValueError(f"{name} has shape {given[name]}, the recipe's model needs {shape}")

    def read(name: str) -> torch.Tensor:
        tensor = torch.empty(empty[name]) if name in empty else weights[name]
        if not bool(torch.isfinite(tensor).all()):
            raise ValueError(f"{name} holds values that are not finite: export an earlier checkpoint")
        return tensor

    return LazyWeights(expected, read)


def write_weights(
    directory: Path, weights: Mapping[str, torch.Tensor], dtype: torch.dtype, shard_bytes: int = SHARD_BYTES
) -> None:
    """Write `model.safetensors`, or shards of at most `shard_bytes` and their index, in `dtype`, as `save_pretrained` does:
    each expert alone, router biases in fp32.

    One shard is held at a time. Equal weights give equal bytes.
    """
    # Where a tensor lies is decided on empty ones of the final type.
    empty, parents = {}, {}
    for name, shape in shapes_of(weights).items():
        for key, tensor in split_experts(name, torch.empty(shape, device="meta")):
            empty[key], parents[key] = torch.empty_like(tensor, dtype=_type(name, dtype)), name
    split = split_torch_state_dict_into_shards(
        empty, filename_pattern="model{suffix}.safetensors", max_shard_size=shard_bytes
    )
    for file, keys in split.filename_to_tensors.items():
        shard: dict[str, torch.Tensor] = {}
        for name, together in groupby(keys, parents.__getitem__):
            shard |= _stored(name, weights[name], _type(name, dtype), together)
        save_file(shard, directory / file, metadata={"format": "pt"})
        del shard  # before the next one is made
        # safetensors makes files that only their owner can read; these are to be read like all others.
        (directory / file).chmod(directory.stat().st_mode & 0o666)
    if split.is_sharded:
        index = {"metadata": split.metadata, "weight_map": split.tensor_to_filename}
        write_json(directory / "model.safetensors.index.json", index)


def _type(name: str, dtype: torch.dtype) -> torch.dtype:
    return torch.float32 if name.endswith(_ROUTER_BIAS) else dtype


def _stored(
    name: str, tensor: torch.Tensor, dtype: torch.dtype, keys: Iterable[str]
) -> dict[str, torch.Tensor]:
    """The parts of a canonical parameter that stand under `keys` in a directory."""
    parts = dict(split_experts(name, tensor))
    return {key: parts[key].to(dtype).contiguous() for key in keys}


def count_parameters(weights: Mapping[str, torch.Tensor], experts_per_token: int) -> tuple[int, int]:
    """All parameters and those that compute one token, tied ones once; router biases are no parameters.

    Of each layer's experts (E, …), `experts_per_token` compute a token.
    """
    total = active = 0
    for name, shape in shapes_of(weights).items():
        if not name.endswith(_ROUTER_BIAS):
            size = math.prod(shape)
            total += size
            active += size * experts_per_token // shape[0] if is_stacked(name) else size
    return total, active
