"""Training on one GPU: tokens a second, model FLOPs utilisation, and where the rest of the time goes.

    python benchmarks/gpu_train_step.py [--only VARIANT …] [--] [a.b.c=value …]

Takes recipes/1.3b-h200.yaml (1.3 B parameters at 4,096 tokens), random tokens and this project's trainer, compiled, in bf16
and in fp8; then eight layers of 8 B width, where fp8 has more to win; last the first again, with samples packed from
documents of 1,000 tokens (else each is one document), and with `train.deterministic`. A step has a quarter of the recipe's samples, so that more steps fit into a minute: the optimizer's share is four times the
recipe's. Overrides fit it to a smaller GPU, for example train.micro_batch_samples=1. Utilisation counts 6 N operations a
token, N without the input embedding, and causal attention (Chowdhery et al. 2022, appendix B, with half the score matrix),
over the maker's dense bf16 figure, under fp8 too. What is done is written after every variant.
"""

import argparse
import gc
import os
import statistics
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import torch
from result_file import write_result
from torch.profiler import ProfilerActivity, profile
from train_step_peers.soofi_trainer import ONE_RANK, RECIPES, random_loop

from soofi.ledger import RunDirectory
from soofi.recipe import Recipe, Tokenizer, load_recipe
from soofi.train.determinism import make_deterministic
from soofi.train.distributed import process_group
from soofi.train.engine import device_of
from soofi.train.libraries import log_to_file
from soofi.train.loop import Loop
from soofi.train.mesh import Mesh

WARM_UP, STEPS = 2, 4
SAMPLES, LARGEST = 32, 16
"""Samples of a step; kernels that are named one by one."""

PEAK_BF16 = {"B200": 2250e12, "H200": 989e12, "H100": 989e12, "GH200": 989e12, "A100": 312e12}
"""Dense operations a second by a part of the device's name."""

WIDE = [
    "model.hidden_size=4096",
    "model.intermediate_size=14336",
    "model.num_hidden_layers=8",
    "model.num_attention_heads=32",
    "model.num_key_value_heads=8",
    "model.head_dim=128",
    "model.tie_word_embeddings=false",
    "tokenizer.vocabulary_size=32768",
    "train.micro_batch_samples=2",
]
COMMON = [
    "train.compile=true",
    "train.ranks=1",
    # Whole, since random tokens are of no language that the recipe's mixture names.
    f"stages=[{{name: main, tokens: 30000000000, sequence_length: 4096, batch_samples: {SAMPLES}, mixture: {{exponent: 1}}}}]",
]
VARIANTS = {
    "1.3b bf16": ["train.precision=bf16"],
    "1.3b fp8": ["train.precision=fp8"],
    "8 layers of 8b width bf16": [*WIDE, "train.precision=bf16"],
    "8 layers of 8b width fp8": [*WIDE, "train.precision=fp8"],
    "1.3b bf16 packed": ["train.precision=bf16"],
    "1.3b bf16 deterministic": ["train.precision=bf16", "train.deterministic=true"],
}
"""The last one sets the whole process for good, so it stays the last."""

DOCUMENT_TOKENS = {"1.3b bf16 packed": 1000}
"""Length of the documents; where none is said, each sample is one."""

RATIOS = {
    "1.3b fp8 over bf16": ("1.3b fp8", "1.3b bf16"),
    "8 layers of 8b width fp8 over bf16": ("8 layers of 8b width fp8", "8 layers of 8b width bf16"),
    "deterministic over not": ("1.3b bf16 deterministic", "1.3b bf16"),
}

KINDS = {
    "attention": ("flash", "fmha", "attention", "sdpa"),
    "softmax of the loss": ("_softmax_of_a_token",),
    "matrix products": ("gemm", "nvjet", "cutlass", "xmma", "scaled_mm"),
    "communication": ("nccl",),
    "optimizer": ("adam", "multi_tensor"),
    "copies": ("memcpy", "memset", "copy", "fill", "cat"),
    "compiled elementwise": ("triton",),
}
"""Kind of a kernel by the first of these that its name holds; anything else is `other kernels`."""


def main() -> None:
    """Measure every variant, print, write the result."""
    parser = argparse.ArgumentParser(description="Training on one GPU.")
    parser.add_argument("--only", nargs="+", choices=VARIANTS, default=list(VARIANTS), help="these variants")
    parser.add_argument("overrides", nargs="*", help="a.b.c=value, for every variant")
    asked = parser.parse_args()
    if not torch.cuda.is_available():
        raise SystemExit("this benchmark needs a GPU, and torch finds none")
    # What `train.deterministic` needs before the first product; 32 MiB, as torch takes on Hopper without it.
    os.environ |= {**ONE_RANK, "CUBLAS_WORKSPACE_CONFIG": ":4096:8"}
    mesh = Mesh.from_environment()
    name = torch.cuda.get_device_name()
    peak = next((peak for part, peak in PEAK_BF16.items() if part in name), None)
    figures: dict[str, Any] = {"device": name, "peak_bf16_flops": peak, "steps": STEPS}
    with process_group(device_of(mesh)):
        for variant in asked.only:
            chosen = [*COMMON, *VARIANTS[variant], *asked.overrides]
            recipe = load_recipe(RECIPES / "1.3b-h200.yaml", chosen)
            figures[variant] = {
                "overrides": chosen,
                **measure(recipe, mesh, peak, DOCUMENT_TOKENS.get(variant)),
            }
            figures |= ratios(figures)
            print(variant, figures[variant], flush=True)
            path = write_result("gpu_train_step", figures)
            torch._dynamo.reset()
            gc.collect()
            torch.cuda.empty_cache()
            print(f"{torch.cuda.memory_allocated() / 2**30:.2f} GiB still held", flush=True)
    print({name: figures[name] for name in RATIOS if name in figures}, path)


def ratios(figures: dict[str, Any]) -> dict[str, float]:
    """Speeds over one another, as far as they have been measured."""
    return {
        name: round(figures[one]["tokens_per_second"] / figures[other]["tokens_per_second"], 3)
        for name, (one, other) in RATIOS.items()
        if one in figures and other in figures
    }


def measure(
    recipe: Recipe, mesh: Mesh, peak: float | None, document_tokens: int | None = None
) -> dict[str, Any]:
    """Speed of one recipe, then one step under the profiler."""
    assert isinstance(recipe.tokenizer, Tokenizer)
    vocabulary_size = recipe.tokenizer.vocabulary_size
    if recipe.train.deterministic:
        make_deterministic(device_of(mesh))
    with tempfile.TemporaryDirectory() as directory:
        run = RunDirectory(Path(directory))
        log_to_file(run.logs / "rank-0.log")
        torch.cuda.reset_peak_memory_stats()
        loop = random_loop(recipe, vocabulary_size, run, mesh, torch.cuda.synchronize, document_tokens)
        began = time.perf_counter()
        loop.take_step(0)
        first_seconds = time.perf_counter() - began
        speeds = [loop.take_step(step)[0]["tokens_per_second"] for step in range(1, WARM_UP + STEPS)]
        rate = statistics.median(speeds[WARM_UP - 1 :])
        time_goes = where_time_goes(loop, WARM_UP + STEPS)
        loop.engine.destroy()
    operations = flops_per_token(recipe, vocabulary_size, document_tokens or recipe.stages[0].sequence_length)
    return {
        "tokens_per_second": round(rate, 1),
        "tokens_per_second_of_each_step": [round(speed, 1) for speed in speeds[WARM_UP - 1 :]],
        "flops_per_token": operations,
        "utilisation": round(rate * operations / peak, 4) if peak else None,
        "peak_memory_gib": round(torch.cuda.max_memory_allocated() / 2**30, 2),
        "first_step_seconds": round(first_seconds, 1),
        **time_goes,
    }


def flops_per_token(recipe: Recipe, vocabulary_size: int, document_tokens: int) -> int:
    """Operations of forward and backward pass of one token of a dense model, recomputation not counted."""
    model = recipe.model
    heads, keys = (n * model.head_dim for n in (model.num_attention_heads, model.num_key_value_heads))
    layer = 2 * model.hidden_size * (heads + keys) + 3 * model.hidden_size * model.intermediate_size
    multiplied = model.num_hidden_layers * layer + vocabulary_size * model.hidden_size
    attention = model.num_hidden_layers * document_tokens * heads
    return 6 * multiplied + 6 * attention


def where_time_goes(loop: Loop, step: int) -> dict[str, Any]:
    """Share of one step's time by kind of kernel, and the kernels that take most, with how often they ran; what is left is
    the time in which the GPU waits for the CPU."""
    with profile(activities=[ProfilerActivity.CUDA]) as profiler:
        began = time.perf_counter()
        loop.take_step(step)
        torch.cuda.synchronize()
        seconds = time.perf_counter() - began
    busy: dict[str, float] = defaultdict(float)
    kernels = [(one.key, one.self_device_time_total / 1e6, one.count) for one in profiler.key_averages()]
    for name, time_of_it, _ in kernels:
        parts_of = KINDS.items()
        kind = next((kind for kind, parts in parts_of if any(part in name.lower() for part in parts)), None)
        busy[kind or "other kernels"] += time_of_it
    busy["waiting"] = max(0.0, seconds - sum(busy.values()))
    kernels.sort(key=lambda one: -one[1])
    return {
        "share_of_a_step": {
            kind: round(time / seconds, 4) for kind, time in sorted(busy.items(), key=lambda one: -one[1])
        },
        "largest_kernels": [
            [name[:100], round(time / seconds, 4), count] for name, time, count in kernels[:LARGEST]
        ],
    }


if __name__ == "__main__":
    main()
