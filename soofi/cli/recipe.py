"""Commands about recipes themselves."""

import json
from typing import Annotated

import typer

app = typer.Typer(help="Check and show recipes.", no_args_is_help=True)

RecipePath = Annotated[
    str,
    typer.Argument(metavar="RECIPE", help="Recipe file (YAML).", show_default=False),
]
Overrides = Annotated[
    list[str] | None,
    typer.Argument(metavar="KEY=VALUE...", help="Changes to the recipe.", show_default=False),
]


@app.command("check", help="Say whether a recipe can be carried out.")
def check(recipe: RecipePath, overrides: Overrides = None) -> None:
    """Load a recipe, or a part of one (a file without `name`); a fault ends with one sentence and exit code 2."""
    from soofi.recipe import compose, parse_part, parse_recipe

    tree = compose(recipe, overrides or ())
    if "name" not in tree:
        sections = ", ".join(parse_part(tree, recipe))
        print(f"{recipe}: in order; a part for `extends`, without a name: {sections}")
        return
    loaded = parse_recipe(tree, recipe)
    print(
        f"{recipe}: in order; run '{loaded.name}', {len(loaded.languages)} languages, {len(loaded.stages)} stage(s)"
    )


@app.command("show", help="Print a recipe as it will be run: composed, with every default.")
def show(recipe: RecipePath, overrides: Overrides = None) -> None:
    """Print the resolved recipe as YAML."""
    from soofi.recipe import dump_recipe, load_recipe

    print(dump_recipe(load_recipe(recipe, overrides or ())), end="")


@app.command("ranks", help="Print how many ranks training would start on this machine.")
def ranks(recipe: RecipePath, overrides: Overrides = None) -> None:
    """Print the number of ranks, for scripts."""
    from soofi.launch import gpus_here, local_ranks
    from soofi.recipe import load_recipe

    print(local_ranks(load_recipe(recipe, overrides or ()), gpus_here()))


@app.command("directory", help="Print where the files of a recipe's run stand.")
def directory(recipe: RecipePath, overrides: Overrides = None) -> None:
    """Print the run directory, for scripts."""
    from soofi.recipe import load_recipe

    print(load_recipe(recipe, overrides or ()).run_directory)


@app.command("schema", help="Print the JSON schema of recipe files, for editors.")
def schema() -> None:
    """Print the JSON schema."""
    from soofi.recipe import json_schema

    print(json.dumps(json_schema(), indent=2))
