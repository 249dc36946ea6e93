"""The loss on a GPU: the same as on a CPU, with its softmax in one kernel."""

import pytest
import torch

from soofi.model import IGNORE_INDEX, LossOptions, linear_cross_entropy

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="the kernel runs on CUDA devices only")


def results(device: str, dtype: torch.dtype, vocabulary: int, options: LossOptions) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    hidden_ND = torch.randn(70, 64, generator=generator).bfloat16()
    weight_VD = (torch.randn(vocabulary, 64, generator=generator) / 3).bfloat16()
    labels_N = torch.randint(0, vocabulary, (70,), generator=generator)
    labels_N[::7] = IGNORE_INDEX
    weights_N = torch.rand(70, generator=generator)
    hidden, weight = (x.to(device, dtype).requires_grad_() for x in (hidden_ND, weight_VD))
    loss, nll, z_sum = linear_cross_entropy(
        hidden, weight, labels_N.to(device), options, weights_N.to(device)
    )
    (loss / 50).backward()
    return [x.detach().double().cpu() for x in (loss, nll, z_sum, hidden.grad, weight.grad)]


@pytest.mark.parametrize("chunk_tokens", [None, 32])
@pytest.mark.parametrize("vocabulary", [5, 1000, 8192, 20_001])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.bfloat16, 2e-2)])
def test_loss_and_gradients_are_those_of_the_cpu(dtype, tolerance, vocabulary, chunk_tokens) -> None:
    options = LossOptions(z_loss=0.01, chunk_tokens=chunk_tokens)
    exact = results("cpu", torch.float64, vocabulary, LossOptions(z_loss=0.01))
    for one, two in zip(results("cuda", dtype, vocabulary, options), exact, strict=True):
        assert (one - two).abs().max() <= tolerance * max(1e-3, float(two.abs().max()))


def test_without_gradients_the_loss_is_the_same() -> None:
    hidden, weight = torch.randn(2, 9000, 32, device="cuda").bfloat16()
    labels = torch.arange(9000, device="cuda")
    with torch.no_grad():
        plain = linear_cross_entropy(hidden, weight, labels)
    again = linear_cross_entropy(hidden.requires_grad_(), weight, labels)
    for one, two in zip(plain, again, strict=True):
        assert torch.equal(one, two)


def test_a_label_outside_the_vocabulary_makes_the_loss_nan() -> None:
    loss, *_ = linear_cross_entropy(
        torch.ones(2, 8, device="cuda"),
        torch.ones(30, 8, device="cuda"),
        torch.tensor([1, 30], device="cuda"),
    )
    assert loss.isnan()
