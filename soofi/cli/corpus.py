"""Commands about the corpus: cleaning a recipe's text, which is what `soofi corpus RECIPE` does, and tools beside it."""

import typer
from typer.core import TyperGroup

from soofi.cli.stages import stage_command

CLEAN = "clean"
"""The command that `soofi corpus RECIPE` carries out."""


class _RecipeOrCommand(TyperGroup):
    """A group whose first word may be a recipe: what is neither a command nor the group's own option goes to `clean`."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Put the default command before words that begin with none."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = [CLEAN, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_RecipeOrCommand,
    help="Clean the raw text: documents with evidence for every decision.",
    no_args_is_help=True,
    subcommand_metavar="RECIPE [KEY=VALUE]... | COMMAND [ARGS]...",
)
app.command(CLEAN, help="Clean the raw text of a recipe; `soofi corpus RECIPE` is the same.")(
    stage_command("corpus")
)
