"""Memory of one GPU in training: what stays, what comes and goes, each part by name.

The parts follow what DeepSpeed's ZeRO (Rajbhandari et al. 2020) holds in the version that soofi uses, with the names of
its settings. What stays was compared with real engines and is exact to its padding; activations were compared with what
autograd really keeps. The allocator's gaps are in no part: the cluster's `gpu_reserved_gib` stands for them.
"""

import math
from dataclasses import dataclass

from soofi.plan.activations import activation_bytes, residual_bytes, spread
from soofi.plan.layout import Layout, Machine
from soofi.plan.shapes import Parameter, parameters
from soofi.recipe import BLOCK_BYTES, CHUNK_BYTES, Model, Train

_FP32 = 4
_SUB_GROUP = 1_000_000_000
"""Parameters that DeepSpeed's ZeRO-3 updates at once (its `sub_group_size`)."""


@dataclass(frozen=True)
class Part:
    """A named share of a GPU's memory."""

    name: str
    bytes: int


@dataclass(frozen=True)
class MemoryPlan:
    """`states` and `kept` stay through a step's forward and backward pass; of the `moments` one is there at a time."""

    states: tuple[Part, ...]
    kept: tuple[Part, ...]
    moments: dict[str, tuple[Part, ...]]

    @property
    def states_bytes(self) -> int:
        """Weights, gradients, master weights and moments of the optimizer."""
        return total(self.states)

    @property
    def fullest(self) -> str:
        """Name of the moment that takes most."""
        return max(self.moments, key=self.bytes_at)

    @property
    def peak_bytes(self) -> int:
        """Everything at the fullest moment."""
        return self.states_bytes + self.bytes_at(self.fullest)

    def bytes_at(self, moment: str) -> int:
        """Bytes above the states; when the optimizer takes its step, nothing of the forward pass is kept any more."""
        return total(self.moments[moment]) + (0 if moment == "update" else total(self.kept))


def total(parts: tuple[Part, ...]) -> int:
    """Bytes of all parts."""
    return sum(part.bytes for part in parts)


def plan_memory(
    model: Model, vocabulary_size: int, train: Train, layout: Layout, machine: Machine
) -> MemoryPlan:
    """Bytes that one rank holds while it trains `model` in `layout`."""
    tensors = parameters(model, vocabulary_size)
    fused = machine.device != "CPU"
    return MemoryPlan(
        model_states(tensors, train, layout.ranks),
        _kept(model, train, layout, fused),
        {
            "loss": _at_the_loss(model, vocabulary_size, train, layout),
            "backward": _in_a_layer(model, tensors, train, layout, fused),
            "update": _in_the_update(tensors, train, layout.ranks),
        },
    )


def value_bytes(train: Train) -> int:
    """Bytes of a weight as the model computes with it; fp8 is made from bf16 inside a matrix product."""
    return 4 if train.precision == "fp32" else 2


def model_states(tensors: list[Parameter], train: Train, ranks: int) -> tuple[Part, ...]:
    """What stays on a rank between steps, by ZeRO stage.

    Stage 1 shards master weights and moments, 2 also gradients, 3 also weights, there parameter by parameter: each is cut
    into `ranks` parts of equal length, and small ones (`param_persistence_threshold`) are kept whole beside their part.
    Gradients are summed in fp32; under stage 1 in bf16 DeepSpeed also keeps them as they come until the step. hpZ keeps a
    second copy of all but the small weights, cut over the ranks of a node only.
    """
    stage, value = train.zero_stage, value_bytes(train)
    whole = sum(tensor.numel for tensor in tensors)
    part = (
        sum(math.ceil(tensor.numel / ranks) for tensor in tensors) if stage == 3 else math.ceil(whole / ranks)
    )
    held = [Part("weights", value * (part if stage == 3 else whole))]
    if stage == 3:
        small = sum(tensor.numel for tensor in tensors if _stays_whole(tensor, train))
        held.append(Part("small weights kept whole", value * small))
        if (inside := train.zero.hpz_partition_size) > 1:
            large = [tensor for tensor in tensors if not _stays_whole(tensor, train)]
            again = sum(math.ceil(tensor.numel / ranks) * (ranks // inside) for tensor in large)
            held.append(Part("weights again inside the node (hpZ)", value * again))
    held.append(Part("fp32 gradients", _FP32 * (part if stage >= 2 else whole)))
    if stage == 1 and value < _FP32:
        held.append(Part("gradients as they come", value * whole))
    if stage:
        held.append(Part("fp32 master weights", _FP32 * part))
    held.append(Part("fp32 moments", 2 * _FP32 * (part if stage else whole)))
    return tuple(held)


def _stays_whole(tensor: Parameter, train: Train) -> bool:
    return tensor.numel < train.zero.param_persistence_threshold


def _kept(model: Model, train: Train, layout: Layout, fused: bool) -> tuple[Part, ...]:
    """What the forward pass leaves for the backward pass, all layers together."""
    tokens, value = layout.micro_batch_tokens, value_bytes(train)
    again = spread(model.num_hidden_layers, train.activation_checkpointing)
    whole = sum(
        activation_bytes(model, layer, tokens, value, fused)
        for layer in range(model.num_hidden_layers)
        if layer not in again
    )
    return (
        Part("inputs of layers that are computed again", len(again) * residual_bytes(model, tokens, value)),
        Part("activations of the other layers", whole),
    )


def _at_the_loss(model: Model, vocabulary_size: int, train: Train, layout: Layout) -> tuple[Part, ...]:
    """The head forms its gradients chunk by chunk in the forward pass."""
    tokens, value = layout.micro_batch_tokens, value_bytes(train)
    fit = max(1, CHUNK_BYTES["cuda"] // (value * vocabulary_size))
    chunk = min(tokens, train.loss.chunk_tokens or fit)
    weight = vocabulary_size * model.hidden_size
    # Several chunks are summed in fp32, and the sum is handed over in the weight's type.
    gradient = weight * (value if chunk == tokens else _FP32 + (value if value < _FP32 else 0))
    return (
        Part("logits of a chunk", chunk * vocabulary_size * value),
        Part("its softmax in fp32, by blocks", 2 * min(chunk * vocabulary_size * _FP32, BLOCK_BYTES["cuda"])),
        Part("gradient of the last hidden states", 2 * tokens * model.hidden_size * value),
        Part("gradient of the output embedding", gradient),
        Part("output embedding, gathered", weight * value if train.zero_stage == 3 else 0),
    )


def _in_a_layer(
    model: Model, tensors: list[Parameter], train: Train, layout: Layout, fused: bool
) -> tuple[Part, ...]:
    """The backward pass inside the layer that takes most."""
    tokens, value = layout.micro_batch_tokens, value_bytes(train)
    again = spread(model.num_hidden_layers, train.activation_checkpointing)
    inside = max((activation_bytes(model, layer, tokens, value, fused) for layer in again), default=0)
    widest = max(
        activation_bytes(model, layer, tokens, value, fused) for layer in range(model.num_hidden_layers)
    )
    largest = max(tensor.numel for tensor in tensors)
    bucket = train.zero.reduce_bucket_size
    gathered = 0
    if train.zero_stage == 3:
        gathered = min(
            sum(t.numel for t in tensors),
            max(largest, train.zero.max_live_parameters) + train.zero.prefetch_bucket_size,
        )
    return (
        Part("activations of a layer that is computed again", inside),
        Part("gradients inside a layer", widest // 2),
        Part("weights gathered at once", gathered * value),
        Part("gradient of the largest parameter", largest * (value + _FP32)),
        Part("bucket of gradients to be summed", bucket * _FP32),
    )


def _in_the_update(tensors: list[Parameter], train: Train, ranks: int) -> tuple[Part, ...]:
    """The optimizer is given its gradients as one flat copy: of a rank's share, or of a sub-group of it."""
    if train.zero_stage == 0:
        return ()
    share = math.ceil(sum(tensor.numel for tensor in tensors) / ranks)
    at_once = min(share, _SUB_GROUP) if train.zero_stage == 3 else share
    return (Part("gradients as the optimizer takes them", at_once * _FP32),)


def check_memory(plan: MemoryPlan, machine: Machine) -> None:
    """Raise ValueError with the bytes of each part where a rank's memory is too small."""
    room = machine.memory_bytes - machine.reserved_bytes
    if plan.states_bytes > room:
        raise ValueError(
            f"the states do not fit one {machine.device}: {_listed(plan.states)} make {plan.states_bytes:,} bytes, but "
            f"{room:,} are free: raise train.zero_stage or train.zero.hpz_partition_size, or take more ranks"
        )
    if plan.peak_bytes > room:
        kept = () if plan.fullest == "update" else plan.kept
        moment = (*kept, *plan.moments[plan.fullest])
        raise ValueError(
            f"a step does not fit one {machine.device}: states {plan.states_bytes:,}, {_listed(moment)} make "
            f"{plan.peak_bytes:,} bytes, but {room:,} are free: lower train.micro_batch_samples, raise "
            "train.activation_checkpointing, or take more ranks"
        )


def _listed(parts: tuple[Part, ...]) -> str:
    return ", ".join(f"{part.name} {part.bytes:,}" for part in parts if part.bytes)
