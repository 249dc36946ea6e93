"""Which kernel attention takes, what is laid around it, and on a GPU the kernels themselves."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from soofi.model import Boundaries, attention
from soofi.model.attention_gpu import (
    choose_cudnn,
    choose_kernel,
    cudnn_runs_on,
    installed_kernels,
    kernel_on,
    packed_attention,
    varlen_kernel,
)

BOTH = {"flash_attn", "torch_varlen"}


@pytest.mark.parametrize(
    ("capability", "dtype", "head_dim", "installed", "kernel"),
    [
        ((9, 0), torch.bfloat16, 128, BOTH, "flash_attn"),
        ((10, 0), torch.bfloat16, 128, {"torch_varlen"}, "torch_varlen"),
        ((8, 0), torch.float16, 256, {"torch_varlen"}, "torch_varlen"),
        ((9, 0), torch.bfloat16, 128, set(), "sdpa"),
        ((9, 0), torch.float32, 128, BOTH, "sdpa"),
        ((7, 5), torch.float16, 128, BOTH, "sdpa"),
        ((9, 0), torch.bfloat16, 12, BOTH, "sdpa"),
        ((9, 0), torch.bfloat16, 264, BOTH, "sdpa"),
        (None, torch.bfloat16, 128, BOTH, "sdpa"),
    ],
)
def test_the_fastest_kernel_that_can_do_it_is_taken(capability, dtype, head_dim, installed, kernel) -> None:
    assert choose_kernel(capability, dtype, head_dim, installed) == kernel


@pytest.mark.parametrize(
    ("capability", "dtype", "head_dim", "deterministic", "taken"),
    [
        ((9, 0), torch.bfloat16, 128, False, True),
        ((10, 0), torch.float16, 64, False, True),
        ((9, 0), torch.bfloat16, 128, True, False),
        ((9, 0), torch.bfloat16, 256, False, False),
        ((9, 0), torch.bfloat16, 12, False, False),
        ((9, 0), torch.float32, 128, False, False),
        ((8, 0), torch.bfloat16, 128, False, False),
        (None, torch.bfloat16, 128, False, False),
    ],
)
def test_whole_samples_go_to_cudnn_where_it_is_faster_and_may_be_taken(
    capability, dtype, head_dim, deterministic, taken
) -> None:
    assert choose_cudnn(capability, dtype, head_dim, deterministic) == taken


def test_torch_brings_a_variable_length_kernel_and_a_cpu_takes_none() -> None:
    assert "torch_varlen" in installed_kernels()
    assert kernel_on(torch.device("cpu"), torch.bfloat16, 128) == "sdpa"


def plain_varlen(q_THD, k_TKD, v_TKD, cumulative, longest):
    """What the kernels compute, document by document and written out: only for these tests."""
    assert longest == int(cumulative.diff().max())
    assert cumulative.dtype == torch.int32
    outs = []
    for start, end in zip(cumulative[:-1].tolist(), cumulative[1:].tolist(), strict=True):
        q, k, v = (x[start:end].transpose(0, 1) for x in (q_THD, k_TKD, v_TKD))
        k, v = (x.repeat_interleave(len(q) // len(k), 0) for x in (k, v))
        scores = q @ k.transpose(1, 2) * q.shape[-1] ** -0.5
        scores = scores.masked_fill(torch.ones(scores.shape[1:], dtype=torch.bool).triu(1), -torch.inf)
        outs.append((scores.softmax(-1) @ v).transpose(0, 1))
    return torch.cat(outs)


@given(st.integers(1, 3), st.integers(1, 30), st.sampled_from([1, 2, 4]), st.booleans(), st.integers(0, 999))
@settings(max_examples=40, deadline=None)
def test_samples_are_laid_end_to_end_and_cut_again(samples, length, groups, one_each, seed) -> None:
    generator = torch.Generator().manual_seed(seed)
    q, k, v = (torch.randn(samples, heads, length, 8, generator=generator) for heads in (4, groups, groups))
    arriving = torch.randn(q.shape, generator=generator)
    documents = (torch.rand(samples, length, generator=generator) < 0.2).long().cumsum(1)
    boundaries = None if one_each else Boundaries.of(documents)
    cumulative, longest = (
        (None, 0) if boundaries is None else (boundaries.cumulative_lengths, boundaries.longest_tokens)
    )
    results = []
    for packed in (True, False):
        inputs = [x.clone().requires_grad_() for x in (q, k, v)]
        out = (
            packed_attention(*inputs, cumulative, longest, plain_varlen)
            if packed
            else attention(*inputs, boundaries)
        )
        out.backward(arriving)
        results.append([out.detach(), *(x.grad for x in inputs)])
    for one, two in zip(*results, strict=True):
        assert one.shape == two.shape
        assert (one - two).abs().max() <= 2e-6 * max(1.0, float(two.abs().max()))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="flash kernels run on CUDA devices only")
@pytest.mark.parametrize("kernel", sorted(BOTH))
@pytest.mark.parametrize("groups", [1, 2, 4])
def test_the_kernels_agree_with_plain_attention(kernel, groups) -> None:
    if kernel not in installed_kernels():
        pytest.skip(f"{kernel} is not installed")
    generator = torch.Generator().manual_seed(0)
    shapes = [(2, heads, 96, 64) for heads in (4, groups, groups)]
    q, k, v = (torch.randn(shape, generator=generator).bfloat16() for shape in shapes)
    arriving = torch.randn(q.shape, generator=generator).bfloat16()
    boundaries = Boundaries.of((torch.rand(2, 96, generator=generator) < 0.1).long().cumsum(1))
    results = []
    for device in ("cuda", "cpu"):
        inputs = [
            x.to(device, torch.float32 if device == "cpu" else None).requires_grad_() for x in (q, k, v)
        ]
        at = boundaries.to(device)
        out = (
            packed_attention(*inputs, at.cumulative_lengths, at.longest_tokens, varlen_kernel(kernel))
            if device == "cuda"
            else attention(*inputs, at)
        )
        out.backward(arriving.to(device, out.dtype))
        results.append([x.float().cpu() for x in (out.detach(), *(x.grad for x in inputs))])
    for one, two in zip(*results, strict=True):
        assert (one - two).abs().max() <= 0.02 * max(1.0, float(two.abs().max()))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="cuDNN's kernel runs on CUDA devices only")
@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize("length", [96, 130])
def test_cudnn_agrees_with_plain_attention(groups, length) -> None:
    if not cudnn_runs_on(torch.device("cuda"), torch.bfloat16, 64):
        pytest.skip("cuDNN's kernel is not taken on this device")
    generator = torch.Generator().manual_seed(0)
    # Laid out as the model does: heads beside each other in a token.
    q, k, v = (
        torch.randn(2, length, heads, 64, generator=generator).bfloat16().transpose(1, 2)
        for heads in (4, groups, groups)
    )
    arriving = torch.randn(q.shape, generator=generator).bfloat16()
    alone = Boundaries.of(torch.zeros(2, length, dtype=torch.long))
    results = []
    for device, dtype in (("cuda", torch.bfloat16), ("cpu", torch.float32)):
        inputs = [x.to(device, dtype).requires_grad_() for x in (q, k, v)]
        out = attention(*inputs, alone.to(device))
        out.backward(arriving.to(device, dtype))
        results.append([x.float().cpu() for x in (out.detach(), *(x.grad for x in inputs))])
    for one, two in zip(*results, strict=True):
        assert (one - two).abs().max() <= 0.02 * max(1.0, float(two.abs().max()))


@pytest.mark.skipif(
    not torch.cuda.is_available(), reason="deterministic kernels are a matter of CUDA devices"
)
@pytest.mark.parametrize("document_tokens", [100, 256])
def test_the_gradients_of_a_gpu_repeat_bit_for_bit_when_asked_to(document_tokens) -> None:
    generator = torch.Generator().manual_seed(0)
    q, k, v = (torch.randn(2, 4, 256, 64, generator=generator).bfloat16().cuda() for _ in range(3))
    boundaries = Boundaries.of((torch.arange(256) // document_tokens).expand(2, 256)).to("cuda")
    before = torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(True)
    try:
        runs = []
        for _ in range(3):
            inputs = [x.clone().requires_grad_() for x in (q, k, v)]
            attention(*inputs, boundaries).square().sum().backward()
            runs.append([x.grad for x in inputs])
    finally:
        torch.use_deterministic_algorithms(before)
    for run in runs[1:]:
        assert all(torch.equal(one, two) for one, two in zip(run, runs[0], strict=True))
