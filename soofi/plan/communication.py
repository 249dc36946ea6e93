"""What the ranks send one another in a step, and how long the links need for it at least."""

from dataclasses import dataclass

from soofi.plan.layout import Layout, Machine
from soofi.plan.memory import value_bytes
from soofi.recipe import Cluster, Train

_FP32 = 4


@dataclass(frozen=True)
class Exchange:
    """One kind of collective in a step. `bytes`: what all ranks together hold of it once; `inside`: within a node only."""

    name: str
    bytes: int
    times: int
    inside: bool = False

    def network_bytes(self, machine: Machine) -> int:
        """Bytes that a node receives from the others in a step: all but its own share, whatever the algorithm."""
        if self.inside:
            return 0
        return self.times * self.bytes * (machine.nodes - 1) // machine.nodes

    def link_bytes(self, machine: Machine) -> int:
        """Bytes that a GPU receives in a step."""
        ranks = machine.ranks_per_node if self.inside else machine.ranks
        return self.times * self.bytes * (ranks - 1) // ranks


def exchanges(parameters: int, train: Train, layout: Layout) -> list[Exchange]:
    """The collectives of one step for a model of so many parameters, by ZeRO stage.

    Stage 3 gathers the weights for the forward and for the backward pass of every micro batch, with hpZ the second time
    inside the node, and sums gradients (fp32) in each. Stage 2 sums them in every micro batch, stages 0 and 1 once a step;
    stages 1 and 2 then gather the new weights.
    """
    weights, gradients = parameters * value_bytes(train), parameters * _FP32
    batches, stage = layout.accumulation, train.zero_stage
    if stage == 3:
        inside = train.zero.hpz_partition_size > 1
        return [
            Exchange("weights for the forward pass", weights, batches),
            Exchange("weights for the backward pass", weights, batches, inside),
            Exchange("sums of gradients", gradients, batches),
        ]
    # An all-reduce is a reduce-scatter and an all-gather.
    sums = Exchange("sums of gradients", gradients, batches if stage == 2 else 2 if stage == 0 else 1)
    return [sums, Exchange("new weights", weights, 1)] if stage else [sums]


def least_seconds(exchange: Exchange, machine: Machine, cluster: Cluster | None) -> float | None:
    """Seconds that the slower of network and links inside the node needs at its full rate; None where none is known."""
    if cluster is None:
        return None
    times = []
    if cluster.network_gbytes:
        times.append(exchange.network_bytes(machine) / (cluster.network_gbytes * 1e9))
    if cluster.node_link_gbytes:
        times.append(exchange.link_bytes(machine) / (cluster.node_link_gbytes * 1e9))
    return max(times, default=None)
