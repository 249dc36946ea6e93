"""What is checked before any process of a training run is started."""

from dataclasses import dataclass
from pathlib import Path

from soofi.ledger import RunDirectory, manifest_sha256, read_manifest
from soofi.recipe import Recipe, check_layout, governing
from soofi.tokens import StageTable, geometry_sha256, open_streams, resolve_stages
from soofi.train.state import latest_checkpoint, read_trainer_state


@dataclass(frozen=True)
class Start:
    """How training begins: the resolved stages, and the checkpoint to go on from (None: the first step)."""

    table: StageTable
    checkpoint: Path | None
    steps_taken: int

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to train."""
        return self.steps_taken == self.table.steps


def train_inputs(run: RunDirectory) -> dict[str, str]:
    """Digests of what training reads; FileNotFoundError where a stage before it has not finished."""
    for directory, command in (
        (run.tokenizer, "soofi tokenizer"),
        (run.tokens, "soofi tokens"),
    ):
        if not directory.is_dir():
            raise FileNotFoundError(
                f"{directory} is not there yet: run `{command}`, or `soofi run` for all of it"
            )
    return {
        "tokenizer": manifest_sha256(run.tokenizer),
        "tokens": manifest_sha256(run.tokens),
    }


def train_governing(recipe: Recipe) -> dict[str, object]:
    """The part of the recipe that decides the weights."""
    return {
        "seed": recipe.seed,
        "model": governing(recipe.model),
        "stages": governing(recipe.stages),
        "train": governing(recipe.train),
    }


def resolve_table(recipe: Recipe, run: RunDirectory) -> StageTable:
    """The stage table of a run whose token shards are made."""
    streams = open_streams(run.tokens, "train")
    missing = sorted(set(recipe.languages) - {stream.language for stream in streams.values()})
    if missing:
        raise ValueError(
            f"{run.tokens} has no training text in {', '.join(missing)}: run `soofi tokens` again"
        )
    lengths = {name: stream.tokens for name, stream in streams.items()}
    return resolve_stages(recipe.stages, lengths, geometry_sha256(run.tokens, "train"), recipe.seed)


def check_start(recipe: Recipe, run: RunDirectory, ranks: int, resume: bool) -> Start:
    """Refuse, in one sentence, what cannot work: a layout, a second start, a resume on other data or another recipe."""
    for index, stage in enumerate(recipe.stages):
        check_layout(recipe.train, stage.batch_samples, ranks, f"stages[{index}].batch_samples")
    inputs = train_inputs(run)
    table = resolve_table(recipe, run)
    checkpoint = latest_checkpoint(run)
    if checkpoint is None:
        return Start(table, None, 0)
    state = read_trainer_state(checkpoint)
    if not resume:
        raise ValueError(
            f"{run.path} has a checkpoint after step {state.step}: add --resume to go on from it, or name=… for a new run"
        )
    if state.geometry_sha256 != table.geometry_sha256 or state.tokenizer_sha256 != inputs["tokenizer"]:
        raise ValueError(
            f"{checkpoint} was trained on other token shards than {run.tokens} holds: give the run another name"
        )
    if state.stage_table_sha256 != table.sha256 or not read_manifest(checkpoint).unchanged(
        inputs, train_governing(recipe)
    ):
        raise ValueError(
            f"{checkpoint} belongs to another recipe (model, stages or train differ): give the run another name"
        )
    return Start(table, checkpoint, state.step)
