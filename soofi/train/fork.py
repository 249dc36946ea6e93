"""A child run: it begins at a checkpoint of its parent, on the parent's data, and has steps of its own from there on.

Corpus, tokenizer and token shards are the parent's, by links: nothing is copied, every command finds them where a run has
them, and the child's ledger vouches for them, so that `soofi verify` sees a change. What else the child needs of its parent,
the stage table up to its first step, it keeps: once it has a checkpoint of its own, the parent's may go. Needs no torch.
"""

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic_core import to_jsonable_python

from soofi.checkpoint.trainer_state import (
    checkpoint_name,
    latest_checkpoint,
    published_checkpoints,
    read_trainer_state,
)
from soofi.ledger import RunDirectory, flush, manifest_sha256, original_sha256, sha256_file, write_json
from soofi.ledger.chain import Kind
from soofi.recipe import Recipe, changes, load_resolved
from soofi.tokens import StageTable, cut_table

FORMAT = "soofi.fork/1"

_DATA: dict[str, Kind] = {"corpus": "stage", "tokenizer": "tokenizer", "tokens": "tokens"}
"""Directories that a child has of its parent, and the kind of their ledger entries."""

_SHARED = ("seed", "languages", "corpus", "tokenizer", "tokens", "model")
"""Parts of the recipe in which a child is its parent."""


@dataclass(frozen=True)
class Fork:
    """Where a child begins: its parent's name, the steps taken there, the digest of the checkpoint's manifest, and the
    parent's stage table up to that step."""

    parent: str
    step: int
    checkpoint_sha256: str
    table: StageTable


def fork_of(recipe: Recipe, run: RunDirectory) -> Fork | None:
    """Where a recipe's run begins as a child: as it was begun, else as its parent offers; None without a parent."""
    directory = recipe.parent_directory
    if directory is None:
        return None
    begun = read_fork(run)
    if begun and (begun.parent, begun.step) == (directory.name, recipe.parent_step):
        return begun
    return find_parent(recipe)


def data_of(recipe: Recipe, run: RunDirectory) -> RunDirectory:
    """The run whose token shards a recipe trains on: the parent, as long as a child has not begun."""
    if recipe.parent_directory is None or run.tokens.is_dir():
        return run
    return RunDirectory(recipe.parent_directory)


def parent_checkpoint(recipe: Recipe) -> Path:
    """The checkpoint that a child begins at; FileNotFoundError naming those that there are."""
    assert recipe.parent_directory is not None
    parent = RunDirectory(recipe.parent_directory)
    path = parent.checkpoints / checkpoint_name(recipe.parent_step)
    if not path.is_dir():
        there = ", ".join(str(read_trainer_state(found).step) for found in published_checkpoints(parent))
        raise FileNotFoundError(
            f"{parent.path} has no checkpoint after step {recipe.parent_step} to begin at; there: {there or 'none'}"
        )
    return path


def find_parent(recipe: Recipe) -> Fork:
    """Look the recipe's parent through.

    Raises FileNotFoundError or ValueError, with one sentence, if there is no such run or checkpoint, or if its model or
    data are not the recipe's. The checkpoint's files are not hashed here.
    """
    directory = recipe.parent_directory
    assert directory is not None
    parent = RunDirectory(directory)
    if directory.absolute() == recipe.run_directory.absolute():
        raise ValueError(f"the run '{recipe.name}' cannot be its own parent: give the child another name")
    if not parent.recipe.is_file():
        raise FileNotFoundError(
            f"there is no run {directory} to be the parent: write the path of a run directory, or the name of a run beside "
            "this one, and @STEP"
        )
    for change in changes(load_resolved(parent.recipe), recipe):
        if change.on_resume == "must_match" and change.section in _SHARED:
            raise ValueError(
                f"{change.field} is {change.before!r} in {directory} and {change.after!r} in the recipe: a child run has the "
                "model and the data of its parent"
            )
    checkpoint = parent_checkpoint(recipe)
    state = read_trainer_state(checkpoint)
    table = _read_table(parent)
    if table is None or table.sha256 != state.stage_table_sha256:
        raise ValueError(
            f"{parent.stage_table} is not the table that {checkpoint} was trained by: go on from another run"
        )
    return Fork(directory.name, state.step, manifest_sha256(checkpoint), cut_table(table, state.step))


def begin_fork(recipe: Recipe, run: RunDirectory, fork: Fork | None) -> None:
    """Make `run` the child that `fork` describes, or, with None, no child any more. Before its first checkpoint only.

    Interrupted at any point it is done again by the next call. Raises ValueError if the run has data of its own, or if the
    parent's are not as the parent's ledger says.
    """
    if fork is None:
        if read_fork(run) is not None:
            _unlink(run)
            run.fork.unlink()
            run.ledger.append("fork", run.fork.name, {"pruned": [run.fork.name, *_DATA]})
        return
    assert recipe.parent_directory is not None
    parent = RunDirectory(recipe.parent_directory)
    entries = {name: _entry_facts(parent, name) for name in _DATA}
    entered = run.ledger.newest("fork", run.fork.name)
    is_begun = read_fork(run) == fork and entered is not None
    if is_begun and entered.facts.get("files") == {run.fork.name: sha256_file(run.fork)}:  # type: ignore[union-attr]
        return
    for name in _DATA:
        if (run.path / name).exists() and not (run.path / name).is_symlink():
            raise ValueError(
                f"{run.path / name} is the run's own, and a child run has that of its parent: give the child another name"
            )
    _unlink(run)
    here = run.path.resolve()
    for name in _DATA:
        # Relative, so that a folder of runs can move; to the place itself, so that no run between need stay.
        (here / name).symlink_to(
            os.path.relpath((parent.path / name).resolve(), here), target_is_directory=True
        )
    flush(here)
    if parent.digest_cache.is_file():
        shutil.copyfile(parent.digest_cache, run.digest_cache)  # the shards need not be hashed again
    write_json(run.fork, _to_values(fork))
    for name, kind in _DATA.items():
        run.ledger.append(kind, name, entries[name])
    different = [
        change
        for change in changes(load_resolved(parent.recipe), recipe)
        if change.on_resume != "free" and change.section not in ("name", "parent")
    ]
    facts = {
        "parent": fork.parent,
        "step": fork.step,
        "checkpoint_sha256": fork.checkpoint_sha256,
        "files": {run.fork.name: sha256_file(run.fork)},
        "changes": [
            to_jsonable_python({"field": c.field, "before": c.before, "after": c.after}) for c in different
        ],
    }
    run.ledger.append("fork", run.fork.name, facts)


def prepare_fork(recipe: Recipe, run: RunDirectory) -> Fork | None:
    """What `begin_fork` is to be given; None for a run without a parent, and for a child that is past its beginning."""
    if recipe.parent is None or latest_checkpoint(run) is not None:
        return None
    return find_parent(recipe)


def read_fork(run: RunDirectory) -> Fork | None:
    """Where the run in this directory begins as a child; None if it is none. ValueError where its file is damaged."""
    if not run.fork.is_file():
        return None
    try:
        values = json.loads(run.fork.read_text(encoding="utf-8"))
        form = values.pop("format")
    except (OSError, ValueError, KeyError, AttributeError):
        raise ValueError(f"{run.fork} is damaged: give the child another name") from None
    if form != FORMAT:
        raise ValueError(
            f"{run.fork} has format {form}; this soofi reads {FORMAT}: use the soofi that wrote it"
        )
    try:
        return Fork(**{**values, "table": StageTable.from_values(values["table"])})
    except (KeyError, TypeError):
        raise ValueError(f"{run.fork} is damaged: give the child another name") from None


def _to_values(fork: Fork) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "parent": fork.parent,
        "step": fork.step,
        "checkpoint_sha256": fork.checkpoint_sha256,
        "table": fork.table.to_values(),
    }


def _read_table(run: RunDirectory) -> StageTable | None:
    try:
        return StageTable.from_values(json.loads(run.stage_table.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _entry_facts(parent: RunDirectory, name: str) -> dict[str, Any]:
    """What the parent's ledger says of a directory, if that is how the directory is."""
    directory = parent.path / name
    entry = parent.ledger.newest(_DATA[name], name)
    if (
        entry is None
        or not (directory / "manifest.json").is_file()
        or entry.facts.get("manifest_sha256") != original_sha256(directory)
    ):
        raise ValueError(f"{directory} is not as the parent's ledger says: see `soofi verify {parent.path}`")
    return entry.facts


def _unlink(run: RunDirectory) -> None:
    for name in _DATA:
        if (run.path / name).is_symlink():
            (run.path / name).unlink()
