"""Packed documents equal documents alone, forward and backward, whatever the boundaries and on every path of a CPU."""

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from soofi.model import Boundaries, Transformer, attention, initialise
from soofi.model.attention_cpu import short_attention
from soofi.recipe import Model

VOCABULARY = 61
EXACT = 2e-6
"""In fp32. A product's rounding depends on the shapes it is computed in, so the same bits cannot be asked for."""
ROUNDED = 0.02
"""In bf16: a few units of its last place (2^-8), as every product is rounded once."""

Attention = Callable[..., torch.Tensor]


def short(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, boundaries: Boundaries) -> torch.Tensor:
    """The kernel for bf16, which `attention` chooses by type, called in any type."""
    return short_attention(q, k, v, boundaries.mask_B1SS)


@st.composite
def packings(draw) -> tuple[list[list[int]], int]:
    """Lengths of the documents of each sample, all samples equally long; and a seed."""
    length = draw(st.integers(1, 40))
    samples = []
    for _ in range(draw(st.integers(1, 3))):
        cuts = sorted(draw(st.sets(st.integers(1, length - 1), max_size=6))) if length > 1 else []
        samples.append([b - a for a, b in zip([0, *cuts], [*cuts, length], strict=True)])
    return samples, draw(st.integers(0, 999))


def numbered(samples: list[list[int]]) -> Boundaries:
    rows = [torch.arange(len(row)).repeat_interleave(torch.tensor(row)) for row in samples]
    return Boundaries.of(torch.stack(rows))


def parts(samples: list[list[int]]):
    """Where each document stands: (sample, tokens)."""
    for sample, row in enumerate(samples):
        start = 0
        for length in row:
            yield slice(sample, sample + 1), slice(start, start + length)
            start += length


def assert_close(a: torch.Tensor, b: torch.Tensor, tolerance: float) -> None:
    assert a.shape == b.shape
    assert (a - b).abs().max().item() <= tolerance * max(1.0, b.abs().max().item())


@pytest.mark.parametrize(
    ("function", "precision", "tolerance"),
    [
        (attention, torch.float32, EXACT),
        (short, torch.float32, EXACT),
        (attention, torch.bfloat16, ROUNDED),
    ],
)
@pytest.mark.parametrize("groups", [1, 2, 4])
@given(packing=packings())
@settings(max_examples=25, deadline=None)
def test_attention_never_leaves_a_document(function, precision, tolerance, groups, packing) -> None:
    samples, seed = packing
    boundaries = numbered(samples)
    size, length = boundaries.documents_BS.shape
    generator = torch.Generator().manual_seed(seed)
    shapes = [(size, 4, length, 8), *[(size, groups, length, 8)] * 2]
    drawn = [torch.randn(shape, generator=generator).to(precision) for shape in shapes]
    arriving = torch.randn(shapes[0], generator=generator).to(precision)
    together = [x.clone().requires_grad_() for x in drawn]
    out = function(*together, boundaries)
    out.backward(arriving)
    for where, tokens in parts(samples):
        alone = [x[where, :, tokens].clone().requires_grad_() for x in drawn]
        one = function(*alone, Boundaries.of(torch.zeros(1, alone[0].shape[2], dtype=torch.long)))
        one.backward(arriving[where, :, tokens])
        assert_close(out[where, :, tokens], one, tolerance)
        for packed, single in zip(together, alone, strict=True):
            assert_close(packed.grad[where, :, tokens], single.grad, tolerance)


def test_bf16_takes_the_short_kernel_and_long_samples_do_not() -> None:
    """Both agree, so that where one ends and the other begins is no edge."""
    generator = torch.Generator().manual_seed(0)
    q, k, v = (torch.randn(1, 2, 520, 8, generator=generator).bfloat16() for _ in range(3))
    boundaries = Boundaries.of((torch.arange(520) // 130)[None])
    by_torch = attention(q, k, v, boundaries)
    by_products = short_attention(q, k, v, boundaries.mask_B1SS)
    assert not torch.equal(by_torch, by_products)
    assert_close(by_torch.float(), by_products.float(), ROUNDED)
    near = [x[:, :, :130] for x in (q, k, v)]
    assert torch.equal(
        attention(*near), short_attention(*near, torch.ones(1, 1, 130, 130, dtype=torch.bool).tril_())
    )


@given(packing=packings())
@settings(max_examples=25, deadline=None)
def test_the_whole_model_sees_documents_as_if_alone(packing) -> None:
    samples, seed = packing
    config = Model(
        hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
        head_dim=12, max_position_embeddings=64, initializer_range=0.1,
    )  # fmt: skip
    model = Transformer(config, VOCABULARY)
    initialise(model, 3)
    boundaries = numbered(samples)
    generator = torch.Generator().manual_seed(seed)
    x_BS, labels_BS = torch.randint(VOCABULARY, (2, *boundaries.documents_BS.shape), generator=generator)
    logits = model(x_BS, boundaries).detach()
    mean = x_BS.numel()
    (model(x_BS, boundaries, labels_BS)[0] / mean).backward()
    packed = {name: parameter.grad for name, parameter in model.named_parameters()}
    model.zero_grad(set_to_none=True)
    for where in parts(samples):
        assert_close(logits[where], model(x_BS[where]).detach(), EXACT)
        (model(x_BS[where], labels_BS=labels_BS[where])[0] / mean).backward()
    for name, parameter in model.named_parameters():
        assert_close(packed[name], parameter.grad, EXACT)
