"""A group of commands whose first word may be a recipe, such as `soofi corpus RECIPE` beside `soofi corpus report RUN`."""

from difflib import get_close_matches
from pathlib import Path

import typer
from typer.core import TyperGroup


def recipe_or_command(default: str) -> type[TyperGroup]:
    """The class of a group in which what is neither a command nor the group's own option goes to the command `default`."""

    class RecipeOrCommand(TyperGroup):
        def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
            """Put the default command before words that begin with none."""
            if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
                close = get_close_matches(args[0], self.commands, 1)
                if close and not Path(args[0]).suffix and not Path(args[0]).exists():
                    raise ValueError(f"'{args[0]}' is no recipe and no command: did you mean '{close[0]}'?")
                args = [default, *args]
            return super().parse_args(ctx, args)

    return RecipeOrCommand
