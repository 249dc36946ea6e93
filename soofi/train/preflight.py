"""What is checked before any process of a training run is started."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from soofi.checkpoint.repair import known_checkpoints
from soofi.checkpoint.trainer_state import read_trainer_state, resume_candidates
from soofi.ledger import (
    MANIFEST,
    RunDirectory,
    damage,
    manifest_sha256,
    original_sha256,
    read_manifest,
    sha256_file,
    sha256_values,
)
from soofi.recipe import GivenTokenizer, Recipe, check_layout, governing, model_of_config, weight_files
from soofi.tokenizer import open_tokenizer, read_extension
from soofi.tokens import (
    StageTable,
    check_tokenizer,
    continue_stages,
    geometry_sha256,
    open_streams,
    packed_windows,
    resolve_stages,
)
from soofi.train.fork import data_of, fork_of, parent_checkpoint

INITIAL_WEIGHTS = "initialise_from"
PARENT = "parent"
"""Names of inputs: what a run's first weights are."""


@dataclass(frozen=True)
class Start:
    """How training begins: the resolved stages, and the checkpoint to go on from (None: the first step).

    `inputs`: digests of what is trained on and from. `vocabulary_size`: rows of the embedding. `passed_over`: each newer
    checkpoint that is damaged, and what is wrong with it. `at_parent`: the checkpoint is the parent's, and the run has none
    of its own yet.
    """

    table: StageTable
    inputs: Mapping[str, str]
    vocabulary_size: int
    checkpoint: Path | None
    steps_taken: int
    passed_over: tuple[tuple[Path, str], ...] = ()
    at_parent: bool = False

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to train."""
        return self.steps_taken == self.table.steps


HashFiles = Callable[[Sequence[Path]], list[str]]
"""Hex SHA-256 of each file."""


def hash_files(paths: Sequence[Path]) -> list[str]:
    """Hex SHA-256 of each file, read by this process alone."""
    return [sha256_file(path) for path in paths]


def train_inputs(recipe: Recipe, run: RunDirectory, hash_files: HashFiles = hash_files) -> dict[str, str]:
    """Digests of what training reads; FileNotFoundError where a stage before it has not finished, ValueError where the token
    shards are of another tokenizer.

    The directory that the model begins from goes by the content of its configuration and weights.
    """
    for directory, command in (
        (run.tokenizer, "soofi tokenizer"),
        (run.tokens, "soofi tokens"),
    ):
        if not directory.is_dir():
            raise FileNotFoundError(
                f"{directory} is not there yet: run `{command}`, or `soofi run` for all of it"
            )
    check_tokenizer(run.tokens, run.tokenizer)
    inputs = {
        "tokenizer": manifest_sha256(run.tokenizer),
        "tokens": original_sha256(run.tokens),
    }
    if recipe.model.initialise_from is not None:
        directory = recipe.model.initialise_from
        files = [directory / "config.json", *weight_files(directory)]
        digests = dict(zip([file.name for file in files], hash_files(files), strict=True))
        inputs[INITIAL_WEIGHTS] = sha256_values(digests)
    if (fork := fork_of(recipe, run)) is not None:
        inputs[PARENT] = fork.checkpoint_sha256
    return inputs


def check_initial_weights(
    recipe: Recipe, vocabulary_size: int | None, pieces: Mapping[int, tuple[int, ...]] | None = None
) -> None:
    """Raise FileNotFoundError or ValueError, with one sentence, if the directory that the model begins from does not hold
    its weights. Only headers are read. `vocabulary_size`: rows of the embedding; None where nothing says it yet. `pieces`: as
    `open_weights` takes them."""
    if recipe.model.initialise_from is not None and vocabulary_size is not None:
        from soofi.train.first_weights import open_weights  # imports torch

        open_weights(recipe.model, vocabulary_size, recipe.seed, pieces)


def vocabulary_size(recipe: Recipe, run: RunDirectory) -> int:
    """Rows of the embedding; raises ValueError if they are fewer than the tokenizer's entries."""
    return embedding_rows(recipe, open_tokenizer(run.tokenizer).vocabulary_size)


def embedding_rows(recipe: Recipe, entries: int) -> int:
    """Rows of the embedding for a tokenizer of so many entries, new ones among them; raises ValueError if they are fewer.

    Where a tokenizer is extended and the recipe leaves the rows open, the directory's are kept, and grow if they do not suffice.
    """
    rows, directory = recipe.model.vocab_size, recipe.model.initialise_from
    extension = recipe.tokenizer.extend if isinstance(recipe.tokenizer, GivenTokenizer) else None
    if extension is not None and directory is not None:
        there = int(model_of_config(directory)["vocab_size"])
        _check_rows(entries - extension.entries, there)
        rows = rows or max(there, entries)
    if rows is not None:
        _check_rows(entries, rows)
    return rows or entries


def _check_rows(entries: int, rows: int) -> None:
    if rows < entries:
        raise ValueError(
            f"the tokenizer has {entries} entries, but the model's embedding has {rows} (model.vocab_size): they do not belong "
            "together"
        )


def train_governing(recipe: Recipe) -> dict[str, object]:
    """The part of the recipe that decides the weights."""
    return {
        "seed": recipe.seed,
        "model": governing(recipe.model),
        "stages": governing(recipe.stages),
        "train": governing(recipe.train),
    }


def resolve_table(recipe: Recipe, run: RunDirectory) -> StageTable:
    """The stage table of a run whose token shards are made; that of a child begins with its parent's rows."""
    fork = fork_of(recipe, run)
    tokens = data_of(recipe, run).tokens
    streams = open_streams(tokens, "train")
    missing = sorted(set(recipe.languages) - {stream.language for stream in streams.values()})
    if missing:
        raise ValueError(f"{tokens} has no training text in {', '.join(missing)}: run `soofi tokens` again")
    lengths = {name: stream.tokens for name, stream in streams.items()}
    geometry, packed = geometry_sha256(tokens, "train"), packed_windows(streams)
    for index, stage in enumerate(recipe.stages):
        if stage.packing == "best_fit" and packed.get(stage.sequence_length, {}).keys() != streams.keys():
            raise ValueError(
                f"stages[{index}].packing is best_fit, and {tokens} has no window lists of stages[{index}].sequence_length "
                f"({stage.sequence_length}): run `soofi tokens` again"
            )
    if fork is None:
        return resolve_stages(recipe.stages, lengths, geometry, recipe.seed, packed)
    _check_data(fork.table, lengths, geometry, recipe)
    table = continue_stages(fork.table, recipe.stages)
    schedule = recipe.train.schedule
    if schedule.warmup_tokens + schedule.decay_tokens > table.tokens:
        raise ValueError(
            f"train.schedule.warmup_tokens and train.schedule.decay_tokens together are longer than the run with its parent's "
            f"part ({table.tokens} tokens)"
        )
    return table


def _check_data(table: StageTable, lengths: Mapping[str, int], geometry: str, recipe: Recipe) -> None:
    there = {name: tokens for name, tokens in lengths.items() if tokens}
    if (table.geometry_sha256, table.stream_tokens) != (geometry, there):
        raise ValueError(
            f"{recipe.parent_directory} was trained on other token shards than stand in it now: go on from another run"
        )


def check_start(
    recipe: Recipe,
    run: RunDirectory,
    ranks: int,
    resume: bool,
    *,
    chosen: str | None = None,
    find_damage: Callable[[Path], str | None] = damage,
    hash_files: HashFiles = hash_files,
) -> Start:
    """Decide how training begins, or refuse in one sentence what cannot work.

    Refused: a layout that does not divide, a second start without `resume`, a resume on other data or another recipe, a
    `chosen` checkpoint that is missing or damaged, a model that cannot begin from the directory that it names. Without
    `chosen`, damaged checkpoints are passed over and the newest whole one is taken; if none is whole, that is refused.
    `find_damage` says what is wrong with a checkpoint, or None.
    """
    for index, stage in enumerate(recipe.stages):
        check_layout(recipe.train, stage, ranks, f"stages[{index}]")
    if ranks % recipe.train.zero.hpz_partition_size:
        raise ValueError(
            f"train.zero.hpz_partition_size ({recipe.train.zero.hpz_partition_size}) does not divide the number of ranks ({ranks})"
        )
    inputs = train_inputs(recipe, run, hash_files)
    rows = vocabulary_size(recipe, run)
    table = resolve_table(recipe, run)
    candidates = resume_candidates(run, chosen)
    if candidates and not resume:
        raise ValueError(
            f"{run.path} has checkpoints up to {candidates[0].name}: add --resume to go on, or name=… for a new run"
        )
    passed_over: list[tuple[Path, str]] = []
    known = known_checkpoints(run) if candidates else {}
    for path in candidates:
        wrong = _find_wrong(path, known.get(f"{run.checkpoints.name}/{path.name}"), find_damage)
        if wrong is None:
            taken = _check_fits(recipe, run, table, inputs, path)
            return Start(table, inputs, rows, path, taken, tuple(passed_over))
        passed_over.append((path, wrong))
    if candidates:
        damaged = "; ".join(f"{path} is damaged ({wrong})" for path, wrong in passed_over)
        raise ValueError(
            f"{damaged}: no checkpoint is left to go on from; name an earlier one with --from, or "
            f"delete {run.checkpoints} to begin again"
            if chosen is None
            else f"{damaged}: choose another with --from"
        )
    if recipe.parent is not None:
        return _start_at_parent(recipe, table, inputs, rows, find_damage)
    check_initial_weights(recipe, rows, read_extension(run.tokenizer))
    return Start(table, inputs, rows, None, 0)


def _start_at_parent(
    recipe: Recipe,
    table: StageTable,
    inputs: Mapping[str, str],
    rows: int,
    find_damage: Callable[[Path], str | None],
) -> Start:
    """How a child begins that has no checkpoint of its own."""
    path = parent_checkpoint(recipe)
    wrong = find_damage(path)
    if wrong is None and manifest_sha256(path) != inputs[PARENT]:
        wrong = "its manifest is another"
    if wrong is not None:
        raise ValueError(f"{path} is damaged ({wrong}): choose another step in parent")
    state = read_trainer_state(path)
    if state.geometry_sha256 != table.geometry_sha256 or state.tokenizer_sha256 != inputs["tokenizer"]:
        raise ValueError(
            f"{path} was trained on other token shards than {recipe.parent_directory} holds: go on from another run"
        )
    return Start(table, inputs, rows, path, state.step, at_parent=True)


def _find_wrong(
    checkpoint: Path, known_manifest: str | None, find_damage: Callable[[Path], str | None]
) -> str | None:
    """What is wrong with a checkpoint, or None. Its manifest, on which all else hangs, is held against the ledger's digest
    of it where there is one; a manifest of another version is told first."""
    wrong = find_damage(checkpoint)
    manifest = checkpoint / MANIFEST
    if known_manifest is not None and manifest.is_file() and sha256_file(manifest) != known_manifest:
        return f"{MANIFEST} is not as it was written"
    return wrong


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
    manifest = read_manifest(checkpoint)
    if manifest.inputs.get(INITIAL_WEIGHTS) != inputs.get(INITIAL_WEIGHTS):
        raise ValueError(
            f"{checkpoint} began from other weights than model.initialise_from names now: put them back, or give the run another name"
        )
    same_recipe = manifest.unchanged(inputs, train_governing(recipe))
    if state.stage_table_sha256 != table.sha256 or not same_recipe:
        raise ValueError(
            f"{checkpoint} belongs to another recipe (model, stages or train differ): give the run another name"
        )
    return state.step
