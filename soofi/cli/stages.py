"""Commands that carry out a recipe: `run`, and one for each stage."""

import os
import sys
from typing import Annotated

import typer

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
    for name, help_text in (
        ("corpus", "Clean the raw text: documents with evidence for every decision."),
        ("tokenizer", "Learn the vocabulary from the corpus."),
        ("tokens", "Encode the corpus into token shards."),
    ):
        app.command(name, help=help_text)(_stage_command(name))
    app.command("train", help="Train on the token shards; under torchrun, as one rank.")(train)
    for name, help_text in (
        ("export", "Write the newest checkpoint as a Hugging Face directory."),
        (
            "evaluate",
            "Measure the exported model on held-out text, language by language.",
        ),
        ("report", "Draw the loss and let the exported model write samples."),
    ):
        app.command(name, help=help_text)(_stage_command(name))


def run(recipe: RecipePath, overrides: Overrides = None) -> None:
    """Carry out a whole recipe."""
    from soofi.recipe import load_recipe

    loaded = load_recipe(recipe, overrides or ())
    from soofi.cli.summary import print_summary
    from soofi.pipeline import begin, run_all

    context = begin(loaded, _say)
    print_summary(context, run_all(context))


def train(
    recipe: RecipePath,
    overrides: Overrides = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the newest checkpoint.")] = False,
) -> None:
    """Train; start torchrun first unless this is already one of its ranks."""
    from soofi.recipe import load_recipe

    loaded = load_recipe(recipe, overrides or ())
    if "RANK" in os.environ:
        _train_rank(loaded, resume)
        return
    from soofi.pipeline import begin, train_here

    train_here(begin(loaded, _say), resume)


def _train_rank(recipe, resume: bool) -> None:
    from soofi.ledger import RunDirectory
    from soofi.pipeline import adopt_recipe
    from soofi.train.rank import train_rank

    run_directory = RunDirectory(recipe.run_directory)
    if int(os.environ["RANK"]) == 0:
        adopt_recipe(recipe, run_directory)
    train_rank(recipe, run_directory, resume)


def _stage_command(name: str):
    def command(recipe: RecipePath, overrides: Overrides = None) -> None:
        from soofi.recipe import load_recipe

        loaded = load_recipe(recipe, overrides or ())
        from soofi.pipeline import begin, run_stage

        time = run_stage(begin(loaded, _say), name)
        _say(
            f"{name} is finished"
            + (" already: nothing has changed" if time.skipped else f" ({time.wall_seconds:.1f} s)")
        )

    return command


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
