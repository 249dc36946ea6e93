"""Commands about the corpus: cleaning a recipe's text, which is what `soofi corpus RECIPE` does, and tools beside it."""

from pathlib import Path
from typing import Annotated

import typer

from soofi.cli.recipe_or_command import recipe_or_command
from soofi.cli.stages import Overrides, RecipePath, stage_command

CLEAN = "clean"
"""The command that `soofi corpus RECIPE` carries out."""


app = typer.Typer(
    cls=recipe_or_command(CLEAN),
    help="Clean the raw text: documents with evidence for every decision.",
    no_args_is_help=True,
    subcommand_metavar="RECIPE [KEY=VALUE]... | COMMAND [ARGS]...",
)
app.command(CLEAN, help="Clean the raw text of a recipe; `soofi corpus RECIPE` is the same.")(
    stage_command("corpus")
)


@app.command("report", help="Write a page about a run's corpus: what was lost where and why, with examples.")
def report(
    run: Annotated[
        Path,
        typer.Argument(metavar="RUN", help="Run directory, such as runs/quickstart.", show_default=False),
    ],
    examples: Annotated[int, typer.Option(min=0, help="Dropped documents shown for each reason.")] = 8,
) -> None:
    """Write the page and print its path."""
    from soofi.ledger import RunDirectory
    from soofi.report.corpus_page import write_corpus_page

    print(write_corpus_page(RunDirectory(run), examples))


@app.command(
    "mixture", help="Show what a recipe's mixture means: epochs and shares, before a token is trained on."
)
def mixture(recipe: RecipePath, overrides: Overrides = None) -> None:
    """Print effective tokens and epochs of every stream, and shares by language, domain and source."""
    from soofi.recipe import load_recipe
    from soofi.report.mixture_preview import preview_lines, preview_mixture

    for line in preview_lines(preview_mixture(load_recipe(recipe, overrides or ()))):
        print(line)


@app.command(
    "classifier", help="Learn what good text is from good and bad examples, for `quality.classifier`."
)
def classifier(
    good: Annotated[
        list[str],
        typer.Option(
            help="Files, folders or patterns of good documents (.jsonl, .parquet, .txt); repeatable."
        ),
    ],
    bad: Annotated[list[str], typer.Option(help="The same for bad documents.")],
    output: Annotated[Path, typer.Option(help="Directory that the classifier is written to.")],
    language: Annotated[
        str | None, typer.Option(help="Take only documents that declare this language.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of what is held out and of the order.")] = 0,
    epochs: Annotated[int, typer.Option(min=1, help="Passes over the examples.")] = 5,
) -> None:
    """Learn, measure on a tenth of the examples that is held out, write, and print the figures."""
    from soofi.corpus.quality.classifier import Learning
    from soofi.corpus.quality.examples import make_classifier

    figures = make_classifier(good, bad, output, Learning(seed=seed, epochs=epochs), language)
    print(
        f"{output}: learnt from {figures['good']:,} good and {figures['bad']:,} bad documents; of {figures['held_out']:,} held out "
        f"{figures['accuracy']:.1%} were told apart, area under the curve {figures['area_under_curve']:.4f}"
    )
