"""A group of commands whose first word may be a recipe, such as `soofi corpus RECIPE` beside `soofi corpus report RUN`."""

import typer
from typer.core import TyperGroup


def recipe_or_command(default: str) -> type[TyperGroup]:
    """The class of a group in which what is neither a command nor the group's own option goes to the command `default`."""

    class RecipeOrCommand(TyperGroup):
        def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
            """Put the default command before words that begin with none."""
            if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
                args = [default, *args]
            return super().parse_args(ctx, args)

    return RecipeOrCommand
