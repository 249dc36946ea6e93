"""Rotary scaling against transformers' own functions, and under packing."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import Qwen3Config
from transformers.models.qwen3.modeling_qwen3 import Qwen3RotaryEmbedding

from soofi.model import Boundaries, Transformer, initialise
from soofi.model.rotary import rotary_angles
from soofi.recipe import Model

ORIGINAL = 64


def model(
    rope_scaling: dict | None, head_dim: int = 16, theta: float = 10_000.0, longest: int = 4 * ORIGINAL
) -> Model:
    return Model(
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=1,
        num_key_value_heads=1,
        head_dim=head_dim,
        rope_theta=theta,
        max_position_embeddings=longest,
        rope_scaling=rope_scaling,
        initializer_range=0.3,
    )


@st.composite
def scalings(draw):
    kind = draw(st.sampled_from(["linear", "dynamic", "yarn"]))
    scaling = {
        "rope_type": kind,
        "factor": draw(st.sampled_from([4.0, 5.3, 32.0])),
        "original_max_position_embeddings": ORIGINAL,
    }
    if kind == "yarn":
        optional = {"beta_fast": [1.5, 16.0, 50.0], "beta_slow": [0.25, 1.0], "attention_factor": [0.8, 1.5]}
        scaling |= {
            key: value for key in optional if (value := draw(st.none() | st.sampled_from(optional[key])))
        }
    return scaling


@settings(max_examples=80, deadline=None, derandomize=True)
@given(
    scalings(),
    st.sampled_from([4, 12, 16, 128]),
    st.sampled_from([50.0, 10_000.0, 1e6]),
    st.integers(1, 4 * ORIGINAL),
)
def test_angles_are_those_of_transformers(scaling, head_dim, theta, length):
    parameters = {**scaling, "rope_theta": theta}
    if scaling["rope_type"] != "yarn":
        del parameters["original_max_position_embeddings"]
    stock = Qwen3RotaryEmbedding(
        Qwen3Config(
            head_dim=head_dim,
            # The length from which on transformers stretches a dynamic base.
            max_position_embeddings=ORIGINAL if scaling["rope_type"] == "dynamic" else 4 * ORIGINAL,
            rope_parameters=parameters,
        )
    )
    tokens_BS = torch.zeros(1, length, dtype=torch.long)
    theirs = stock(torch.zeros(1), torch.arange(length)[None])
    ours = rotary_angles(tokens_BS, None, model(scaling, head_dim, theta), torch.float32)
    for mine, their in zip(ours, theirs, strict=True):
        assert mine.shape == (1, 1, length, head_dim)
        # Angles reach 256, where fp32 is spaced by 3e-5.
        assert (mine[0, 0] - their[0]).abs().max() < 1e-4


def test_yarn_keeps_the_fast_and_divides_the_slow():
    scaling = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": ORIGINAL}
    tokens_BS = torch.zeros(1, 2, dtype=torch.long)
    plain, scaled = (
        torch.atan2(sine[0, 0, 1], cosine[0, 0, 1])[:8]
        for cosine, sine in (
            rotary_angles(tokens_BS, None, model(kind), torch.float32) for kind in (None, scaling)
        )
    )
    assert float(scaled[0]) == pytest.approx(float(plain[0]), rel=1e-5)
    assert float(scaled[-1]) == pytest.approx(float(plain[-1]) / 4, rel=1e-5)
    cosine, _ = rotary_angles(tokens_BS, None, model(scaling), torch.float32)
    assert float(cosine[0, 0, 0, 0]) == pytest.approx(0.1 * math.log(4) + 1)


@pytest.mark.parametrize("kind", ["linear", "dynamic", "yarn"])
def test_packed_documents_equal_documents_alone(kind):
    """Documents shorter and longer than the original length: a dynamic base follows each one's own length."""
    scaling = {"rope_type": kind, "factor": 4.0, "original_max_position_embeddings": ORIGINAL}
    transformer = Transformer(model(scaling), 31)
    initialise(transformer, 3)
    lengths = [[32, 128], [104, 40, 16]]
    x_BS = torch.randint(0, 31, (2, 160), generator=torch.Generator().manual_seed(0))
    documents_BS = torch.stack(
        [torch.arange(len(row)).repeat_interleave(torch.tensor(row)) for row in lengths]
    )
    boundaries = Boundaries.of(documents_BS)
    assert boundaries.lengths_BS[1].unique_consecutive().tolist() == lengths[1]
    with torch.no_grad():
        packed = transformer(x_BS, boundaries)
        for sample, row in enumerate(lengths):
            start = 0
            for length in row:
                part = (slice(sample, sample + 1), slice(start, start + length))
                alone = transformer(x_BS[part])
                assert (packed[part] - alone).abs().max() <= 2e-6 * max(1.0, float(alone.abs().max()))
                start += length


def test_frequencies_stay_fp32_in_a_bf16_model():
    scaling = {"rope_type": "dynamic", "factor": 4.0, "original_max_position_embeddings": ORIGINAL}
    transformer = Transformer(model(scaling), 31).bfloat16()
    assert not list(transformer.buffers())
    tokens_BS = torch.zeros(1, 200, dtype=torch.long)
    exact, _ = rotary_angles(tokens_BS, None, model(scaling), torch.float32)
    rounded, _ = rotary_angles(tokens_BS, None, model(scaling), torch.bfloat16)
    assert torch.equal(rounded, exact.bfloat16())


@pytest.mark.parametrize(
    ("changes", "longest", "message"),
    [
        (
            {},
            257,
            r"max_position_embeddings \(257\) does not lie between .* \(64\) and rope_scaling.factor times it \(256\)",
        ),
        ({}, 63, r"max_position_embeddings \(63\) does not lie"),
        ({"rope_type": "linear", "beta_fast": 3.0}, 256, "beta_fast belongs to rope_type yarn, not linear"),
        (
            {"rope_type": "dynamic", "attention_factor": 3.0},
            256,
            "attention_factor belongs to rope_type yarn",
        ),
        ({"beta_fast": 1.0}, 256, r"beta_fast \(1\) is not greater than beta_slow \(1\)"),
        ({"beta_slow": 32.0}, 256, r"beta_fast \(32\) is not greater than beta_slow \(32\)"),
        ({"factor": 0.5}, 64, "greater than or equal to 1"),
        ({"rope_type": "longrope"}, 256, "rope_type"),
    ],
)
def test_scaling_that_cannot_be_is_refused(changes, longest, message):
    scaling = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": ORIGINAL}
    with pytest.raises(ValueError, match=message):
        model(scaling | changes, longest=longest)


def test_what_a_type_cannot_compute_is_refused():
    scaling = {"factor": 4.0, "original_max_position_embeddings": ORIGINAL}
    with pytest.raises(ValueError, match=r"head_dim \(2\).*rope_type dynamic"):
        model(scaling | {"rope_type": "dynamic"}, head_dim=2)
    with pytest.raises(ValueError, match=r"rope_theta \(1\).*rope_type yarn"):
        model(scaling | {"rope_type": "yarn"}, theta=1.0)
