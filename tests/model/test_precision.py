"""Casting the model to bf16 rounds its weights and products, and nothing that is meant to be fp32."""

import pytest
import torch

from soofi.model import IGNORE_INDEX, Transformer, initialise
from soofi.model.rotary import rotary_angles
from soofi.model.transformer import RMSNorm
from soofi.recipe import Model

VOCABULARY = 97


@pytest.fixture
def model() -> Transformer:
    config = Model(
        hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
        head_dim=16, max_position_embeddings=8192, initializer_range=0.1,
    )  # fmt: skip
    model = Transformer(config, VOCABULARY)
    initialise(model, 1)
    return model.bfloat16()


def test_norms_sum_in_fp32() -> None:
    """8192 squares: a sum in bf16 would stop growing at 256 times the first ones."""
    x = torch.randn(4, 8192, generator=torch.Generator().manual_seed(0)).bfloat16()
    norm = RMSNorm(8192, 1e-6).bfloat16()
    exact = x.double() / x.double().square().mean(-1, keepdim=True).add(1e-6).sqrt()
    rounded = norm(x)
    assert rounded.dtype == torch.bfloat16
    assert ((rounded.double() - exact).abs() <= exact.abs() * 2**-8).all()


def test_rotary_angles_are_those_of_fp32(model: Transformer) -> None:
    tokens = torch.zeros(1, 8000, dtype=torch.long)
    cast = rotary_angles(tokens, None, model.config, torch.bfloat16)
    exact = rotary_angles(tokens, None, model.config, torch.float32)
    for one, two in zip(cast, exact, strict=True):
        assert torch.equal(one, two.bfloat16())


def test_the_loss_is_the_fp32_softmax_of_the_logits(model: Transformer) -> None:
    generator = torch.Generator().manual_seed(0)
    tokens, labels = torch.randint(VOCABULARY, (2, 3, 50), generator=generator)
    labels[0, :7] = IGNORE_INDEX
    with torch.no_grad():
        logits = model(tokens)
        loss, nll = model(tokens, labels_BS=labels)[:2]
    expected = torch.nn.functional.cross_entropy(
        logits.double().flatten(0, 1), labels.flatten(), reduction="none", ignore_index=IGNORE_INDEX
    )
    assert loss.dtype == nll.dtype == torch.float32
    assert (nll.flatten() - expected).abs().max() <= 2e-6 * expected.max()
    assert abs(loss - expected.sum()) <= 2e-6 * expected.sum()
