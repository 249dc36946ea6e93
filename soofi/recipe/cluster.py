"""The recipe's words for hardware: what a run is planned for."""

from typing import Annotated, Literal

from pydantic import Field

from soofi.recipe.fields import Section, field

Teraflops = Annotated[float, Field(gt=0)]


class Cluster(Section):
    """The machines that a run is planned for. Training itself takes what it finds."""

    name: str = field(description="What the cluster is called.", on_resume="free", min_length=1)
    nodes: int = field(description="Machines of the run.", on_resume="recorded", ge=1)
    gpus_per_node: int = field(description="GPUs of a machine, one rank each.", on_resume="recorded", ge=1)
    gpu: str = field(description="What the GPU is called.", on_resume="free", min_length=1)
    gpu_memory_gib: float = field(description="Memory of a GPU in GiB (2^30 bytes).", on_resume="free", gt=0)
    gpu_reserved_gib: float = field(
        4.0,
        "GiB of a GPU that CUDA, NCCL and the allocator's gaps take from the run.",
        on_resume="free",
        ge=0,
    )
    peak_tflops: dict[Literal["fp32", "bf16", "fp8"], Teraflops] = field(
        {}, "Dense peak of a GPU in 10^12 operations a second, by precision.", on_resume="free"
    )
    node_link_gbytes: float | None = field(
        None,
        "10^9 bytes a second that a GPU receives from the GPUs of its machine, at most.",
        on_resume="free",
        gt=0,
    )
    network_gbytes: float | None = field(
        None,
        "10^9 bytes a second that a machine receives from other machines, at most.",
        on_resume="free",
        gt=0,
    )
    node_watts: float | None = field(
        None,
        "Watts that a machine draws under load, cooling of the room not counted.",
        on_resume="free",
        gt=0,
    )
    assumed_mfu: float | None = field(
        None,
        "Share (0 to 1) of the peak that estimates of time and energy assume; without it there are none.",
        on_resume="free",
        gt=0,
        le=1,
    )
    scheduler: Literal["slurm", "none"] = field(
        "none", "What starts the ranks; the plan ends with its command.", on_resume="free"
    )

    @property
    def gpus(self) -> int:
        """GPUs, and so ranks, of the run."""
        return self.nodes * self.gpus_per_node
