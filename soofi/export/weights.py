"""Weights as stock `transformers` expects them: names, shapes, type, shards."""

import math
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
import transformers
from accelerate import init_empty_weights
from huggingface_hub import split_torch_state_dict_into_shards
from safetensors.torch import save_file

from soofi.ledger import write_json
from soofi.model.huggingface_weights import EMBEDDING, HEAD, is_stacked, split_experts

SHARD_BYTES = 5 * 10**9
_ROUTER_BIAS = "e_score_correction_bias"


def check_weights(weights: Mapping[str, torch.Tensor], config: Any) -> dict[str, torch.Tensor]:
    """The weights and buffers, by canonical name, in the order of the stock model of `config`; a tied head left out, empty
    tensors of a shared expert that there is not put in.

    Raises ValueError with one sentence if a name is missing or unknown, a shape differs, a value is not finite, or a tied
    head is not the embedding.
    """
    with init_empty_weights(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's, of the empty tensors
        stock = getattr(transformers, config.architectures[0])(config)
    expected = {name: tensor.shape for name, tensor in stock.state_dict().items()}
    given = dict(weights)
    if config.tie_word_embeddings:
        del expected[HEAD]
        head = given.pop(HEAD, None)
        if head is not None and EMBEDDING in given and not torch.equal(head, given[EMBEDDING]):
            raise ValueError(f"{HEAD} differs from {EMBEDDING}, but model.tie_word_embeddings is true")
    for name, shape in expected.items():
        if math.prod(shape) == 0:
            given.setdefault(name, torch.empty(shape))
    for names, word in (
        (expected.keys() - given.keys(), "lack"),
        (given.keys() - expected.keys(), "have an unknown"),
    ):
        if names:
            raise ValueError(
                f"the checkpoint's weights {word} {min(names)}: it is not of this recipe's model"
            )
    for name, shape in expected.items():
        if given[name].shape != shape:
            raise ValueError(
                f"{name} has shape {tuple(given[name].shape)}, the recipe's model needs {tuple(shape)}"
            )
        if not bool(torch.isfinite(given[name]).all()):
            raise ValueError(f"{name} holds values that are not finite: export an earlier checkpoint")
    return {name: given[name] for name in expected}


def write_weights(
    directory: Path, weights: Mapping[str, torch.Tensor], dtype: torch.dtype, shard_bytes: int = SHARD_BYTES
) -> None:
    """Write `model.safetensors`, or shards of at most `shard_bytes` and their index, in `dtype`, as `save_pretrained` does:
    each expert alone, router biases in fp32.

    One shard is converted at a time. Equal weights give equal bytes.
    """
    stored = dict(pair for name, tensor in weights.items() for pair in split_experts(name, tensor))
    types = {name: torch.float32 if name.endswith(_ROUTER_BIAS) else dtype for name in stored}
    # Where a tensor lies is decided on empty ones of the final type, so that nothing is converted twice.
    empty = {
        name: torch.empty_like(tensor, dtype=types[name], device="meta") for name, tensor in stored.items()
    }
    split = split_torch_state_dict_into_shards(
        empty, filename_pattern="model{suffix}.safetensors", max_shard_size=shard_bytes
    )
    for file, names in split.filename_to_tensors.items():
        shard = {name: stored[name].to(types[name]).contiguous() for name in names}
        save_file(shard, directory / file, metadata={"format": "pt"})
        # safetensors makes files that only their owner can read; these are to be read like all others.
        (directory / file).chmod(directory.stat().st_mode & 0o666)
    if split.is_sharded:
        index = {"metadata": split.metadata, "weight_map": split.tensor_to_filename}
        write_json(directory / "model.safetensors.index.json", index)


def count_parameters(weights: Mapping[str, torch.Tensor], experts_per_token: int) -> tuple[int, int]:
    """All parameters and those that compute one token, tied ones once; router biases are no parameters.

    Of each layer's experts (E, …), `experts_per_token` compute a token.
    """
    total = active = 0
    for name, tensor in weights.items():
        if not name.endswith(_ROUTER_BIAS):
            total += tensor.numel()
            active += (
                tensor.numel() * experts_per_token // len(tensor) if is_stacked(name) else tensor.numel()
            )
    return total, active
