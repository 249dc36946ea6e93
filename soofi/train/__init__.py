"""The sharded training loop. Importing this package does not import torch; `soofi.train.rank` does."""

from soofi.train.course import plan_stages
from soofi.train.fork import Fork, begin_fork, prepare_fork, read_fork
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
    "Fork", "INITIAL_WEIGHTS", "Start", "TrainerState", "begin_fork", "check_initial_weights", "check_requirements",
    "check_start", "checkpoint_facts", "latest_checkpoint", "plan_stages", "prepare_fork", "published_checkpoints",
    "read_fork", "read_metrics", "repair_run", "train_governing", "train_inputs",
]  # fmt: skip
