"""First values depend on seed, name and index only."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from soofi.model import Transformer, initial_values, initialise
from soofi.recipe import Model

CONFIG = Model(
    hidden_size=32,
    intermediate_size=64,
    num_hidden_layers=2,
    num_attention_heads=2,
    num_key_value_heads=1,
    head_dim=16,
    initializer_range=0.05,
)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(start=st.integers(0, 5000), count=st.integers(0, 300))
def test_any_slice_equals_the_whole(start, count):
    whole = initial_values(7, "a.weight", (53, 100), 0.02)
    assert whole.shape == (53, 100) and whole.dtype == torch.float32
    assert torch.equal(
        initial_values(7, "a.weight", (53, 100), 0.02, start, count), whole.flatten()[start : start + count]
    )


def test_slices_across_blocks():
    shape, edge = (1100, 1000), 1 << 20
    whole = initial_values(1, "b", shape, 1.0).flatten()
    assert torch.equal(initial_values(1, "b", shape, 1.0, edge - 3, 9), whole[edge - 3 : edge + 6])


def test_seed_and_name_change_the_values():
    values = [initial_values(seed, name, (400,), 1.0) for seed in (1, 2, 11) for name in ("a", "b", "1:a")]
    for i, one in enumerate(values):
        for two in values[:i]:
            assert abs(torch.corrcoef(torch.stack([one, two]))[0, 1]) < 0.2


def test_known_values():
    """Guards old checkpoints' promise: the same recipe gives the same first weights for ever."""
    assert initial_values(1, "model.embed_tokens.weight", (4,), 1.0).tolist() == pytest.approx(
        KNOWN, abs=1e-6
    )


KNOWN = [-0.4316191, 0.7943916, 0.1252608, -1.0635176]


def test_moments_are_those_of_a_normal():
    values = initial_values(5, "w", (1000, 1000), 0.02).double() / 0.02
    assert abs(values.mean()) < 0.004
    assert abs(values.std() - 1) < 0.003
    assert abs((values**3).mean()) < 0.01
    assert abs((values**4).mean() - 3) < 0.03
    assert 4.2 < values.abs().max() < 6.7


def test_slices_outside_are_refused():
    for start, count in ((0, 11), (11, 0), (-1, 2), (3, -1)):
        with pytest.raises(ValueError, match="outside w"):
            initial_values(1, "w", (2, 5), 1.0, start, count)


@pytest.mark.parametrize("tied", [False, True])
def test_a_model_built_on_meta_gets_the_same_values(tied):
    config = CONFIG.model_copy(update={"tie_word_embeddings": tied})
    direct = Transformer(config, 90)
    initialise(direct, 3)
    with torch.device("meta"):
        model = Transformer(config, 90)
    with pytest.raises(ValueError, match="to_empty"):
        initialise(model, 3)
    model = model.to_empty(device="cpu")
    initialise(model, 3)
    assert (model.lm_head.weight is model.model.embed_tokens.weight) == tied
    for name, value in direct.state_dict().items():
        assert torch.equal(value, model.state_dict()[name]), name
        if name.endswith("norm.weight"):
            assert (value == 1).all()
        else:
            assert torch.equal(value, initial_values(3, canonical(name, tied), tuple(value.shape), 0.05))


def canonical(name: str, tied: bool) -> str:
    return "model.embed_tokens.weight" if tied and name == "lm_head.weight" else name


def test_initialise_leaves_the_global_generator_alone():
    before = torch.get_rng_state()
    model = Transformer(CONFIG, 90)
    torch.set_rng_state(before)
    initialise(model, 3)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_bf16_model_gets_the_rounded_values():
    one, two = Transformer(CONFIG, 90), Transformer(CONFIG, 90).bfloat16()
    initialise(one, 3)
    initialise(two, 3)
    for name, value in one.state_dict().items():
        assert torch.equal(value.bfloat16(), two.state_dict()[name])
