"""This project's trainer: its engine, loader, loop, record and progress, put together as `soofi train` does for one rank."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from soofi.ledger import RunDirectory
from soofi.recipe import Recipe, load_recipe
from soofi.tokens import Loader, Sampler, ShardWriter, Step, Stream, resolve_stages
from soofi.train.distributed import process_group
from soofi.train.engine import build_engine, device_of, engine_configuration
from soofi.train.expert_balance import ExpertBalance
from soofi.train.first_weights import open_weights
from soofi.train.fragments import EngineState
from soofi.train.libraries import log_to_file
from soofi.train.loop import Loop
from soofi.train.mesh import Mesh
from soofi.train.progress import TrainingProgress
from soofi.train.record import Record
from soofi.train.saver import Saver
from soofi.train.validation import Validation
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

RECIPES = Path(__file__).parents[2] / "recipes"

END_OF_DOCUMENT, PADDING, FIRST_TOKEN = 0, 1, 2
"""The random tokens begin at the third id: every sample is one document without padding, as with the peers."""

ONE_RANK = {"RANK": "0", "LOCAL_RANK": "0", "WORLD_SIZE": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "0"}
"""What torchrun would set, with any free port."""


def main() -> None:
    """Train until the pipe is closed."""
    shape = Shape.from_environment()
    recipe = load_recipe(RECIPES / "smoke.yaml", overrides_of(shape))
    configuration = engine_configuration(recipe.train, shape.micro_batch, 1)
    gate = Gate(
        {"settings": {"overrides of recipes/smoke.yaml": overrides_of(shape), "deepspeed": configuration}}
    )
    os.environ |= ONE_RANK
    torch.set_num_threads(recipe.train.threads_per_rank)
    with tempfile.TemporaryDirectory() as directory:
        run = RunDirectory(Path(directory))
        log_to_file(run.logs / "rank-0.log")
        mesh = Mesh.from_environment()
        with process_group(device_of(mesh)), Record(run.metrics, run.path / "tensorboard", 0) as record:
            loop = random_loop(recipe, shape.vocabulary, run, mesh, gate.wait)
            loop.record, loop.progress = record, TrainingProgress(ENDLESS_STEPS, 0, 10)
            loop.train(0)


class GatedLoader(Loader):
    """A loader that waits for its turn before each step."""

    wait: Callable[[], None]

    def step(self, index: int, micro_batch_samples: int | None = None) -> Step:
        """As `Loader.step`."""
        self.wait()
        return super().step(index, micro_batch_samples)


def overrides_of(shape: Shape) -> list[str]:
    """What a user would type behind `recipes/smoke.yaml` to get this shape."""
    return [
        f"tokenizer.vocabulary_size={shape.vocabulary}",
        f"model.hidden_size={shape.width}",
        f"model.intermediate_size={shape.feed_forward}",
        f"model.num_hidden_layers={shape.layers}",
        f"model.num_attention_heads={shape.heads}",
        f"model.num_key_value_heads={shape.kv_heads}",
        f"model.head_dim={shape.head}",
        f"model.max_position_embeddings={shape.sequence}",
        f"model.tie_word_embeddings={str(shape.tied).lower()}",
        "model.initializer_range=0.02",
        f"stages.0.tokens={ENDLESS_STEPS * shape.step_tokens}",
        f"stages.0.sequence_length={shape.sequence}",
        f"stages.0.batch_samples={shape.micro_batch}",
        f"train.optimizer.learning_rate={LEARNING_RATE}",
        f"train.optimizer.betas=[{BETAS[0]}, {BETAS[1]}]",
        f"train.optimizer.weight_decay={WEIGHT_DECAY}",
        f"train.gradient_clipping={CLIPPING}",
        "train.precision=bf16",
        "train.zero_stage=1",
        "train.ranks=1",
        "train.prefetch_steps=0",  # a step is read when its turn has come: the loader waits for it
        f"train.threads_per_rank={THREADS}",
        f"train.compile={str(shape.compiled).lower()}",
        f"train.checkpoints.every_steps={ENDLESS_STEPS}",
        f"train.validation.every_steps={ENDLESS_STEPS}",
    ]


def random_loop(
    recipe: Recipe,
    vocabulary_size: int,
    run: RunDirectory,
    mesh: Mesh,
    wait: Callable[[], None],
    document_tokens: int | None = None,
) -> Loop:
    """The loop of a recipe over a stream of random tokens, with first weights; it calls `wait` before every step.

    `document_tokens`: length of the documents; without it every sample is a single one.
    """
    stage, device = recipe.stages[0], device_of(mesh)
    samples = recipe.train.micro_batch_samples or stage.batch_samples
    tokens = np.random.default_rng(0).integers(
        FIRST_TOKEN, vocabulary_size, 64 * samples * stage.sequence_length
    )
    if document_tokens is not None:
        tokens[document_tokens - 1 :: document_tokens] = END_OF_DOCUMENT
    run.path.mkdir(parents=True, exist_ok=True)
    with ShardWriter(run.path / "random.bin", vocabulary_size) as shard:
        shard.add("random", tokens)
    streams = {"random/en": Stream("random/en", (run.path / "random.bin",), (0,), len(tokens))}
    table = resolve_stages(recipe.stages, {"random/en": len(tokens)}, "", recipe.seed)
    loader = GatedLoader(Sampler(table), streams, END_OF_DOCUMENT, PADDING, mesh.data_rank, mesh.data_size)
    loader.wait = wait
    engine = build_engine(
        recipe.model,
        recipe.train,
        vocabulary_size,
        open_weights(recipe.model, vocabulary_size, recipe.seed),
        engine_configuration(recipe.train, samples, stage.batch_samples // samples),
        device,
    )
    validation = Validation(
        streams,
        np.ones(vocabulary_size),
        stage.sequence_length,
        1,
        samples,
        END_OF_DOCUMENT,
        PADDING,
        mesh,
    )
    saver = Saver(EngineState(engine, mesh.data_rank, mesh.data_size), run, mesh, {}, {})
    return Loop(
        recipe, run, mesh, device, engine, table, loader, validation, ExpertBalance(engine.module), saver, {}
    )


if __name__ == "__main__":
    main()
