"""Forward and backward of the quickstart model beside stock transformers with the same weights, one CPU thread.

    python benchmarks/model_step.py

Both compute the same loss on the same tokens; `packed` has document boundaries, which the stock model cannot have.
Variants take turns in every round, so that a noisy machine is noisy for all of them.
"""

import statistics
import time
from collections.abc import Callable

import torch
from result_file import write_result
from transformers import Qwen3ForCausalLM

from soofi.model import Boundaries, Transformer, initialise
from soofi.model.huggingface import huggingface_config
from soofi.recipe import load_recipe

ROUNDS = 15

Variant = tuple[torch.nn.Module, Callable[[torch.nn.Module], torch.Tensor]]


def main() -> None:
    """Measure, print, write the result."""
    torch.set_num_threads(1)
    recipe = load_recipe("recipes/quickstart.yaml")
    vocabulary = recipe.vocabulary_size
    assert vocabulary is not None
    samples, length = recipe.stages[0].batch_samples // 2, recipe.stages[0].sequence_length
    generator = torch.Generator().manual_seed(0)
    tokens = torch.randint(vocabulary, (samples, length), generator=generator)
    labels = torch.randint(vocabulary, (samples, length), generator=generator)
    documents = (torch.rand(samples, length, generator=generator) < 0.02).long().cumsum(1)
    boundaries = Boundaries.of(documents)
    figures = {}
    for name, dtype in (("bf16", torch.bfloat16), ("fp32", torch.float32)):
        ours = Transformer(recipe.model, vocabulary)
        initialise(ours, recipe.seed)
        theirs = Qwen3ForCausalLM(huggingface_config(recipe.model, vocabulary, 2, 1))
        theirs.load_state_dict(ours.state_dict())
        ours, theirs = ours.to(dtype), theirs.to(dtype)
        seconds = measure(
            {
                "soofi packed": (ours, lambda m: m(tokens, boundaries, labels)[0] / tokens.numel()),
                "soofi": (ours, lambda m: m(tokens, None, labels)[0] / tokens.numel()),
                "transformers": (theirs, lambda m: m(tokens, labels=labels, shift_labels=labels).loss),
            }
        )
        figures[name] = {
            "tokens_per_second": {
                variant: round(tokens.numel() / value) for variant, value in seconds.items()
            },
            "ratio_to_transformers": {
                variant: round(seconds["transformers"] / value, 3) for variant, value in seconds.items()
            },
        }
        print(name, figures[name])
    print(write_result("model_step", {"threads": 1, "tokens": tokens.numel(), "rounds": ROUNDS, **figures}))


def measure(variants: dict[str, Variant]) -> dict[str, float]:
    """Median seconds of one forward and backward pass of each variant over ROUNDS, after three rounds of warm-up."""
    times: dict[str, list[float]] = {name: [] for name in variants}
    for turn in range(ROUNDS + 3):
        for name, (model, loss) in variants.items():
            began = time.perf_counter()
            loss(model).backward()
            if turn >= 3:
                times[name].append(time.perf_counter() - began)
            model.zero_grad(set_to_none=True)
    return {name: statistics.median(values) for name, values in times.items()}


if __name__ == "__main__":
    main()
