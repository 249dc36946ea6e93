"""Estimates of time and energy. They assume a utilisation and are called estimates wherever they are shown."""

from dataclasses import dataclass

from soofi.recipe import Cluster


@dataclass(frozen=True)
class Estimate:
    """What a run takes if the GPUs reach the assumed share of their peak all the time."""

    assumed_mfu: float
    tokens_per_second: float
    hours: float
    gpu_hours: float
    megawatt_hours: float | None


def estimate(cluster: Cluster, precision: str, flops: float, tokens: int) -> Estimate | None:
    """Estimate for `flops` operations of the model (forward and backward, nothing computed twice) over `tokens` tokens.

    Time is flops / (GPUs × peak × assumed utilisation): utilisation as PaLM defines it (Chowdhery et al. 2022, appendix
    B), so what is computed again in the backward pass lowers it and is not added here. Energy is hours × nodes × watts of
    a node; the room's cooling, storage and the network's switches are not in it. None where the cluster does not say
    what to assume.
    """
    peak = next((t for name, t in cluster.peak_tflops.items() if name == precision), None)
    if cluster.assumed_mfu is None or peak is None:
        return None
    seconds = flops / (cluster.gpus * peak * 1e12 * cluster.assumed_mfu)
    hours = seconds / 3600
    energy = None if cluster.node_watts is None else hours * cluster.nodes * cluster.node_watts / 1e6
    return Estimate(cluster.assumed_mfu, tokens / seconds, hours, hours * cluster.gpus, energy)
