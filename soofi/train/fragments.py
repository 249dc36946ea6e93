"""What one rank keeps of the run's state: live views of a DeepSpeed engine's weights and optimizer moments.

DeepSpeed lays a parameter's fp32 values out in four ways: whole on every rank (ZeRO 0), as a range of a flat group that
this rank updates (ZeRO 1 and 2, in two optimizer classes), or as an equal part of every parameter (ZeRO 3). Here each
becomes the same thing: a range of a parameter, by canonical name, with one flat fp32 tensor for each state.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from soofi.checkpoint.fragment_files import WEIGHT
from soofi.train.canonical_names import canonical_parameters
from soofi.train.optimizer import states_of


@dataclass(frozen=True)
class Fragment:
    """Values start … start + count - 1 of the flattened parameter `name`: for each state a live flat fp32 view (count,)."""

    name: str
    start: int
    states: Mapping[str, torch.Tensor]

    @property
    def count(self) -> int:
        """How many values of the parameter these are."""
        return self.states[WEIGHT].numel()

    def part(self, first: int, stop: int) -> "Fragment":
        """The fragment's own values first … stop - 1."""
        states = {name: values[first:stop] for name, values in self.states.items()}
        return Fragment(self.name, self.start + first, states)


class EngineState:
    """The state of an engine as fragments. Optimizer states are created where the first step has not made them yet."""

    def __init__(self, engine: Any, rank: int, ranks: int):
        """`rank` of `ranks`: this process among the data-parallel ones."""
        self._engine, self._rank, self._ranks = engine, rank, ranks
        self._counters: list[torch.Tensor] = []
        self.shapes: dict[str, tuple[int, ...]] = {
            name: tuple(getattr(parameter, "ds_shape", parameter.shape))
            for name, parameter in canonical_parameters(engine.module)
        }
        self.kept: list[Fragment] = list(self._find())
        """Everything that this rank keeps: what a load has to fill."""

    @property
    def device(self) -> torch.device:
        """Where the engine computes, and its ranks' collective operations take place."""
        device: torch.device = self._engine.device
        return device

    @property
    def owned(self) -> list[Fragment]:
        """What this rank saves: every value of the run is owned by exactly one rank."""
        if self._engine.zero_optimization_stage() > 0:
            return self.kept
        # Every rank keeps everything: each saves its share of every parameter.
        shares = (
            fragment.part(
                fragment.count * self._rank // self._ranks, fragment.count * (self._rank + 1) // self._ranks
            )
            for fragment in self.kept
        )
        return [share for share in shares if share.count]

    def take_over(self, updates: int) -> None:
        """Make the engine compute with what was copied into the fragments; `updates`: optimizer steps applied so far.

        Collective: ranks give each other the updated working copies of the parameters.
        """
        for counter in self._counters:
            counter.fill_(updates)
        optimizer, stage = self._engine.optimizer, self._engine.zero_optimization_stage()
        if stage in (1, 2):
            optimizer.update_lp_params()
        elif stage == 3:
            for group in range(len(optimizer.fp32_partitioned_groups_flat)):
                optimizer._reassign_or_swap_out_partitioned_parameters(group)
            # Copies that are gathered already, whole or inside a node, are of the old values.
            optimizer.invalidate_secondary_tensor()
            if optimizer.persistent_parameters:
                optimizer.persistent_parameters[0].partition(optimizer.persistent_parameters)

    def _find(self) -> Iterator[Fragment]:
        stage, optimizer = self._engine.zero_optimization_stage(), self._engine.optimizer
        names = {id(parameter): name for name, parameter in canonical_parameters(self._engine.module)}
        if stage == 0:
            for name, parameter in canonical_parameters(self._engine.module):
                yield self._fragment(name, 0, parameter, 0, parameter.numel())
        elif stage == 3:
            for index, group in enumerate(optimizer.fp16_groups):
                flat = optimizer.fp32_partitioned_groups_flat[index]
                for parameter in group:
                    _, offset, _ = optimizer.grad_position[optimizer.get_param_id(parameter)]
                    size = parameter.ds_tensor.ds_numel
                    start = size * torch.distributed.get_rank(group=parameter.ds_process_group)
                    count = min(size, parameter.ds_numel - start)  # the last part is filled up
                    if count > 0:
                        yield self._fragment(names[id(parameter)], start, flat, offset, count)
        else:
            of_bf16 = hasattr(optimizer, "bf16_groups")
            groups = optimizer.bf16_groups if of_bf16 else optimizer.bit16_groups
            flats = (
                optimizer.fp32_groups_flat_partition if of_bf16 else optimizer.single_partition_of_fp32_groups
            )
            for group, flat in zip(groups, flats, strict=True):
                for parameter in group:
                    mapping = parameter._hp_mapping  # None where another rank updates all of it
                    if mapping is not None:
                        here, there = mapping.lp_fragment_address, mapping.hp_fragment_address
                        name = names[id(parameter)]
                        yield self._fragment(name, here.start, flat, there.start, there.numel)

    def _fragment(self, name: str, start: int, flat: torch.Tensor, offset: int, count: int) -> Fragment:
        optimizer = self._engine.optimizer
        states = states_of(getattr(optimizer, "optimizer", optimizer), flat)
        if not any(counter is states["step"] for counter in self._counters):
            self._counters.append(states["step"])
        values = {WEIGHT: flat.detach()}
        values |= {key: tensor for key, tensor in states.items() if tensor.shape == flat.shape}
        views = {key: tensor.view(-1)[offset : offset + count] for key, tensor in values.items()}
        return Fragment(name, start, views)
