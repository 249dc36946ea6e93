"""Wrappers and engines rename parameters; a canonical name does not change."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.distributed.algorithms._checkpoint.checkpoint_wrapper import checkpoint_wrapper

from soofi.model import Transformer
from soofi.recipe import Model
from soofi.train.canonical_names import WRAPPERS, canonical_name, canonical_parameters

CONFIG = Model(
    hidden_size=16, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=1, head_dim=8,
    tie_word_embeddings=True,
)  # fmt: skip


def test_the_names_of_the_plain_model_stay() -> None:
    model = Transformer(CONFIG, 20)
    assert [name for name, _ in canonical_parameters(model)] == [name for name, _ in model.named_parameters()]


def test_wrapped_layers_keep_their_names() -> None:
    plain = [name for name, _ in Transformer(CONFIG, 20).named_parameters()]
    model = Transformer(CONFIG, 20)
    layers = model.model.layers
    layers[0] = torch.compile(layers[0])
    layers[1] = checkpoint_wrapper(layers[1])
    engine = torch.nn.Module()
    engine.module = model
    assert [name for name, _ in engine.named_parameters()] != plain
    assert [name for name, _ in canonical_parameters(engine)] == plain


@given(
    parts=st.lists(st.sampled_from(["model", "layers", "0", "mlp", "weight"]), min_size=1),
    wrappers=st.lists(st.tuples(st.integers(0, 9), st.sampled_from(sorted(WRAPPERS)))),
)
def test_any_wrappers_in_any_place(parts: list[str], wrappers: list[tuple[int, str]]) -> None:
    wrapped = list(parts)
    for place, wrapper in wrappers:
        wrapped.insert(place, wrapper)
    assert canonical_name(".".join(wrapped)) == ".".join(parts)
