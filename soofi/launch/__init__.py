"""Starting ranks."""

from soofi.launch.torchrun import gpus_here, local_ranks, run_torchrun

__all__ = ["gpus_here", "local_ranks", "run_torchrun"]
