"""Checkpoints on disk: their format, what a run directory holds of them, and looking at them. Importing it does not import torch.

Nothing here knows an engine: `soofi.train` writes checkpoints from one and loads them into one.
"""

from soofi.checkpoint.repair import repair_run
from soofi.checkpoint.trainer_state import (
    TrainerState,
    checkpoint_facts,
    latest_checkpoint,
    published_checkpoints,
)

__all__ = [
    "TrainerState", "checkpoint_facts", "latest_checkpoint", "published_checkpoints", "repair_run",
]  # fmt: skip
