"""torch.compile, layer by layer: all layers share one compiled function, so it takes as long for 8 layers as for 88."""

from typing import Any

import torch
from torch import nn

from soofi.model import Boundaries, Transformer
from soofi.model.transformer import SelfAttention


def compile_layers(transformer: Transformer, device: torch.device, zero_stage: int) -> None:
    """Have every layer's forward compiled for fixed shapes at its first use, in place.

    Only the steps of training are compiled: without gradients, where batches come in other sizes, layers run as they are.
    Attention on a GPU stays outside the compiled parts, because the number and length of the documents change with
    every step; elsewhere only the mask does, which is made before the layers run.
    """
    for module in transformer.modules():
        if isinstance(module, SelfAttention) and device.type == "cuda":
            module.attention = torch.compiler.disable(module.attention)
    experts = transformer.config.experts
    for index, layer in enumerate(transformer.model.layers):
        if experts is not None and index >= experts.first_k_dense_replace:
            _keep_eager(layer.get_submodule("mlp"))  # how many tokens an expert gets changes with every step
        _compile(layer)
    # One compiled function serves all layers, in one version for each shape of micro batch and for samples of one document
    # and of many; past torch's limit of 8 versions layers would run uncompiled without a word.
    torch._dynamo.config.recompile_limit = max(64, torch._dynamo.config.recompile_limit)
    transformer.model.register_forward_pre_hook(_make_masks)
    if zero_stage == 3:
        _gather_whole_layers(transformer)


def _compile(layer: nn.Module) -> None:
    eager = layer.forward
    compiled = torch.compile(eager, dynamic=False)

    def forward(*inputs: object) -> object:
        return compiled(*inputs) if torch.is_grad_enabled() else eager(*inputs)

    layer.forward = forward


def _keep_eager(module: nn.Module) -> None:
    module.forward = torch.compiler.disable(module.forward)


def _make_masks(decoder: nn.Module, inputs: tuple[Any, ...]) -> None:
    """Before the layers: what they read of the boundaries is there already, so that no compiled part depends on how many
    documents there are."""
    boundaries = inputs[1]
    if isinstance(boundaries, Boundaries) and boundaries.documents_BS.device.type != "cuda":
        boundaries.one_document_each  # noqa: B018 (computed once and kept)
        boundaries.mask_B1SS  # noqa: B018


def _gather_whole_layers(transformer: Transformer) -> None:
    """ZeRO-3: a layer's weights are gathered together around it, not module by module, which would cut it in pieces."""
    from deepspeed.utils import set_z3_leaf_modules

    set_z3_leaf_modules(transformer, [type(transformer.model.layers[0])])
