"""A model's first weights, laid on the ranks: no rank makes, reads or holds more than it must.

Under ZeRO stage 3 a rank keeps 1/R of every parameter (R ranks), and only that part is ever made. Under stages 0 to 2 a rank
keeps all parameters; each makes 1/R of them, and the ranks exchange the parts. The values are the same under every stage and
number of ranks, bit for bit. Under bf16 they are rounded to bf16 before DeepSpeed copies its fp32 masters from them, so the
masters begin at the rounded values everywhere.
"""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from accelerate import init_empty_weights
from torch import distributed, nn

from soofi.model import NewWeights, Transformer, Weights
from soofi.model.extended_weights import ExtendedWeights
from soofi.model.huggingface_weights import HuggingFaceWeights
from soofi.recipe import Model
from soofi.train.canonical_names import canonical_parameters
from soofi.train.libraries import import_deepspeed

_BLOCK = 1 << 24
"""Values read at once, which bounds what is held in fp32."""


def build_with_weights(
    model: Model,
    vocabulary_size: int,
    weights: Weights | None,
    configuration: dict[str, Any],
    device: torch.device,
) -> Transformer:
    """The transformer with its first weights, in the type and the partition that `configuration` (DeepSpeed's) asks for.

    `weights` gives any slice of any parameter; None leaves zeros, for a checkpoint to be loaded over. Buffers are as the
    model makes them. Collective: every rank calls it.
    """
    transformer = _empty(model, vocabulary_size)
    dtype = torch.bfloat16 if configuration["bf16"]["enabled"] else torch.float32
    names = {id(empty): name for name, empty in canonical_parameters(transformer)}
    keep = _keep_part if configuration["zero_optimization"]["stage"] == 3 else _keep_whole
    lay_out = keep(_filler(weights), configuration, dtype, device)
    laid: dict[int, nn.Parameter] = {}
    for module in transformer.modules():
        for key, empty in module._parameters.items():
            if empty is not None:
                if id(empty) not in laid:
                    laid[id(empty)] = lay_out(names[id(empty)], empty.shape)
                module._parameters[key] = laid[id(empty)]
        for key, buffer in module._buffers.items():
            module._buffers[key] = None if buffer is None else buffer.to(device)
    if isinstance(weights, HuggingFaceWeights | ExtendedWeights):
        for name, buffer in transformer.named_buffers():
            if name in weights.shapes:
                buffer.copy_(weights.read(name).view(buffer.shape))
    return transformer


def open_weights(
    model: Model, vocabulary_size: int, seed: int, pieces: Mapping[int, tuple[int, ...]] | None = None
) -> Weights:
    """Where the recipe's model begins: from the directory that it names, else from new weights.

    `pieces`: for a tokenizer that was extended, the old ids that spelled each new one. Raises FileNotFoundError or
    ValueError, with one sentence, if the directory does not hold this model's weights.
    """
    if model.initialise_from is None:
        return NewWeights(seed, model.initializer_range)
    stored = HuggingFaceWeights(model.initialise_from)
    weights = stored if pieces is None else ExtendedWeights(stored, pieces, vocabulary_size)
    shapes = {
        name: tuple(tensor.shape) for name, tensor in _empty(model, vocabulary_size).state_dict().items()
    }
    weights.check(shapes, model.tie_word_embeddings)
    return weights


def _empty(model: Model, vocabulary_size: int) -> Transformer:
    """The transformer without memory for its parameters."""
    with init_empty_weights(include_buffers=False):
        transformer = Transformer(model, vocabulary_size)
    transformer.tie_weights()  # empty weights come untied
    return transformer


def partition(size: int, rank: int, ranks: int) -> tuple[int, int, int]:
    """Rank `rank`'s part of a flat parameter of `size` values: (start, values, values with padding).

    All parts have the same padded length; the padding stands at the end of the last ones. It is DeepSpeed's rule.
    """
    padded = -(-size // ranks)
    start = min(rank * padded, size)
    return start, min(padded, size - start), padded


Fill = Callable[[torch.Tensor, str, int], None]
"""Writes a parameter's values from a start on into a flat tensor: (tensor, canonical name, start)."""
LayOut = Callable[[str, torch.Size], nn.Parameter]
"""What this rank keeps of a parameter: (canonical name, shape)."""


def _filler(weights: Weights | None) -> Fill:
    def fill(flat: torch.Tensor, name: str, start: int) -> None:
        for first in range(0, flat.numel() if weights else 0, _BLOCK):
            block = flat[first : first + _BLOCK]
            assert weights is not None
            block.copy_(weights.read(name, start + first, block.numel()))

    return fill


def _keep_whole(
    fill: Fill, configuration: dict[str, Any], dtype: torch.dtype, device: torch.device
) -> LayOut:
    """Stages 0 to 2: every rank makes its part and gets the others'."""
    rank, ranks = distributed.get_rank(), distributed.get_world_size()

    def lay_out(name: str, shape: torch.Size) -> nn.Parameter:
        start, count, padded = partition(shape.numel(), rank, ranks)
        mine = torch.zeros(padded, dtype=dtype, device=device)
        fill(mine[:count], name, start)
        if ranks == 1:
            return nn.Parameter(mine.view(shape))
        flat = torch.empty(padded * ranks, dtype=dtype, device=device)
        # As bytes: not every backend knows bf16.
        distributed.all_gather_into_tensor(flat.view(torch.uint8), mine.view(torch.uint8))
        whole = flat if padded * ranks == shape.numel() else flat[: shape.numel()].clone()
        return nn.Parameter(whole.view(shape))

    return lay_out


def _keep_part(fill: Fill, configuration: dict[str, Any], dtype: torch.dtype, device: torch.device) -> LayOut:
    """Stage 3: every parameter becomes DeepSpeed's partitioned one, though nobody ever held it whole.

    `zero.Init` would make every parameter whole on every rank, let torch initialise it, and send it from rank 0 to all.
    Here its own conversion marks a parameter as partitioned, and what it would then cut from the whole is put in place:
    the rank's part, `ds_tensor`. The second copies within a node (hpZ) are not made: DeepSpeed makes them anew after every
    step when a parameter is first gathered, and so it does before the first.
    """
    import_deepspeed()
    from deepspeed.runtime.zero.partition_parameters import Init, PartitionedParamStatus, free_param

    init = Init(config_dict_or_path=configuration)
    if init.mem_efficient_linear:
        # Torch's own linear would keep every gathered weight until the backward pass.
        init._enable_mem_efficient_linear()

    def lay_out(name: str, shape: torch.Size) -> nn.Parameter:
        # Of the right shape, on the right device, and one value large.
        parameter: Any = nn.Parameter(torch.empty(1, dtype=dtype, device=device).expand(shape))
        init._convert_to_deepspeed_param(parameter)
        rank, ranks = parameter.ds_zero_partition_rank, parameter.ds_zero_partition_world_size
        start, count, padded = partition(shape.numel(), rank, ranks)
        part: Any = torch.zeros(padded, dtype=dtype, device=device)
        fill(part[:count], name, start)
        part.ds_numel = padded
        part.status = PartitionedParamStatus.AVAILABLE
        part.final_location = None
        parameter.ds_tensor = part
        parameter.ds_numel_aligned = padded * ranks
        free_param(parameter)
        kept: nn.Parameter = parameter
        return kept

    return lay_out
