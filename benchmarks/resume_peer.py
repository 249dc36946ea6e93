"""transformers' Trainer going on from a checkpoint after many steps; started by resume_time.py.

    python benchmarks/resume_peer.py index|stream SHARD DIRECTORY STEPS [--prepare]

`index`: a data set that gives any sample by number, of which the Trainer skips samples by their numbers. `stream`: one that
gives samples in order, of which it reads and drops those of the steps taken.
"""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset, IterableDataset
from train_step_peers.shape import Shape
from train_step_peers.transformers_model import build_model
from transformers import Trainer, TrainerCallback, TrainingArguments

SEQUENCE, BATCH = 512, 64
SHAPE = Shape(
    vocabulary=2048,
    sequence=SEQUENCE,
    micro_batch=BATCH,
    tied=True,
    layers=2,
    width=64,
    heads=2,
    kv_heads=1,
    head=32,
    feed_forward=160,
)
Sample = dict[str, torch.Tensor]


class ByIndex(Dataset[Sample]):
    """Windows of a token file, any by its number."""

    def __init__(self, path: Path):
        self._tokens = np.memmap(path, "<u2", "r")

    def __len__(self) -> int:
        return len(self._tokens) // SEQUENCE

    def __getitem__(self, index: int) -> Sample:
        tokens = torch.from_numpy(self._tokens[index * SEQUENCE : (index + 1) * SEQUENCE].astype(np.int64))
        return {"input_ids": tokens, "labels": tokens}


class AsStream(IterableDataset[Sample]):
    """The same windows, one after another."""

    def __init__(self, path: Path):
        self._windows = ByIndex(path)

    def __iter__(self) -> Iterator[Sample]:
        for index in range(len(self._windows)):
            yield self._windows[index]


class FirstStep(TrainerCallback):
    """Says that a step is done, and ends the process."""

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """After the optimizer's step."""
        print(state.global_step, flush=True)
        os._exit(0)


def main() -> None:
    """Make a checkpoint that says it stands after STEPS, or go on from it for one step."""
    kind, shard, directory, steps, *options = sys.argv[1:]
    torch.set_num_threads(1)
    is_preparing = bool(options)
    arguments = TrainingArguments(
        output_dir=directory,
        per_device_train_batch_size=8,
        gradient_accumulation_steps=BATCH // 8,
        max_steps=1 if is_preparing else 2 * 10**6,
        save_steps=1,
        save_strategy="steps" if is_preparing else "no",
        use_cpu=True,
        report_to="none",
        disable_tqdm=True,
    )
    data = (AsStream if kind == "stream" else ByIndex)(Path(shard))
    trainer = Trainer(
        model=build_model(SHAPE),
        args=arguments,
        train_dataset=data,
        callbacks=[] if is_preparing else [FirstStep()],
    )
    there = Path(directory) / f"checkpoint-{steps}"
    if not is_preparing:
        trainer.train(resume_from_checkpoint=str(there))
        return
    trainer.train()
    (Path(directory) / "checkpoint-1").rename(there)
    state = there / "trainer_state.json"
    values = json.loads(state.read_text(encoding="utf-8"))
    state.write_text(json.dumps(values | {"global_step": int(steps)}), encoding="utf-8")


if __name__ == "__main__":
    main()
