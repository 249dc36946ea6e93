"""Routers: who is chosen, with what weights, what the balancing terms are, and what moves the bias."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from soofi.model import Transformer, initialise
from soofi.model.router import SigmoidRouter, SoftmaxRouter, router_terms
from soofi.recipe import Experts, Model

Router = SoftmaxRouter | SigmoidRouter
SEEDS = st.integers(0, 2**31)
BIAS = "e_score_correction_bias"


def build(
    balance: str, experts: int, chosen: int, width: int = 12, seed: int = 0, scaling: float = 1.0
) -> Router:
    config = Experts(
        num_experts=experts,
        num_experts_per_tok=chosen,
        moe_intermediate_size=8,
        balance=balance,
        routed_scaling_factor=scaling,
    )
    router = (SigmoidRouter if balance == "bias" else SoftmaxRouter)(width, config)
    with torch.no_grad():
        router.weight.copy_(torch.randn(experts, width, generator=torch.Generator().manual_seed(seed)))
    return router


def draw(tokens: int, width: int = 12, seed: int = 0) -> torch.Tensor:
    return torch.randn(tokens, width, generator=torch.Generator().manual_seed(seed + 1))


def assert_close(a: torch.Tensor, b: torch.Tensor, tolerance: float) -> None:
    a, b = a.detach().double(), b.detach().double()
    assert a.shape == b.shape
    assert (a - b).abs().max() <= tolerance * max(1.0, float(b.abs().max()))


@st.composite
def routers(draw_from, balances=("loss", "bias")) -> Router:
    experts = draw_from(st.integers(2, 12))
    balance = draw_from(st.sampled_from(balances))
    return build(
        balance,
        experts,
        draw_from(st.integers(1, experts)),
        seed=draw_from(SEEDS),
        scaling=draw_from(st.sampled_from([1.0, 1.8])) if balance == "bias" else 1.0,
    )


@given(routers(), st.integers(1, 20), SEEDS)
def test_each_token_gets_other_experts_and_weights_of_one_sum(router: Router, tokens: int, seed: int) -> None:
    routing = router(draw(tokens, seed=seed))
    experts, chosen = len(router.weight), router.chosen
    assert routing.indices_NK.shape == routing.weights_NK.shape == (tokens, chosen)
    assert routing.indices_NK.min() >= 0 and routing.indices_NK.max() < experts
    assert all(len(set(row)) == chosen for row in routing.indices_NK.tolist())
    assert (routing.weights_NK >= 0).all()
    expected = router.scaling if isinstance(router, SigmoidRouter) else 1.0
    assert_close(routing.weights_NK.sum(-1), torch.full((tokens,), expected), 1e-6)
    assert_close(routing.probabilities_NE.sum(-1), torch.ones(tokens), 1e-6)


@given(routers(balances=("loss",)), SEEDS)
def test_softmax_takes_the_likeliest_by_their_probabilities(router: SoftmaxRouter, seed: int) -> None:
    x_ND = draw(9, seed=seed)
    routing = router(x_ND)
    for x_D, indices, weights in zip(x_ND, routing.indices_NK, routing.weights_NK, strict=True):
        logits_E = router.weight.double() @ x_D.double()
        best = sorted(range(len(logits_E)), key=lambda e: -logits_E[e])[: router.chosen]
        assert indices.tolist() == best
        assert_close(weights, torch.softmax(logits_E[best], 0), 1e-5)


@given(routers(balances=("bias",)), st.data(), SEEDS)
def test_the_bias_changes_who_is_chosen_and_no_weight(router: SigmoidRouter, data, seed: int) -> None:
    """A bias above every score decides alone; the weights are the scores of whoever is chosen."""
    experts = len(router.weight)
    favoured = data.draw(st.permutations(range(experts)))[: router.chosen]
    router.e_score_correction_bias[favoured] = 5.0
    x_ND = draw(9, seed=seed)
    routing = router(x_ND)
    scores_NE = torch.sigmoid(x_ND.double() @ router.weight.double().T)
    for scores_E, indices, weights in zip(scores_NE, routing.indices_NK, routing.weights_NK, strict=True):
        assert set(indices.tolist()) == set(favoured)
        chosen = scores_E[indices]
        assert_close(weights, chosen / chosen.sum() * router.scaling, 1e-5)
    router.e_score_correction_bias.zero_()
    unbiased = router(x_ND)
    assert torch.equal(unbiased.probabilities_NE, routing.probabilities_NE)
    for scores_E, indices in zip(scores_NE, unbiased.indices_NK, strict=True):
        assert set(indices.tolist()) == set(scores_E.topk(router.chosen).indices.tolist())


@given(routers(), st.integers(1, 5), st.integers(1, 7), SEEDS)
def test_terms_are_those_of_a_loop_over_samples(router: Router, samples: int, length: int, seed: int) -> None:
    x_ND = draw(samples * length, seed=seed)
    with torch.no_grad():
        routing = router(x_ND)
    experts = len(router.weight)
    balance, z, load = 0.0, 0.0, [0] * experts
    for sample in range(samples):
        mine = range(sample * length, (sample + 1) * length)
        sent = [0] * experts
        for token in mine:
            for expert in routing.indices_NK[token].tolist():
                sent[expert] += 1
            logits = [math.fsum(row) for row in (router.weight * x_ND[token]).double().tolist()]
            z += math.log(math.fsum(map(math.exp, logits))) ** 2 / length
        for expert in range(experts):
            load[expert] += sent[expert]
            mean = math.fsum(float(routing.probabilities_NE[token, expert]) for token in mine) / length
            balance += experts * sent[expert] / length * mean
    terms = router_terms(routing, samples)
    assert terms.load_E.tolist() == load
    assert float(terms.balance) == pytest.approx(balance, rel=1e-5)
    assert float(terms.z) == pytest.approx(z, rel=1e-5)


@given(routers(), st.integers(2, 8), st.integers(1, 7), st.data(), SEEDS)
def test_terms_of_a_batch_are_the_sum_of_those_of_its_parts(
    router: Router, samples: int, length: int, data, seed: int
) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, samples - 1))))
    x_ND = draw(samples * length, seed=seed).requires_grad_()

    def of(pieces: list[int]) -> list[torch.Tensor]:
        terms = [
            router_terms(router(part), len(part) // length)
            for part in x_ND.split([piece * length for piece in pieces])
        ]
        balance, z = sum(term.balance for term in terms), sum(term.z for term in terms)
        gradients = [
            gradient
            for value in (balance, z)
            for gradient in torch.autograd.grad(value, [x_ND, router.weight], retain_graph=True)
        ]
        return [balance, z, sum(term.load_E for term in terms), *gradients]

    pieces = [after - before for before, after in zip([0, *cuts], [*cuts, samples], strict=True)]
    for whole, cut in zip(of([samples]), of(pieces), strict=True):
        # A router computes in fp32: a gradient near 0.1 may be the sum of terms near 10 that cancel.
        assert_close(cut, whole, 1e-5)


@pytest.mark.parametrize("balance", ["loss", "bias"])
@pytest.mark.parametrize(("experts", "chosen"), [(4, 1), (8, 2), (6, 6)])
def test_balance_is_least_when_even(balance: str, experts: int, chosen: int) -> None:
    """Token i goes to experts i, i+1 …, so all get the same: K. When all go to the same ones it is more."""
    router = build(balance, experts, chosen, width=experts)
    with torch.no_grad():
        router.weight.zero_()
        for token in range(experts):
            for rank in range(chosen):
                router.weight[(token + rank) % experts, token] = 4.0 - 0.1 * rank
    even = router_terms(router(torch.eye(experts).repeat(3, 1)), 3)
    assert float(even.balance) == pytest.approx(3 * chosen, rel=1e-6)
    assert even.load_E.tolist() == [3 * chosen] * experts
    to_one = router_terms(router(torch.eye(experts)[:1].expand(experts, -1)), 1)
    if chosen < experts:
        assert float(to_one.balance) > 1.2 * chosen
    else:
        assert float(to_one.balance) == pytest.approx(chosen, rel=1e-6)


def test_balance_is_the_number_of_experts_when_one_gets_all_for_certain() -> None:
    router = build("loss", 8, 1, width=2)
    with torch.no_grad():
        router.weight.zero_()
        router.weight[3, 0] = 60.0
    terms = router_terms(router(torch.tensor([[1.0, 0.0]] * 5)), 1)
    assert float(terms.balance) == pytest.approx(8)
    assert terms.load_E.tolist() == [0, 0, 0, 5, 0, 0, 0, 0]


@settings(max_examples=50)
@given(st.lists(st.lists(st.integers(0, 2**45), min_size=5, max_size=5), min_size=1, max_size=6))
def test_the_bias_goes_by_the_sign_alone(steps: list[list[int]]) -> None:
    """Down by the rate where an expert got more than the mean, up where less, to the bit."""
    router = build("bias", 5, 2)
    expected = torch.zeros(5)
    rate = torch.tensor(0.001)
    for load in steps:
        router.move_bias(torch.tensor(load))
        for expert, sent in enumerate(load):
            if 5 * sent > sum(load):
                expected[expert] -= rate
            elif 5 * sent < sum(load):
                expected[expert] += rate
    assert torch.equal(router.e_score_correction_bias, expected)


def test_one_token_in_a_trillion_is_seen_and_an_even_step_moves_nothing() -> None:
    router = build("bias", 3, 1)
    router.move_bias(torch.tensor([2**40, 2**40 + 1, 2**40 - 1]))
    assert router.e_score_correction_bias.tolist() == pytest.approx([0, -0.001, 0.001])
    before = router.e_score_correction_bias.clone()
    router.move_bias(torch.tensor([7, 7, 7]))
    assert torch.equal(router.e_score_correction_bias, before)


EXACT = torch.tensor([0.1, 1 / 3, -1e-9, 2.0**-20 + 1])
"""Values that bf16 would round."""


def biased() -> SigmoidRouter:
    router = build("bias", 4, 2)
    router.e_score_correction_bias.copy_(EXACT)
    return router


@pytest.mark.parametrize("cast", [torch.bfloat16, torch.float16, torch.float64])
def test_the_bias_stays_fp32_to_the_bit_when_a_module_is_cast(cast: torch.dtype) -> None:
    inside = biased()
    around = torch.nn.Sequential(torch.nn.Sequential(inside)).to(cast)
    assert inside.weight.dtype == cast
    assert inside.e_score_correction_bias.dtype == torch.float32
    assert torch.equal(inside.e_score_correction_bias, EXACT)
    assert dict(around.named_buffers())[f"0.0.{BIAS}"] is inside.e_score_correction_bias
    state = around.state_dict()
    assert torch.equal(state[f"0.0.{BIAS}"], EXACT)
    other = torch.nn.Sequential(torch.nn.Sequential(build("bias", 4, 2))).to(cast)
    other.load_state_dict(state, strict=True)
    assert torch.equal(other[0][0].e_score_correction_bias, EXACT)


def test_a_bias_that_a_state_dict_assigns_is_fp32() -> None:
    """`assign` takes the tensors as they are, and a file may hold the bias in bf16."""
    router = build("bias", 4, 2)
    state = {name: tensor.bfloat16() for name, tensor in biased().state_dict().items()}
    router.load_state_dict(state, strict=True, assign=True)
    assert router.weight.dtype == torch.bfloat16
    assert router.e_score_correction_bias.dtype == torch.float32
    assert torch.equal(router.e_score_correction_bias, EXACT.bfloat16().float())


def test_a_model_built_on_the_meta_device_begins_with_biases_of_zero() -> None:
    """Memory that `to_empty` hands out holds anything."""
    config = Model(
        hidden_size=16, intermediate_size=24, num_hidden_layers=3, num_attention_heads=2, num_key_value_heads=1,
        head_dim=8, max_position_embeddings=64,
        experts=Experts(num_experts=4, num_experts_per_tok=2, moe_intermediate_size=8, balance="bias"),
    )  # fmt: skip
    with torch.device("meta"):
        model = Transformer(config, 31)
    model = model.bfloat16()
    assert all(router.e_score_correction_bias.is_meta for router in model.biased_routers().values())
    model.to_empty(device="cpu")
    for router in model.biased_routers().values():
        router.e_score_correction_bias.fill_(float("nan"))
    initialise(model, 1)
    assert len(model.biased_routers()) == 3
    for router in model.biased_routers().values():
        assert router.e_score_correction_bias.dtype == torch.float32
        assert torch.equal(router.e_score_correction_bias, torch.zeros(4))


@pytest.mark.parametrize("balance", ["loss", "bias"])
def test_a_bf16_router_computes_in_fp32(balance: str) -> None:
    """Its inputs and weights are bf16 values; nothing after them is rounded to bf16."""
    router = build(balance, 16, 4, width=64).bfloat16()
    x_ND = draw(50, 64).bfloat16()
    exact = build(balance, 16, 4, width=64)
    with torch.no_grad():
        exact.weight.copy_(router.weight)
    for rounded, expected in zip(router(x_ND), exact(x_ND.float()), strict=True):
        assert rounded.dtype in (torch.float32, torch.int64)
        assert torch.equal(rounded, expected)
