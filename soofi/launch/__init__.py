"""Starting ranks."""

from soofi.launch.parent import end_with_parent
from soofi.launch.torchrun import gpus_here, local_ranks, run_torchrun

__all__ = ["end_with_parent", "gpus_here", "local_ranks", "run_torchrun"]
