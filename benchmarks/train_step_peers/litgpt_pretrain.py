"""LitGPT's `pretrain`; it always compiles, so that its eager form is TORCHDYNAMO_DISABLE=1 (set by who starts it)."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from litgpt.args import EvalArgs, TrainArgs
from litgpt.config import Config
from litgpt.data import DataModule
from litgpt.pretrain import setup
from torch.utils.data import DataLoader, IterableDataset

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


class FusedAdamW(torch.optim.AdamW):
    """`pretrain` switches `fused` off on CPU wherever the optimizer's signature has it; this one's has not."""

    def __init__(self, params: Any, lr: float, betas: tuple[float, float], weight_decay: float):
        super().__init__(params, lr=lr, betas=betas, weight_decay=weight_decay, fused=True)


class RandomTokens(IterableDataset[torch.Tensor]):
    """Samples of random tokens without end, one token longer than the sequence."""

    def __init__(self, shape: Shape):
        self.shape = shape

    def __iter__(self) -> Iterator[torch.Tensor]:
        generator = torch.Generator().manual_seed(0)
        while True:
            yield torch.randint(self.shape.vocabulary, (self.shape.sequence + 1,), generator=generator)


class GatedBatches(DataLoader[torch.Tensor]):
    """Waits for its turn before each batch: `pretrain` asks for one when the step before is done and logged."""

    gate: Gate

    def __iter__(self) -> Iterator[Any]:  # type: ignore[override]
        for batch in super().__iter__():
            self.gate.wait()
            yield batch


class RandomData(DataModule):
    """The data module of a shape."""

    def __init__(self, shape: Shape, gate: Gate):
        super().__init__()
        self.shape, self.gate = shape, gate

    def connect(self, *args: Any, **kwargs: Any) -> None:
        """Nothing is left to settle."""

    def train_dataloader(self) -> DataLoader[Any]:
        """Endless."""
        loader = GatedBatches(RandomTokens(self.shape), batch_size=self.shape.micro_batch)
        loader.gate = self.gate
        return loader

    def val_dataloader(self) -> DataLoader[Any]:
        """For the two batches that `pretrain` begins with."""
        return DataLoader(RandomTokens(self.shape), batch_size=self.shape.micro_batch)


def main() -> None:
    """Train until the pipe is closed."""
    torch.set_num_threads(THREADS)
    shape = Shape.from_environment()
    config = Config(
        name="qwen3-shape",
        block_size=shape.sequence,
        padded_vocab_size=shape.vocabulary,
        n_layer=shape.layers,
        n_head=shape.heads,
        n_query_groups=shape.kv_heads,
        n_embd=shape.width,
        head_size=shape.head,
        rotary_percentage=1.0,
        parallel_residual=False,
        bias=False,
        norm_class_name="RMSNorm",
        norm_eps=1e-6,
        norm_qk=True,
        mlp_class_name="LLaMAMLP",
        intermediate_size=shape.feed_forward,
    )
    train = {
        "global_batch_size": shape.micro_batch,
        "micro_batch_size": shape.micro_batch,
        "max_tokens": ENDLESS_STEPS * shape.step_tokens,
        "max_norm": CLIPPING,
        "min_lr": 0.0,
        "lr_warmup_steps": 100,
        "tie_embeddings": shape.tied,
        "log_interval": 10,
        "save_interval": None,
    }
    optimizer = {
        "class_path": "train_step_peers.litgpt_pretrain.FusedAdamW",
        "init_args": {"lr": LEARNING_RATE, "betas": BETAS, "weight_decay": WEIGHT_DECAY},
    }
    settings = {
        "entry point": "litgpt.pretrain.setup",
        "precision": "bf16-mixed",
        "train": train,
        "optimizer": optimizer,
        "logger_name": "csv",
        "TORCHDYNAMO_DISABLE": None if shape.compiled else "1",
    }
    with tempfile.TemporaryDirectory() as directory:
        setup(
            model_name=config.name,
            model_config=config,
            out_dir=Path(directory),
            precision="bf16-mixed",
            data=RandomData(shape, Gate({"settings": settings})),
            train=TrainArgs(**train),
            eval=EvalArgs(interval=ENDLESS_STEPS, max_iters=1),
            optimizer=optimizer,
            devices=1,
            logger_name="csv",
        )


if __name__ == "__main__":
    main()
