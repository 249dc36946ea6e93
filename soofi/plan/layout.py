"""How a step of a stage is laid over ranks, and what does not divide."""

from dataclasses import dataclass

from soofi.recipe import Recipe, Stage, Train, check_layout


@dataclass(frozen=True)
class Machine:
    """What ranks run on, as far as planning needs it. `memory_bytes`: what one rank may use."""

    name: str
    ranks: int
    ranks_per_node: int
    device: str
    memory_bytes: int
    reserved_bytes: int = 0

    @property
    def nodes(self) -> int:
        """Number of machines."""
        return self.ranks // self.ranks_per_node


def machine_of(recipe: Recipe) -> Machine | None:
    """The recipe's cluster, or None where it names none."""
    cluster = recipe.cluster
    if cluster is None:
        return None
    return Machine(
        cluster.name,
        cluster.gpus,
        cluster.gpus_per_node,
        cluster.gpu,
        round(cluster.gpu_memory_gib * 2**30),
        round(cluster.gpu_reserved_gib * 2**30),
    )


@dataclass(frozen=True)
class Layout:
    """One step of a stage over the ranks; sizes in samples and tokens."""

    ranks: int
    batch_samples: int
    sequence_length: int
    micro_batch_samples: int
    accumulation: int

    @property
    def step_tokens(self) -> int:
        """Tokens of one step over all ranks."""
        return self.batch_samples * self.sequence_length

    @property
    def micro_batch_tokens(self) -> int:
        """Tokens that one rank computes at once."""
        return self.micro_batch_samples * self.sequence_length


def layout_of(train: Train, stage: Stage, batch_samples: int, ranks: int) -> Layout:
    """How steps of `batch_samples` of `stage` are laid over `ranks`; ValueError naming the fields where they do not divide."""
    check_layout(train, stage, ranks, f"stage '{stage.name}'")
    share = batch_samples // ranks
    micro = train.micro_batch_samples or share
    return Layout(ranks, batch_samples, stage.sequence_length, micro, share // micro)


def check_sharding(train: Train, machine: Machine) -> None:
    """Raise ValueError where weights cannot be held a second time inside a node (hpZ) as the recipe wants."""
    inside = train.zero.hpz_partition_size
    if inside > 1 and machine.ranks_per_node % inside:
        raise ValueError(
            f"train.zero.hpz_partition_size ({inside}) does not divide the ranks of a machine "
            f"({machine.ranks_per_node}): weights would be gathered over the network after all"
        )
