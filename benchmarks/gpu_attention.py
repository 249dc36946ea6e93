"""Attention on one GPU: torch's variable-length flash kernel and cuDNN's, forward and backward, for samples of one document and of many.

    python benchmarks/gpu_attention.py [--samples N] [--tokens N]

The shape is that of a layer of recipes/1.3b-h200.yaml: 16 query heads, 8 key and value heads, 128 wide, bf16. Operations are
those of causal attention inside documents: 2 · 2 · tokens · document / 2 · width of all query heads forward, 2.5 times that
backward.
"""

import argparse
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

import torch
from result_file import write_result

from soofi.model.attention import Boundaries
from soofi.model.attention_gpu import cudnn_attention, packed_attention, varlen_kernel

HEADS, GROUPS, WIDTH = 16, 8, 128
DOCUMENTS = (4096, 2048, 1024, 512)
WARM_UP, TIMES = 5, 20


def main() -> None:
    """Measure, print, write the result."""
    parser = argparse.ArgumentParser(description="Attention on one GPU.")
    parser.add_argument("--samples", type=int, default=4, help="samples of a micro batch")
    parser.add_argument("--tokens", type=int, default=4096, help="tokens of a sample")
    chosen = parser.parse_args()
    if not torch.cuda.is_available():
        raise SystemExit("this benchmark needs a GPU, and torch finds none")
    figures: dict[str, Any] = {"device": torch.cuda.get_device_name(), "settings": vars(chosen)}
    q, k, v = (
        torch.randn(chosen.samples, chosen.tokens, heads, WIDTH, device="cuda", dtype=torch.bfloat16)
        .transpose(1, 2)
        .requires_grad_()
        for heads in (HEADS, GROUPS, GROUPS)
    )
    flash = varlen_kernel("torch_varlen")
    for length in DOCUMENTS:
        place = torch.arange(chosen.tokens).expand(chosen.samples, -1) // length
        at = Boundaries.of(place).to("cuda")
        run = partial(packed_attention, q, k, v, at.cumulative_lengths, at.longest_tokens, flash)
        figures[f"flash, documents of {length}"] = speed(run, [q, k, v], length)
    figures["cudnn, whole samples"] = speed(partial(cudnn_attention, q, k, v), [q, k, v], chosen.tokens)
    for name, value in figures.items():
        print(name, value)
    print(write_result("gpu_attention", figures))


def speed(run: Callable[[], torch.Tensor], inputs: list[torch.Tensor], length: int) -> dict[str, float]:
    """Milliseconds and TFLOP/s of both passes."""
    samples, heads, tokens, width = inputs[0].shape
    operations = 2 * samples * tokens * length * heads * width
    out = run()
    arriving = torch.randn_like(out)
    forward = milliseconds(run)
    backward = milliseconds(lambda: torch.autograd.grad(out, inputs, arriving, retain_graph=True))
    return {
        "forward_ms": round(forward, 3),
        "backward_ms": round(backward, 3),
        "forward_tflops": round(operations / forward / 1e9, 1),
        "backward_tflops": round(2.5 * operations / backward / 1e9, 1),
    }


def milliseconds(run: Callable[[], Any]) -> float:
    """Median time on the device."""
    times = []
    for turn in range(WARM_UP + TIMES):
        began, ended = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        began.record()
        run()
        ended.record()
        ended.synchronize()
        if turn >= WARM_UP:
            times.append(began.elapsed_time(ended))
    return median(times)


if __name__ == "__main__":
    main()
