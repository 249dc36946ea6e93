"""The peer of the two `transformers` contenders, and their random tokens."""

from collections.abc import Iterator

import torch
from torch.utils.data import IterableDataset
from transformers import Qwen3Config, Qwen3ForCausalLM

from train_step_peers.shape import Shape

SETTINGS = {
    "model": "Qwen3ForCausalLM",
    "parameters": "fp32",
    "attn_implementation": "sdpa",
    "use_cache": False,
}


def build_model(shape: Shape) -> torch.nn.Module:
    """Stock Qwen3 of the shape, fp32 parameters."""
    config = Qwen3Config(
        vocab_size=shape.vocabulary,
        hidden_size=shape.width,
        intermediate_size=shape.feed_forward,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.kv_heads,
        head_dim=shape.head,
        max_position_embeddings=shape.sequence,
        tie_word_embeddings=shape.tied,
        use_cache=SETTINGS["use_cache"],
        attn_implementation=SETTINGS["attn_implementation"],
    )
    model = Qwen3ForCausalLM(config)
    assert sum(parameter.numel() for parameter in model.parameters()) == shape.parameters
    return model


class RandomSamples(IterableDataset[dict[str, torch.Tensor]]):
    """Samples of random tokens without end; the model shifts the labels itself."""

    def __init__(self, shape: Shape):
        self.shape = shape

    def __iter__(self) -> Iterator[dict[str, torch.Tensor]]:
        generator = torch.Generator().manual_seed(0)
        while True:
            tokens = torch.randint(self.shape.vocabulary, (self.shape.sequence,), generator=generator)
            yield {"input_ids": tokens, "labels": tokens}
