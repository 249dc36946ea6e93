"""Commands about a run before it starts."""

from typing import Annotated

import typer

app = typer.Typer(help="Show what a run will be, before it starts.", no_args_is_help=True)

RecipePath = Annotated[
    str,
    typer.Argument(metavar="RECIPE", help="Recipe file (YAML).", show_default=False),
]
Overrides = Annotated[
    list[str] | None,
    typer.Argument(metavar="KEY=VALUE...", help="Changes to the recipe.", show_default=False),
]


@app.callback()
def _group() -> None:
    """Keeps `stages` a command of a group, which has only one so far."""


@app.command("stages", help="Print the stage table: steps, tokens, batches, mixtures and learning rate.")
def stages(recipe: RecipePath, overrides: Overrides = None) -> None:
    """Print the course of a recipe; nothing is started or written."""
    from soofi.recipe import load_recipe
    from soofi.train import plan_stages

    plan_stages(load_recipe(recipe, overrides or ()), print)
