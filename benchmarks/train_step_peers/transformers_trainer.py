"""Hugging Face Trainer."""

import tempfile
from typing import Any

import torch
from transformers import Trainer, TrainerCallback, TrainingArguments

from train_step_peers.gate import Gate
from train_step_peers.shape import (
    BETAS,
    CLIPPING,
    ENDLESS_STEPS,
    LEARNING_RATE,
    THREADS,
    WEIGHT_DECAY,
    Shape,
)
from train_step_peers.transformers_model import SETTINGS, RandomSamples, build_model


class Turns(TrainerCallback):
    """Waits for its turn between steps; the logging of a step counts to the next."""

    def __init__(self, gate: Gate):
        self.gate = gate

    def on_step_end(self, *args: Any, **kwargs: Any) -> None:
        """After the optimizer's step and the schedule's."""
        self.gate.wait()


def main() -> None:
    """Train until the pipe is closed."""
    torch.set_num_threads(THREADS)
    shape = Shape.from_environment()
    chosen: dict[str, Any] = {
        "per_device_train_batch_size": shape.micro_batch,
        "max_steps": ENDLESS_STEPS,
        "bf16": True,
        "optim": "adamw_torch_fused",
        "learning_rate": LEARNING_RATE,
        "adam_beta1": BETAS[0],
        "adam_beta2": BETAS[1],
        "weight_decay": WEIGHT_DECAY,
        "max_grad_norm": CLIPPING,
        "torch_compile": shape.compiled,
        "use_cpu": True,
        "report_to": "none",
        "save_strategy": "no",
        "disable_tqdm": True,
    }
    gate = Gate({"settings": {**SETTINGS, "TrainingArguments": chosen}})
    with tempfile.TemporaryDirectory() as directory:
        trainer = Trainer(
            model=build_model(shape),
            args=TrainingArguments(output_dir=directory, **chosen),
            train_dataset=RandomSamples(shape),
            callbacks=[Turns(gate)],
        )
        trainer.train()


if __name__ == "__main__":
    main()
