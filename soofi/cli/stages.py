"""Commands that carry out a recipe: `run`, and one for each stage (corpus and tokenizer have groups of their own)."""

import os
from collections.abc import Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

from soofi.cli.library_log import log_libraries
from soofi.cli.voice import Quiet, Verbose, is_verbose, speak

if TYPE_CHECKING:
    from soofi.recipe import Recipe

RecipePath = Annotated[
    str,
    typer.Argument(metavar="RECIPE", help="Recipe file (YAML).", show_default=False),
]
Overrides = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="KEY=VALUE...",
        help="Changes to the recipe, such as train.zero_stage=1.",
        show_default=False,
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`, in the order of the way."""
    app.command("run", help="Carry out a whole recipe; finished stages are skipped.")(run)
    app.command("tokens", help="Encode the corpus into token shards.")(stage_command("tokens"))
    app.command("train", help="Train on the token shards; under torchrun, as one rank.")(train)
    for name, help_text in (
        ("export", "Write the newest checkpoint as a Hugging Face directory."),
        (
            "evaluate",
            "Measure the exported model on held-out text by language.",
        ),
        ("report", "Draw the loss and let the exported model write samples."),
    ):
        app.command(name, help=help_text)(stage_command(name))


def run(
    recipe: RecipePath, overrides: Overrides = None, quiet: Quiet = False, verbose: Verbose = False
) -> None:
    """Carry out a whole recipe."""
    say = speak(quiet, verbose)
    loaded = _load(recipe, overrides)
    from soofi.cli.summary import print_summary
    from soofi.pipeline import check_machine, open_run, run_all

    check_machine(loaded)
    with open_run(loaded, say) as context:
        print_summary(context, run_all(context))


def train(
    recipe: RecipePath,
    overrides: Overrides = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the newest checkpoint.")] = False,
    chosen: Annotated[
        str | None,
        typer.Option("--from", metavar="CHECKPOINT", help="Go on from this one, such as step-00000250."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check all that needs no GPU, show the plan, and start nothing.")
    ] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Train; start torchrun first unless this is already one of its ranks."""
    say = speak(quiet, verbose)
    if dry_run:
        from soofi.recipe import load_recipe

        _plan(load_recipe(recipe, overrides or ()))
        return
    loaded = _load(recipe, overrides)
    resume = resume or chosen is not None
    from soofi.pipeline import INTERRUPTED, check_machine, open_run, train_here

    if "RANK" not in os.environ:
        check_machine(loaded)
        with open_run(loaded, say) as context:
            train_here(context, resume, chosen)
        return
    from soofi.launch import end_with_parent
    from soofi.ledger import RunDirectory

    if "TORCHELASTIC_RUN_ID" in os.environ:
        end_with_parent()
    from soofi.train.distributed import leave
    from soofi.train.rank import train_rank

    # One rank holds the run for all.
    with open_run(loaded, say) if os.environ["RANK"] == "0" else nullcontext():
        finished = train_rank(loaded, RunDirectory(loaded.run_directory), resume, chosen)
    leave(0 if finished else INTERRUPTED)


def _load(recipe: str, overrides: list[str] | None) -> "Recipe":
    from soofi.recipe import load_recipe

    loaded = load_recipe(recipe, overrides or ())
    log_libraries(loaded.run_directory / "logs" / "libraries.log", is_verbose())
    return loaded


def _plan(recipe: "Recipe") -> None:
    from soofi.launch import gpus_here, local_ranks
    from soofi.train.dry_run import dry_run

    dry_run(recipe, local_ranks(recipe, gpus_here()), print)


def stage_command(name: str) -> Callable[..., None]:
    """The command that carries out one stage of a recipe."""

    def command(
        recipe: RecipePath, overrides: Overrides = None, quiet: Quiet = False, verbose: Verbose = False
    ) -> None:
        say = speak(quiet, verbose)
        loaded = _load(recipe, overrides)
        from soofi.pipeline import open_run, run_stage

        with open_run(loaded, say) as context:
            time = run_stage(context, name)
        say(
            f"{name} is finished"
            + (" already: nothing has changed" if time.skipped else f" ({time.wall_seconds:.1f} s)")
        )

    return command
