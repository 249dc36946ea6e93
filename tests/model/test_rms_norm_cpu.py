"""bf16 normalisation on CPU: what torch computes in fp32, up to one rounding of the result."""

import pytest
import torch

from soofi.model.rms_norm_cpu import rms_norm_bf16

ROUNDING = 2.0**-8
"""Half of the last of bf16's eight significant bits, relative."""


@pytest.mark.parametrize("shape", [(3, 5, 24), (2, 4, 3, 16), (1, 8)])
@pytest.mark.parametrize("size", [1e-3, 1.0, 1e3])
def test_value_and_gradients_are_those_of_fp32_rounded_once(shape, size):
    generator = torch.Generator().manual_seed(0)
    x, gradient = (torch.randn(shape, generator=generator).mul_(size).bfloat16() for _ in range(2))
    weight = (torch.rand(shape[-1], generator=generator) + 0.5).bfloat16()
    results = []
    for dtype in (torch.bfloat16, torch.float32):
        inputs = [value.to(dtype, copy=True).requires_grad_() for value in (x, weight)]
        if dtype == torch.bfloat16:
            out = rms_norm_bf16(*inputs, 1e-6)
        else:
            out = torch.nn.functional.rms_norm(inputs[0], (shape[-1],), inputs[1], 1e-6)
        out.backward(gradient.to(dtype))
        results.append([out.detach(), *(value.grad for value in inputs)])
    for ours, exact in zip(*results, strict=True):
        assert ours.dtype == torch.bfloat16
        assert ((ours.float() - exact).abs() <= ROUNDING * exact.abs() + 1e-5 * exact.abs().max()).all()


def test_inputs_that_are_not_laid_out_in_order():
    x = torch.randn(2, 6, 4, 16, generator=torch.Generator().manual_seed(0)).bfloat16().transpose(1, 2)
    weight = torch.ones(16).bfloat16()
    results = []
    for value in (x, x.contiguous()):
        value = value.detach().requires_grad_()
        out = rms_norm_bf16(value, weight, 1e-6)
        out.backward(value.detach())
        results.append((out, value.grad))
    for ours, ordered in zip(*results, strict=True):
        assert torch.equal(ours, ordered)
