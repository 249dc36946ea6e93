"""What is checked before any process of a training run is started."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from soofi.ledger import RunDirectory, damage, manifest_sha256, read_manifest
from soofi.recipe import Recipe, check_layout, governing
from soofi.tokens import StageTable, geometry_sha256, open_streams, resolve_stages
from soofi.train.state import read_trainer_state, resume_candidates


@dataclass(frozen=True)
class Start:
    """How training begins: the resolved stages, and the checkpoint to go on from (None: the first step).

    `passed_over`: each newer checkpoint that is damaged, and what is wrong with it.
    """

    table: StageTable
    checkpoint: Path | None
    steps_taken: int
    passed_over: tuple[tuple[Path, str], ...] = ()

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


def check_start(
    recipe: Recipe,
    run: RunDirectory,
    ranks: int,
    resume: bool,
    *,
    chosen: str | None = None,
    find_damage: Callable[[Path], str | None] = damage,
) -> Start:
    """Decide how training begins, or refuse in one sentence what cannot work.

    Refused: a layout that does not divide, a second start without `resume`, a resume on other data or another recipe, a
    `chosen` checkpoint that is missing or damaged. Without `chosen`, damaged checkpoints are passed over and the newest
    whole one is taken; if none is whole, that is refused. `find_damage` says what is wrong with a checkpoint, or None.
    """
    for index, stage in enumerate(recipe.stages):
        check_layout(recipe.train, stage, ranks, f"stages[{index}]")
    inputs = train_inputs(run)
    table = resolve_table(recipe, run)
    candidates = resume_candidates(run, chosen)
    if candidates and not resume:
        raise ValueError(
            f"{run.path} has checkpoints up to {candidates[0].name}: add --resume to go on, or name=… for a new run"
        )
    passed_over: list[tuple[Path, str]] = []
    for path in candidates:
        if (wrong := find_damage(path)) is None:
            return Start(table, path, _check_fits(recipe, run, table, inputs, path), tuple(passed_over))
        passed_over.append((path, wrong))
    if candidates:
        damaged = "; ".join(f"{path} is damaged ({wrong})" for path, wrong in passed_over)
        raise ValueError(
            f"{damaged}: no checkpoint is left to go on from; name an earlier one with --from, or "
            f"delete {run.checkpoints} to begin again"
            if chosen is None
            else f"{damaged}: choose another with --from"
        )
    return Start(table, None, 0)


def _check_fits(
    recipe: Recipe,
    run: RunDirectory,
    table: StageTable,
    inputs: Mapping[str, str],
    checkpoint: Path,
) -> int:
    """Steps that the checkpoint has taken; ValueError if it belongs to other data or another recipe."""
    state = read_trainer_state(checkpoint)
    if state.geometry_sha256 != table.geometry_sha256 or state.tokenizer_sha256 != inputs["tokenizer"]:
        raise ValueError(
            f"{checkpoint} was trained on other token shards than {run.tokens} holds: give the run another name"
        )
    same_recipe = read_manifest(checkpoint).unchanged(inputs, train_governing(recipe))
    if state.stage_table_sha256 != table.sha256 or not same_recipe:
        raise ValueError(
            f"{checkpoint} belongs to another recipe (model, stages or train differ): give the run another name"
        )
    return state.step
