"""The model against transformers' Qwen3ForCausalLM, and packing."""

import pytest
import torch
from transformers import Qwen3ForCausalLM

from soofi.model import IGNORE_INDEX, Boundaries, Transformer, initialise
from soofi.model.attention_cpu import short_attention
from soofi.model.huggingface import huggingface_config
from soofi.recipe import Model

VOCABULARY = 101
PADDING = VOCABULARY - 1
"""Never drawn by `tokens`: transformers gives the padding embedding no gradient."""


def small(**changes) -> Model:
    fields = {
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 12,
        "max_position_embeddings": 64,
        "rope_theta": 500.0,
        "initializer_range": 0.3,
    }
    return Model(**{**fields, **changes})


def build(config: Model, seed: int = 3) -> Transformer:
    """A model whose norms are not ones, so that a norm in a wrong place shows."""
    model = Transformer(config, VOCABULARY)
    initialise(model, seed)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("norm.weight"):
                parameter.add_(0.3 * torch.randn(parameter.shape, generator=generator))
    return model


def tokens(samples: int, length: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(0, PADDING, (samples, length), generator=torch.Generator().manual_seed(seed))


def assert_close(a: torch.Tensor, b: torch.Tensor, tolerance: float) -> None:
    assert a.shape == b.shape
    assert (a - b).abs().max().item() <= tolerance * max(1.0, b.abs().max().item())


def gradients(model: Transformer) -> dict[str, torch.Tensor]:
    found = {name: parameter.grad for name, parameter in model.named_parameters()}
    model.zero_grad(set_to_none=True)
    assert all(gradient is not None for gradient in found.values())
    return found


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize(("heads", "groups"), [(4, 4), (4, 2), (6, 1)])
def test_logits_equal_transformers(tied, heads, groups):
    config = small(tie_word_embeddings=tied, num_attention_heads=heads, num_key_value_heads=groups)
    model = build(config)
    stock = Qwen3ForCausalLM(huggingface_config(config, VOCABULARY, eod_id=2, pad_id=PADDING))
    stock.load_state_dict(model.state_dict(), strict=True)
    assert {name for name, _ in stock.named_parameters()} == {name for name, _ in model.named_parameters()}
    x_BS = tokens(3, 40)
    with torch.no_grad():
        logits = model(x_BS)
        assert logits.dtype == torch.float32
        assert_close(logits, stock(input_ids=x_BS).logits, 1e-5)


@pytest.mark.parametrize("tied", [False, True])
def test_gradients_equal_transformers(tied):
    config = small(tie_word_embeddings=tied)
    model = build(config)
    stock = Qwen3ForCausalLM(huggingface_config(config, VOCABULARY, eod_id=2, pad_id=PADDING))
    stock.load_state_dict(model.state_dict(), strict=True)
    x_BS, labels_BS = tokens(2, 33), tokens(2, 33, seed=1)
    labels_BS[0, :5] = IGNORE_INDEX
    model(x_BS, labels_BS=labels_BS)[0].backward()
    valid = (labels_BS != IGNORE_INDEX).sum()
    (stock(input_ids=x_BS, labels=labels_BS, shift_labels=labels_BS).loss * valid).backward()
    ours = gradients(model)
    for name, parameter in stock.named_parameters():
        assert_close(ours[name], parameter.grad, 2e-5)


def test_bf16_is_as_near_to_fp32_as_transformers_is():
    config = small()
    x_BS = tokens(3, 40)
    model = build(config)
    exact = model(x_BS).detach()
    model = model.bfloat16()
    stock = Qwen3ForCausalLM(huggingface_config(config, VOCABULARY, eod_id=2, pad_id=PADDING)).bfloat16()
    stock.load_state_dict(model.state_dict(), strict=True)
    with torch.no_grad():
        ours, theirs = model(x_BS) - exact, stock(input_ids=x_BS).logits.float() - exact
    assert 0 < ours.square().mean() < 1.1 * theirs.square().mean()


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
def test_packed_documents_equal_documents_alone(precision):
    model = build(small()).to(precision)
    lengths = [[7, 1, 22, 10], [40], [13, 27]]
    x_BS, labels_BS = tokens(3, 40), tokens(3, 40, seed=1)
    documents_BS = torch.stack(
        [torch.arange(len(row)).repeat_interleave(torch.tensor(row)) for row in lengths]
    )
    boundaries = Boundaries.of(documents_BS)
    logits = model(x_BS, boundaries)
    loss, nll_BS, *_ = model(x_BS, boundaries, labels_BS)
    loss.backward()
    packed = gradients(model)
    alone = torch.zeros(())
    for sample, row in enumerate(lengths):
        start = 0
        for length in row:
            part = (slice(sample, sample + 1), slice(start, start + length))
            tolerance = 1e-5 if precision == torch.float32 else 0.03
            assert_close(logits[part], model(x_BS[part]), tolerance)
            one, one_nll, *_ = model(x_BS[part], labels_BS=labels_BS[part])
            assert_close(nll_BS[part], one_nll, tolerance)
            alone = alone + one
            start += length
    alone.backward()
    assert_close(loss, alone, 1e-6 if precision == torch.float32 else 0.01)
    for name, gradient in gradients(model).items():
        assert_close(packed[name], gradient, 2e-5 if precision == torch.float32 else 0.05)


def test_a_document_does_not_see_its_neighbours():
    model = build(small())
    x_BS = tokens(1, 20)
    boundaries = Boundaries.of(torch.arange(20)[None] // 10)
    changed = x_BS.clone()
    changed[0, 3] = (changed[0, 3] + 1) % VOCABULARY
    before, after = model(x_BS, boundaries), model(changed, boundaries)
    assert torch.equal(before[0, 10:], after[0, 10:])
    assert torch.equal(before[0, :3], after[0, :3])
    assert not torch.allclose(before[0, 3:10], after[0, 3:10])


def test_boundaries():
    boundaries = Boundaries.of(torch.tensor([[0, 0, 1, 1, 1, 2], [5, 5, 5, 5, 5, 5]]))
    assert boundaries.positions_BS.tolist() == [[0, 1, 0, 1, 2, 0], [0, 1, 2, 3, 4, 5]]
    assert boundaries.cumulative_lengths.tolist() == [0, 2, 5, 6, 12]
    assert boundaries.cumulative_lengths.dtype == torch.int32
    assert boundaries.longest_tokens == 6
    assert not boundaries.one_document_each
    assert Boundaries.of(torch.zeros(3, 4, dtype=torch.int32)).one_document_each
    assert boundaries.mask_B1SS.shape == (2, 1, 6, 6)
    assert boundaries.mask_B1SS is boundaries.mask_B1SS
    assert boundaries.mask_B1SS[0, 0].int().tolist() == [
        [1, 0, 0, 0, 0, 0],
        [1, 1, 0, 0, 0, 0],
        [0, 0, 1, 0, 0, 0],
        [0, 0, 1, 1, 0, 0],
        [0, 0, 1, 1, 1, 0],
        [0, 0, 0, 0, 0, 1],
    ]


@pytest.mark.parametrize("wrong", [torch.tensor([[0, 1, 0]]), torch.tensor([0, 0, 1]), torch.zeros(0, 4)])
def test_boundaries_refuse_what_is_no_numbering(wrong):
    with pytest.raises(ValueError, match="document numbers"):
        Boundaries.of(wrong)


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_short_attention_equals_torch(groups):
    generator = torch.Generator().manual_seed(0)
    q = torch.randn(2, 4, 24, 16, generator=generator)
    k, v = (torch.randn(2, groups, 24, 16, generator=generator) for _ in range(2))
    out_gradient = torch.randn(q.shape, generator=generator)
    mask = Boundaries.of(torch.tensor([[0] * 9 + [1] * 15, [0] * 24])).mask_B1SS
    results = []
    for function in (short_attention, torch.nn.functional.scaled_dot_product_attention):
        inputs = [x.clone().requires_grad_() for x in (q, k, v)]
        options = {} if function is short_attention else {"enable_gqa": True}
        out = function(*inputs, mask, **options)
        out.backward(out_gradient)
        results.append([out.detach(), *(x.grad for x in inputs)])
    for ours, theirs in zip(*results, strict=True):
        assert_close(ours, theirs, 1e-5)


def test_loss_of_a_batch_is_the_sum_of_its_parts():
    model = build(small())
    x_BS, labels_BS = tokens(4, 20), tokens(4, 20, seed=1)
    labels_BS[1] = IGNORE_INDEX
    whole, nll_BS, *_ = model(x_BS, labels_BS=labels_BS)
    parts = [model(x_BS[i : i + 1], labels_BS=labels_BS[i : i + 1])[0] for i in range(4)]
    assert parts[1] == 0
    assert_close(whole, torch.stack(parts).sum(), 1e-6)
    assert_close(nll_BS.sum(), whole, 1e-6)
    assert not nll_BS.requires_grad and nll_BS.dtype == torch.float32 and whole.dtype == torch.float32


def test_rotary_positions_stay_fp32_in_a_bf16_model():
    """Position 4000 and 4001 are one number in bf16; their rotations must differ, and equal those of fp32."""
    config = small(max_position_embeddings=8192)
    model = Transformer(config, VOCABULARY)
    initialise(model, 1)
    model.bfloat16()
    assert not list(model.buffers())
    seen = []
    attention = model.model.layers[0].self_attn
    attention.register_forward_pre_hook(lambda module, arguments: seen.append(arguments[1]))
    with torch.no_grad():
        model(tokens(1, 4002))
    cosine, sine = (table[0, 0, 4001] for table in seen[0])
    angles = 4001.0 / 500.0 ** (torch.arange(0, 12, 2, dtype=torch.float64) / 12)
    assert cosine.dtype == torch.bfloat16
    assert (cosine[:6].double() - angles.cos()).abs().max() < 0.004
    assert (sine[6:].double() - angles.sin()).abs().max() < 0.004


def test_a_sample_that_is_too_long_is_refused():
    with pytest.raises(ValueError, match="max_position_embeddings"):
        build(small())(tokens(1, 65))


def test_seams_can_be_replaced_from_outside():
    model = build(small())
    expected = model(tokens(1, 8))
    calls = []
    for layer in model.model.layers:
        kernel = layer.self_attn.attention
        layer.self_attn.attention = lambda *a, kernel=kernel: calls.append(a[3]) or kernel(*a)
    assert torch.equal(model(tokens(1, 8)), expected)
    assert calls == [None, None]
