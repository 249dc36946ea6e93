"""The chunked head's loss against torch's plain cross-entropy."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from soofi.model import IGNORE_INDEX, LossOptions, linear_cross_entropy


def case(seed, tokens, width, vocabulary, ignored, size=1.0):
    generator = torch.Generator().manual_seed(seed)
    hidden = torch.randn(tokens, width, generator=generator)
    weight = torch.randn(vocabulary, width, generator=generator) * size
    labels = torch.randint(0, vocabulary, (tokens,), generator=generator)
    labels[torch.rand(tokens, generator=generator) < ignored] = IGNORE_INDEX
    return hidden.requires_grad_(), weight.requires_grad_(), labels


def close(a, b, tolerance=1e-6):
    return (a - b).abs().max().item() <= tolerance * max(1.0, b.abs().max().item())


def plain(hidden, weight, labels, z_loss, label_weights):
    """The same by torch's own functions on the whole logits: negative log likelihoods, loss, z-loss."""
    logits = hidden @ weight.T
    nll = F.cross_entropy(logits, labels, reduction="none")
    valid = labels != IGNORE_INDEX
    weights = valid if label_weights is None else valid * label_weights
    z_sum = (z_loss * weights * logits.logsumexp(-1).square()).sum()
    return nll, (weights * nll).sum() + z_sum, z_sum


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 1000),
    tokens=st.integers(1, 40),
    width=st.integers(1, 48),
    vocabulary=st.integers(1, 3000),
    ignored=st.sampled_from([0.0, 0.3, 0.9, 1.1]),
    chunk=st.one_of(st.none(), st.integers(1, 50)),
    z_loss=st.sampled_from([0.0, 1e-4, 0.1]),
    weighted=st.booleans(),
    size=st.sampled_from([0.1, 1.0]),
    scale=st.sampled_from([1.0, -0.25, 1 / 3]),
)
def test_equals_the_plain_loss(
    seed, tokens, width, vocabulary, ignored, chunk, z_loss, weighted, size, scale
):
    hidden, weight, labels = case(seed, tokens, width, vocabulary, ignored, size)
    # Weights and logits of a model's size; with far larger ones fp32 products round more, torch's own too.
    tolerance = 1e-6 if size == 0.1 else 1e-5
    generator = torch.Generator().manual_seed(seed)
    label_weights = torch.rand(tokens, generator=generator).round(decimals=1) * 2 if weighted else None
    options = LossOptions(chunk_tokens=chunk, z_loss=z_loss)
    loss, nll, z_sum = linear_cross_entropy(hidden, weight, labels, options, label_weights)
    (scale * loss).backward()
    exact = [x.detach().double().requires_grad_() for x in (hidden, weight)]
    expected_nll, expected, expected_z = plain(*exact, labels, z_loss, label_weights)
    (scale * expected).backward()
    assert close(loss, expected) and close(nll, expected_nll) and close(z_sum, expected_z)
    for ours, theirs in ((hidden, exact[0]), (weight, exact[1])):
        assert close(ours.grad, theirs.grad, tolerance)
    assert (nll[labels == IGNORE_INDEX] == 0).all()
    assert not nll.requires_grad and not z_sum.requires_grad


def test_an_ignore_index_of_ones_own():
    hidden, weight, labels = case(4, 30, 8, 50, 0.0)
    loss, nll, _ = linear_cross_entropy(hidden, weight, labels, LossOptions(ignore_index=8))
    assert (labels == 8).any() and ((nll == 0) == (labels == 8)).all()
    assert close(loss, F.cross_entropy(hidden @ weight.T, labels, ignore_index=8, reduction="sum"))


def test_a_label_of_weight_0_teaches_nothing_but_is_measured():
    hidden, weight, labels = case(5, 4, 8, 50, 0.0)
    label_weights = torch.tensor([1.0, 0.0, 1.0, 0.0])
    loss, nll, _ = linear_cross_entropy(hidden, weight, labels, LossOptions(z_loss=0.1), label_weights)
    loss.backward()
    assert (nll > 0).all()
    assert (hidden.grad[1::2] == 0).all() and (hidden.grad[::2] != 0).any()


def test_all_ignored_gives_zero_and_not_nan():
    hidden, weight, labels = case(0, 9, 8, 30, 1.1)
    loss, nll, _ = linear_cross_entropy(hidden, weight, labels)
    loss.backward()
    assert loss.item() == 0 and nll.count_nonzero() == 0
    assert hidden.grad.count_nonzero() == 0 and weight.grad.count_nonzero() == 0


def test_no_tokens():
    hidden, weight, labels = case(0, 0, 8, 30, 0.0)
    loss, nll, _ = linear_cross_entropy(hidden, weight, labels)
    loss.backward()
    assert loss.item() == 0 and nll.shape == (0,)
    assert weight.grad.count_nonzero() == 0


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
def test_chunks_do_not_change_the_loss(precision):
    hidden, weight, labels = case(1, 100, 16, 500, 0.2)
    hidden, weight = (x.detach().to(precision).requires_grad_() for x in (hidden, weight))
    results = []
    for chunk in (1, 7, 64, 100, 4096):
        loss, *_ = linear_cross_entropy(hidden, weight, labels, LossOptions(chunk_tokens=chunk))
        loss.backward()
        assert weight.grad.dtype == precision
        results.append((loss.item(), hidden.grad.float(), weight.grad.float()))
        hidden.grad = weight.grad = None
    tolerance = 1e-5 if precision == torch.float32 else 0.01
    for loss, hidden_gradient, weight_gradient in results[:-1]:
        assert loss == pytest.approx(results[-1][0], rel=1e-6)
        assert close(hidden_gradient, results[-1][1], tolerance)
        assert close(weight_gradient, results[-1][2], tolerance)


def test_extreme_logits_stay_finite():
    """A label whose probability underflows fp32 has the loss of its logit's distance, and a usable gradient."""
    hidden = torch.tensor([[1.0], [1.0]], requires_grad=True)
    weight = torch.tensor([[500.0], [-500.0], [0.0]], requires_grad=True)
    loss, nll, _ = linear_cross_entropy(hidden, weight, torch.tensor([1, 0]))
    loss.backward()
    assert nll.tolist() == [1000.0, 0.0]
    assert weight.grad.flatten().tolist() == [1.0, -1.0, 0.0]


def test_only_wanted_gradients_are_formed():
    hidden, weight, labels = case(2, 12, 8, 30, 0.0)
    with torch.no_grad():
        without, *_ = linear_cross_entropy(hidden, weight, labels)
    assert not without.requires_grad
    loss, *_ = linear_cross_entropy(hidden.detach(), weight, labels)
    assert loss.item() == without.item()
    loss.backward()
    assert hidden.grad is None and weight.grad is not None


def test_bf16_softmax_is_fp32():
    """The loss is that of the rounded logits in fp32; a bf16 softmax would be wrong in the third digit."""
    hidden, weight, labels = case(3, 64, 32, 4000, 0.0)
    hidden, weight = hidden.detach().bfloat16(), weight.detach().bfloat16()
    loss, *_ = linear_cross_entropy(hidden, weight, labels)
    assert loss.item() == pytest.approx(
        F.cross_entropy((hidden @ weight.T).float(), labels, reduction="sum").item(), rel=1e-6
    )


def test_wrong_input_is_refused():
    hidden, weight, labels = case(0, 4, 8, 30, 0.0)
    with pytest.raises(ValueError, match="do not match"):
        linear_cross_entropy(hidden, weight, labels[:3])
    with pytest.raises((IndexError, RuntimeError)):
        linear_cross_entropy(hidden, weight, torch.full((4,), 30))
    with pytest.raises(ValueError, match="label weights"):
        linear_cross_entropy(hidden, weight, labels, label_weights_N=torch.ones(3))
    with pytest.raises(ValueError, match="chunk_tokens"):
        LossOptions(chunk_tokens=0)
    with pytest.raises(ValueError, match="z_loss"):
        LossOptions(z_loss=-1.0)


def test_gradients_are_handed_over_once():
    hidden, weight, labels = case(6, 4, 8, 30, 0.0)
    loss, *_ = linear_cross_entropy(hidden, weight, labels)
    loss.backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="compute the loss again"):
        loss.backward()


@pytest.mark.parametrize("gradients", [True, False])
def test_a_large_vocabulary_needs_one_chunk_of_memory(gradients):
    """The logits of 2,048 tokens would be 1 GiB in fp32; without gradients only the chunk remains."""
    hidden, weight, labels = case(7, 2048, 4, 131_072, 0.0)
    with torch.set_grad_enabled(gradients), torch.profiler.profile(profile_memory=True) as profile:
        loss, *_ = linear_cross_entropy(hidden, weight, labels)
        if gradients:
            loss.backward()
    held, peak = 0, 0
    for event in sorted(profile.profiler.kineto_results.events(), key=lambda event: event.start_ns()):
        if event.name() == "[memory]":
            held += event.nbytes()
            peak = max(peak, held)
    values = weight.numel() if gradients else 0
    assert 64 * 2**20 <= peak <= (64 + 8) * 2**20 + 4 * values
