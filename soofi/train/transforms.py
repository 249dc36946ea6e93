"""What is put on a plain model before DeepSpeed shards it, in order: fp8, compilation, recomputation.

Each changes a layer's `forward` or its linear modules in place, so that no parameter's name changes and a state dict stays
that of `transformers`.
"""

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

from soofi.model import Transformer
from soofi.plan import spread
from soofi.recipe import Train
from soofi.train.compilation import compile_layers
from soofi.train.fp8 import convert_to_fp8


def transform(transformer: Transformer, train: Train, device: torch.device) -> None:
    """Apply what the recipe asks for, in the only order in which all of it works.

    fp8 replaces linear modules, which must stand before their layer is compiled. Recomputation goes around the compiled
    layer, so that a layer that is computed again runs the same kernels and yields the same bits. ZeRO comes last, from
    DeepSpeed, with hooks around the modules as they are then.
    """
    layers = transformer.model.layers
    if train.precision == "fp8":
        convert_to_fp8(transformer)
    if train.compile:
        compile_layers(transformer, device, train.zero_stage)
    for index in spread(len(layers), train.activation_checkpointing):
        recompute(layers[index])


def recompute(layer: nn.Module) -> None:
    """Keep only the layer's inputs for the backward pass and compute its inside again there."""
    inside = layer.forward

    def forward(*inputs: object) -> object:
        if not torch.is_grad_enabled():
            return inside(*inputs)
        # A layer draws no random numbers, so their state need not be kept.
        return checkpoint(inside, *inputs, use_reentrant=False, preserve_rng_state=False)

    layer.forward = forward
