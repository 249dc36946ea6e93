"""Weights as stock `transformers` expects them: names, shapes, type, shards."""

from collections.abc import Mapping
from pathlib import Path

import torch
from accelerate import init_empty_weights
from huggingface_hub import split_torch_state_dict_into_shards
from safetensors.torch import save_file
from transformers import Qwen3Config, Qwen3ForCausalLM

from soofi.ledger import write_json

EMBEDDING, HEAD = "model.embed_tokens.weight", "lm_head.weight"
SHARD_BYTES = 5 * 10**9


def check_weights(weights: Mapping[str, torch.Tensor], config: Qwen3Config) -> dict[str, torch.Tensor]:
    """The weights in the stock model's order, a tied head left out.

    Raises ValueError with one sentence if a name is missing or unknown, a shape differs, a value is not finite, or a tied
    head is not the embedding.
    """
    with init_empty_weights():
        stock = Qwen3ForCausalLM(config)
    stock.tie_weights()  # empty weights come untied
    expected = {name: parameter.shape for name, parameter in stock.named_parameters()}
    given = dict(weights)
    if config.tie_word_embeddings and HEAD in given:
        head = given.pop(HEAD)
        if EMBEDDING in given and not torch.equal(head, given[EMBEDDING]):
            raise ValueError(f"{HEAD} differs from {EMBEDDING}, but model.tie_word_embeddings is true")
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
    """Write `model.safetensors`, or shards of at most `shard_bytes` and their index, in `dtype`.

    One shard is converted at a time. Equal weights give equal bytes.
    """
    # Where a tensor lies is decided on empty ones of the final type, so that nothing is converted twice.
    empty = {name: torch.empty_like(tensor, dtype=dtype, device="meta") for name, tensor in weights.items()}
    split = split_torch_state_dict_into_shards(
        empty, filename_pattern="model{suffix}.safetensors", max_shard_size=shard_bytes
    )
    for file, names in split.filename_to_tensors.items():
        shard = {name: weights[name].to(dtype).contiguous() for name in names}
        save_file(shard, directory / file, metadata={"format": "pt"})
        # safetensors makes files that only their owner can read; these are to be read like all others.
        (directory / file).chmod(directory.stat().st_mode & 0o666)
    if split.is_sharded:
        index = {"metadata": split.metadata, "weight_map": split.tensor_to_filename}
        write_json(directory / "model.safetensors.index.json", index)
