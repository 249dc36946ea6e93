"""The chunked head's loss against torch's plain cross-entropy."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from soofi.model import IGNORE_INDEX, LossOptions, linear_cross_entropy


def case(seed, tokens, width, vocabulary, ignored):
    generator = torch.Generator().manual_seed(seed)
    hidden = torch.randn(tokens, width, generator=generator)
    weight = torch.randn(vocabulary, width, generator=generator)
    labels = torch.randint(0, vocabulary, (tokens,), generator=generator)
    labels[torch.rand(tokens, generator=generator) < ignored] = IGNORE_INDEX
    return hidden.requires_grad_(), weight.requires_grad_(), labels


def close(a, b, tolerance=1e-5):
    return (a - b).abs().max().item() <= tolerance * max(1.0, b.abs().max().item())


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 1000),
    tokens=st.integers(1, 40),
    width=st.integers(1, 24),
    vocabulary=st.integers(1, 3000),
    ignored=st.sampled_from([0.0, 0.3, 0.9, 1.1]),
    chunk=st.integers(1, 50),
    scale=st.sampled_from([1.0, -0.25]),
)
def test_equals_torch(seed, tokens, width, vocabulary, ignored, chunk, scale):
    hidden, weight, labels = case(seed, tokens, width, vocabulary, ignored)
    loss, nll = linear_cross_entropy(hidden, weight, labels, LossOptions(chunk_tokens=chunk))
    (scale * loss).backward()
    ours = hidden.grad, weight.grad
    hidden.grad = weight.grad = None
    plain = F.cross_entropy(hidden @ weight.T, labels, reduction="none")
    (scale * plain.sum()).backward()
    assert close(loss, plain.sum()) and close(nll, plain)
    assert close(ours[0], hidden.grad) and close(ours[1], weight.grad)
    assert (nll[labels == IGNORE_INDEX] == 0).all()


def test_all_ignored_gives_zero_and_not_nan():
    hidden, weight, labels = case(0, 9, 8, 30, 1.1)
    loss, nll = linear_cross_entropy(hidden, weight, labels)
    loss.backward()
    assert loss.item() == 0 and nll.count_nonzero() == 0
    assert hidden.grad.count_nonzero() == 0 and weight.grad.count_nonzero() == 0


def test_no_tokens():
    hidden, weight, labels = case(0, 0, 8, 30, 0.0)
    loss, nll = linear_cross_entropy(hidden, weight, labels)
    loss.backward()
    assert loss.item() == 0 and nll.shape == (0,)
    assert weight.grad.count_nonzero() == 0


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
def test_chunks_do_not_change_the_loss(precision):
    hidden, weight, labels = case(1, 100, 16, 500, 0.2)
    hidden, weight = (x.detach().to(precision).requires_grad_() for x in (hidden, weight))
    results = []
    for chunk in (1, 7, 64, 100, 4096):
        loss, _ = linear_cross_entropy(hidden, weight, labels, LossOptions(chunk_tokens=chunk))
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
    loss, nll = linear_cross_entropy(hidden, weight, torch.tensor([1, 0]))
    loss.backward()
    assert nll.tolist() == [1000.0, 0.0]
    assert weight.grad.flatten().tolist() == [1.0, -1.0, 0.0]


def test_only_wanted_gradients_are_formed():
    hidden, weight, labels = case(2, 12, 8, 30, 0.0)
    with torch.no_grad():
        without, _ = linear_cross_entropy(hidden, weight, labels)
    assert not without.requires_grad
    loss, _ = linear_cross_entropy(hidden.detach(), weight, labels)
    assert loss.item() == without.item()
    loss.backward()
    assert hidden.grad is None and weight.grad is not None


def test_bf16_softmax_is_fp32():
    """The loss is that of the rounded logits in fp32; a bf16 softmax would be wrong in the third digit."""
    hidden, weight, labels = case(3, 64, 32, 4000, 0.0)
    hidden, weight = hidden.detach().bfloat16(), weight.detach().bfloat16()
    loss, _ = linear_cross_entropy(hidden, weight, labels)
    assert loss.item() == pytest.approx(
        F.cross_entropy((hidden @ weight.T).float(), labels, reduction="sum").item(), rel=1e-6
    )


def test_wrong_input_is_refused():
    hidden, weight, labels = case(0, 4, 8, 30, 0.0)
    with pytest.raises(ValueError, match="do not match"):
        linear_cross_entropy(hidden, weight, labels[:3])
    with pytest.raises((IndexError, RuntimeError)):
        linear_cross_entropy(hidden, weight, torch.full((4,), 30))
    with pytest.raises(ValueError, match="chunk_tokens"):
        LossOptions(chunk_tokens=0)
