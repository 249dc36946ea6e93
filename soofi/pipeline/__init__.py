"""The graph of stages and how a recipe is carried out."""

from soofi.pipeline.run import (
    StageTime,
    check_machine,
    open_run,
    run_all,
    run_stage,
    train_here,
)
from soofi.pipeline.stage import Context
from soofi.pipeline.train_stage import INTERRUPTED, TrainingFailed, TrainingInterrupted

__all__ = [
    "INTERRUPTED", "Context", "StageTime", "TrainingFailed", "TrainingInterrupted", "check_machine", "open_run",
    "run_all", "run_stage", "train_here",
]  # fmt: skip
