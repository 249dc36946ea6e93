"""The sharded training loop. Importing this package does not import torch; `soofi.train.rank` does."""

from soofi.train.ledger_repair import repair_run
from soofi.train.preflight import (
    INITIAL_WEIGHTS,
    Start,
    check_initial_weights,
    check_start,
    train_governing,
    train_inputs,
)
from soofi.train.record import read_metrics
from soofi.train.requirements import check_requirements
from soofi.train.state import (
    TrainerState,
    checkpoint_facts,
    latest_checkpoint,
    published_checkpoints,
)

__all__ = [
    "INITIAL_WEIGHTS", "Start", "TrainerState", "check_initial_weights", "check_requirements",
    "check_start", "checkpoint_facts", "latest_checkpoint", "published_checkpoints", "repair_run",
    "read_metrics",
    "train_governing", "train_inputs",
]  # fmt: skip
