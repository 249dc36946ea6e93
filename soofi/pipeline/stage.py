"""One stage of the way: what it reads, what governs it, what it makes."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from soofi.checkpoint import latest_checkpoint
from soofi.ledger import (
    DigestCache,
    RunDirectory,
    check_replaceable,
    damage,
    is_finished,
    manifest_sha256,
    original_sha256,
    read_manifest,
)
from soofi.ledger.chain import Kind
from soofi.recipe import Recipe

ERASE: Kind = "erase"


@dataclass(frozen=True)
class Context:
    """What every stage is given. `say` prints one line of progress."""

    recipe: Recipe
    run: RunDirectory
    digests: DigestCache
    say: Callable[[str], None]


class Stage(Protocol):
    """A node of the graph."""

    @property
    def name(self) -> str:
        """Its name, which is also its command."""
        ...

    @property
    def after(self) -> tuple[str, ...]:
        """Names of the stages whose results it reads."""
        ...

    def is_finished(self, context: Context) -> bool:
        """Whether its result is there, whole, and made from the inputs and the recipe at hand."""
        ...

    def carry_out(self, context: Context) -> None:
        """Make its result. Interrupted at any point it leaves the old result or none."""
        ...


@dataclass(frozen=True)
class DirectoryStage:
    """A stage whose result is one published directory of the run with a manifest."""

    name: str
    after: tuple[str, ...]
    kind: Kind
    inputs: Callable[[Context], dict[str, str]]
    governing: Callable[[Recipe], Any]
    make: Callable[[Recipe, RunDirectory, dict[str, str], Callable[[str], None]], None]
    facts: Callable[[RunDirectory], dict[str, Any]]
    directory_name: str
    feeds_training: bool = False

    def is_finished(self, context: Context) -> bool:
        """See Stage. A crash between publishing and the ledger is mended here: the entry is added."""
        directory = context.run.path / self.directory_name
        if not is_finished(
            directory,
            self.inputs(context),
            self.governing(context.recipe),
            context.digests,
        ):
            return False
        entries = [context.run.ledger.newest(kind, self.directory_name) for kind in (self.kind, ERASE)]
        digest = manifest_sha256(directory)
        if not any(entry and entry.facts.get("manifest_sha256") == digest for entry in entries):
            self._enter(context)
        return True

    def carry_out(self, context: Context) -> None:
        """See Stage. What training has begun on is made again only to the same bytes."""
        if (directory := context.run.path / self.directory_name).is_symlink():
            self._refuse_to_change(directory, context)
        else:
            check_replaceable(directory, "manifest.json")
        if self.feeds_training and latest_checkpoint(context.run) is not None:
            self._refuse_other_result(context)
        self.make(context.recipe, context.run, self.inputs(context), context.say)
        self._enter(context)

    def _refuse_other_result(self, context: Context) -> None:
        directory = context.run.path / self.directory_name
        try:
            same = read_manifest(directory).unchanged(self.inputs(context), self.governing(context.recipe))
        except FileNotFoundError:
            return
        if not same:
            raise ValueError(
                f"what {directory} was made from has changed since training began: put it back, or give the run another name"
            )

    def _refuse_to_change(self, directory: Path, context: Context) -> None:
        """A child run reads its parent's files, and never makes them again."""
        if read_manifest(directory).unchanged(self.inputs(context), self.governing(context.recipe)):
            wrong = damage(directory) or "files were added"
            raise ValueError(f"{directory} is its parent's, and damaged there ({wrong}): put it back")
        raise ValueError(
            f"{directory} is its parent's, and the recipe or the text it is made from is another now: put it back, or begin a "
            "run without a parent"
        )

    def _enter(self, context: Context) -> None:
        digest = manifest_sha256(context.run.path / self.directory_name)
        facts = {"manifest_sha256": digest, **self.facts(context.run)}
        context.run.ledger.append(self.kind, self.directory_name, facts)


def directory_input(context: Context, directory_name: str, command: str) -> str:
    """Digest of an earlier stage's directory; FileNotFoundError naming the command that makes it."""
    directory = context.run.path / directory_name
    if not (directory / "manifest.json").is_file():
        raise FileNotFoundError(
            f"{directory} is not there yet: run `soofi {command}` first, or `soofi run` for the whole way"
        )
    return original_sha256(directory)
