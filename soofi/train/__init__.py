"""The sharded training loop. Importing this package does not import torch; `soofi.train.rank` does."""

from soofi.train.course import plan_stages
from soofi.train.fork import Fork, begin_fork, prepare_fork, read_fork
from soofi.train.preflight import (
    INITIAL_WEIGHTS,
    Start,
    check_initial_weights,
    check_start,
    embedding_rows,
    train_governing,
    train_inputs,
)
from soofi.train.record import read_metrics
from soofi.train.requirements import check_requirements

__all__ = [
    "INITIAL_WEIGHTS", "Fork", "Start", "begin_fork", "check_initial_weights", "check_requirements", "check_start",
    "embedding_rows", "plan_stages", "prepare_fork", "read_fork", "read_metrics", "train_governing", "train_inputs",
]  # fmt: skip
