"""Experts: the same as a loop over tokens and their experts, whoever gets how many tokens."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from soofi.model import Boundaries, Transformer, initialise
from soofi.model import experts as experts_module
from soofi.model.experts import StackedExperts, grouped_product
from soofi.recipe import Model
from soofi.train.transforms import recompute

VOCABULARY = 61
SEEDS = st.integers(0, 2**31)


def build(experts: int, width: int, inner: int, seed: int) -> StackedExperts:
    module = StackedExperts(experts, width, inner)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) / 3)
    return module


def naive(
    module: StackedExperts, x_ND: torch.Tensor, indices_NK: torch.Tensor, weights_NK: torch.Tensor
) -> torch.Tensor:
    rows = []
    for x_D, indices, weights in zip(x_ND, indices_NK.tolist(), weights_NK, strict=True):
        row = torch.zeros_like(x_D)
        for expert, weight in zip(indices, weights, strict=True):
            gate_F, up_F = (module.gate_up_proj[expert] @ x_D).chunk(2)
            row = row + weight * (module.down_proj[expert] @ (F.silu(gate_F) * up_F))
        rows.append(row)
    return torch.stack(rows)


def assert_close(a: torch.Tensor, b: torch.Tensor, tolerance: float) -> None:
    assert a.shape == b.shape
    assert (a - b).abs().max() <= tolerance * max(1.0, float(b.abs().max()))


@st.composite
def cases(draw) -> tuple[StackedExperts, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Experts, tokens, whom they go to and with what weights; in some cases whole experts get nothing."""
    experts = draw(st.integers(1, 9))
    chosen = draw(st.integers(1, min(experts, 3)))
    reachable = draw(st.integers(chosen, experts))
    tokens = draw(st.integers(1, 12))
    width, inner = draw(st.sampled_from([4, 8, 12])), draw(st.sampled_from([4, 8]))
    generator = torch.Generator().manual_seed(draw(SEEDS))
    module = build(experts, width, inner, draw(SEEDS))
    indices_NK = torch.stack([torch.randperm(reachable, generator=generator)[:chosen] for _ in range(tokens)])
    x_ND = torch.randn(tokens, width, generator=generator)
    return module, x_ND, indices_NK, torch.rand(tokens, chosen, generator=generator)


def value_and_gradients(run, module, x_ND, indices_NK, weights_NK) -> list[torch.Tensor]:
    x_ND, weights_NK = x_ND.clone().requires_grad_(), weights_NK.clone().requires_grad_()
    y_ND = run(module, x_ND, indices_NK, weights_NK)
    inputs = [x_ND, weights_NK, module.gate_up_proj, module.down_proj]
    # Another weight for every output, so that misplaced rows show.
    factor = torch.linspace(-1, 2, y_ND.numel()).view(y_ND.shape)
    return [y_ND.detach(), *torch.autograd.grad((y_ND.float() * factor).sum(), inputs)]


@given(cases())
def test_they_equal_a_loop_over_tokens_forward_and_backward(case) -> None:
    module, _, indices_NK, _ = case
    found = value_and_gradients(StackedExperts.forward, *case)
    for one, two in zip(found, value_and_gradients(naive, *case), strict=True):
        assert_close(one, two, 1e-5)
    idle = sorted(set(range(len(module.gate_up_proj))) - set(indices_NK.flatten().tolist()))
    for gradient in found[3:]:
        assert torch.equal(gradient[idle], torch.zeros_like(gradient[idle]))


@pytest.mark.parametrize("expert", [0, 3, 6])
def test_one_expert_may_get_every_token(expert: int) -> None:
    module = build(7, 8, 8, 1)
    x_ND = torch.randn(20, 8, generator=torch.Generator().manual_seed(2))
    case = module, x_ND, torch.full((20, 1), expert), torch.ones(20, 1)
    found = value_and_gradients(StackedExperts.forward, *case)
    for one, two in zip(found, value_and_gradients(naive, *case), strict=True):
        assert_close(one, two, 1e-5)
    for gradient in found[3:]:
        others = [other for other in range(7) if other != expert]
        assert gradient[expert].abs().max() > 0
        assert not gradient[others].any()


@given(cases())
def test_the_same_tokens_give_the_same_bits_every_time(case) -> None:
    first = value_and_gradients(StackedExperts.forward, *case)
    for _ in range(3):
        for one, two in zip(value_and_gradients(StackedExperts.forward, *case), first, strict=True):
            assert torch.equal(one, two)


@given(cases(), SEEDS)
def test_a_token_does_not_depend_on_the_order_of_the_others(case, seed: int) -> None:
    module, x_ND, indices_NK, weights_NK = case
    order = torch.randperm(len(x_ND), generator=torch.Generator().manual_seed(seed))
    with torch.no_grad():
        plain = module(x_ND, indices_NK, weights_NK)
        mixed = module(x_ND[order], indices_NK[order], weights_NK[order])
    assert_close(mixed, plain[order], 1e-6)


@given(cases())
def test_bf16_experts_are_summed_in_fp32(case) -> None:
    module, x_ND, indices_NK, weights_NK = case
    rounded, x_ND = module.bfloat16(), x_ND.bfloat16()
    with torch.no_grad():
        found = rounded(x_ND, indices_NK, weights_NK)
        expected = naive(rounded.float(), x_ND.float(), indices_NK, weights_NK)
    assert found.dtype == torch.bfloat16
    assert_close(found.float(), expected, 2e-2)


@pytest.mark.parametrize("counts", [[3, 0, 5, 1], [0, 0, 9, 0], [9, 0, 0, 0], [0, 4, 0, 5]])
def test_torchs_grouped_kernel_takes_the_same_layout(counts: list[int], monkeypatch) -> None:
    """It runs on GPUs only, but torch computes the same call on a CPU: order of rows, ends of groups, transposition."""
    generator = torch.Generator().manual_seed(3)
    weights_EOI = torch.randn(4, 24, 16, generator=generator).bfloat16().requires_grad_()
    x_MI = torch.randn(9, 16, generator=generator).bfloat16().requires_grad_()
    counts_E = torch.tensor(counts)

    def run() -> list[torch.Tensor]:
        y_MO = grouped_product(x_MI, weights_EOI, counts_E)
        return [y_MO.detach(), *torch.autograd.grad(y_MO.float().square().sum(), [x_MI, weights_EOI])]

    loop = run()
    monkeypatch.setattr(experts_module, "_has_grouped_kernel", lambda x_MI, weights_EOI: True)
    for one, two in zip(run(), loop, strict=True):
        assert_close(one.float(), two.float(), 1e-2)


def model_with(balance: str, experts: int = 6, chosen: int = 2, dtype: torch.dtype = torch.float32):
    config = Model.model_validate(
        {
            "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 3, "num_attention_heads": 4,
            "num_key_value_heads": 2, "head_dim": 8, "max_position_embeddings": 64, "initializer_range": 0.2,
            "experts": {
                "num_experts": experts, "num_experts_per_tok": chosen, "moe_intermediate_size": 16,
                "balance": balance, "router_aux_loss_coef": 0.5, "router_z_loss_coef": 0.1,
                "first_k_dense_replace": 1, "n_shared_experts": int(balance == "bias"),
            },
        }
    )  # fmt: skip
    model = Transformer(config, VOCABULARY)
    initialise(model, 1)
    generator = torch.Generator().manual_seed(5)
    for router in model.biased_routers().values():
        router.e_score_correction_bias.copy_(0.1 * torch.randn(experts, generator=generator))
    return model.to(dtype)


def batch(samples: int, length: int, seed: int = 0):
    generator = torch.Generator().manual_seed(seed)
    tokens, labels = torch.randint(VOCABULARY, (2, samples, length), generator=generator)
    documents = (torch.rand(samples, length, generator=generator) < 0.2).long().cumsum(1)
    return tokens, documents, labels


def step(model: Transformer, pieces: list[int], tokens, documents, labels):
    """A step cut into micro batches: (loss, balance, z, loads), gradients by name."""
    model.zero_grad(set_to_none=True)
    total: list[torch.Tensor] = []
    samples = len(tokens)
    for parts in zip(*(tensor.split(pieces) for tensor in (tokens, documents, labels)), strict=True):
        losses = model(parts[0], Boundaries.of(parts[1]), parts[2])
        (losses.loss_sum / tokens.numel() + losses.balance_sum / samples).backward()
        mine = [losses.loss_sum.detach(), losses.balance_sum.detach(), *losses.router]
        total = [one + two for one, two in zip(total, mine, strict=True)] if total else mine
    return total, {name: parameter.grad for name, parameter in model.named_parameters()}


@pytest.mark.parametrize("balance", ["loss", "bias"])
@pytest.mark.parametrize("pieces", [[1] * 6, [2, 2, 2], [1, 5], [4, 2]])
def test_a_step_is_the_same_however_it_is_cut(balance: str, pieces: list[int]) -> None:
    model = model_with(balance)
    figures, gradients = step(model, [6], *batch(6, 20))
    cut_figures, cut_gradients = step(model, pieces, *batch(6, 20))
    for one, two in zip(cut_figures, figures, strict=True):
        assert_close(one, two, 1e-6)
    for name, gradient in gradients.items():
        assert_close(cut_gradients[name], gradient, 1e-6)


@pytest.mark.parametrize("balance", ["loss", "bias"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_recomputed_layers_change_no_bit_and_count_no_token_twice(balance: str, dtype: torch.dtype) -> None:
    plain, recomputed = model_with(balance, dtype=dtype), model_with(balance, dtype=dtype)
    for layer in recomputed.model.layers:
        recompute(layer)
    figures, gradients = step(plain, [2, 2], *batch(4, 20))
    again, same = step(recomputed, [2, 2], *batch(4, 20))
    for one, two in zip(again, figures, strict=True):
        assert torch.equal(one, two)
    for name, gradient in gradients.items():
        assert torch.equal(same[name], gradient), name
    load_LE = again[-1]
    assert load_LE.sum(1).tolist() == [4 * 20 * 2] * 2  # two of the three layers have experts


@pytest.mark.parametrize("balance", ["loss", "bias"])
def test_experts_of_a_model_without_a_token_have_a_gradient_of_zero(balance: str) -> None:
    model = model_with(balance, experts=40, chosen=1)
    figures, gradients = step(model, [1], *batch(1, 5))
    load_LE = figures[-1]
    assert load_LE.sum(1).tolist() == [5, 5]
    for layer, load_E in enumerate(load_LE, start=1):
        for name in ("gate_up_proj", "down_proj"):
            gradient = gradients[f"model.layers.{layer}.mlp.experts.{name}"]
            assert gradient is not None
            used = gradient.flatten(1).abs().amax(1) > 0
            assert torch.equal(used, load_E > 0)


def test_a_bf16_model_routes_in_fp32() -> None:
    """What its routers hand on is not rounded to bf16, and the terms are fp32."""
    model = model_with("bias", dtype=torch.bfloat16)
    seen = []
    for router in model.biased_routers().values():
        router.register_forward_hook(lambda module, inputs, output: seen.append((inputs[0], output)))
    tokens, documents, labels = batch(2, 20)
    losses = model(tokens, Boundaries.of(documents), labels)
    assert len(seen) == 2
    for x_ND, routing in seen:
        assert x_ND.dtype == torch.bfloat16
        for tensor in (routing.weights_NK, routing.logits_NE, routing.probabilities_NE):
            assert tensor.dtype == torch.float32
            assert not torch.equal(tensor, tensor.bfloat16().float())
    assert losses.balance_sum.dtype == losses.router.balance.dtype == losses.router.z.dtype == torch.float32


@pytest.mark.skipif(
    not torch.cuda.is_available() or torch.cuda.get_device_capability() < (9, 0),
    reason="the grouped kernel runs on CUDA devices from capability 9.0 on",
)
@pytest.mark.parametrize("counts", [[40, 0, 17, 7], [0, 0, 64, 0], [1, 30, 3, 30]])
def test_the_grouped_kernel_agrees_with_products_one_by_one(counts: list[int]) -> None:
    generator = torch.Generator().manual_seed(0)
    x_MI = torch.randn(64, 48, generator=generator).bfloat16()
    weights_EOI = torch.randn(4, 32, 48, generator=generator).bfloat16() / 7
    arriving_MO = torch.randn(64, 32, generator=generator).bfloat16()
    results = []
    for device, dtype in (("cuda", torch.bfloat16), ("cpu", torch.float32)):
        x, weights = (t.to(device, dtype).requires_grad_() for t in (x_MI, weights_EOI))
        y = grouped_product(x, weights, torch.tensor(counts, device=device))
        y.backward(arriving_MO.to(device, dtype))
        results.append([t.float().cpu() for t in (y.detach(), x.grad, weights.grad)])
    for one, two in zip(*results, strict=True):
        assert_close(one, two, 0.01)
    idle = [expert for expert, count in enumerate(counts) if not count]
    assert not results[0][2][idle].any()
