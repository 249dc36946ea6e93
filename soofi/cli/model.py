"""Commands about models before there is one."""

from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(help="Show models before they are trained.", no_args_is_help=True)

NORMAL_VOCABULARY = 131_072


@app.command("show", help="Count a model's parameters and the operations of a token.")
def show(
    recipes: Annotated[
        list[str],
        typer.Argument(
            metavar="RECIPE... [KEY=VALUE...]",
            help="Recipes, or files of recipes/models, and changes to all of them.",
            show_default=False,
        ),
    ],
    vocabulary: Annotated[
        int, typer.Option(min=1, help="Entries of the vocabulary where a file does not say.")
    ] = NORMAL_VOCABULARY,
    sequence: Annotated[
        int | None, typer.Option(min=1, help="Tokens of a sequence; without it the longest of the run.")
    ] = None,
) -> None:
    """Print a table with a row a model; of a single one also its parts."""
    from soofi.plan import count_parameters, flops_per_token, model_table, parts_table
    from soofi.recipe import compose, parse_part

    overrides = [text for text in recipes if "=" in text]
    rows = []
    for path in [text for text in recipes if "=" not in text]:
        sections = parse_part(compose(path, overrides), path)
        if "model" not in sections:
            raise ValueError(f"{path} has no model: name a recipe, or a file such as recipes/models/8b.yaml")
        model = sections["model"]
        entries = _entries(sections) or vocabulary
        length = sequence or _longest(sections)
        counts = count_parameters(model, entries)
        rows.append((Path(path).stem, counts, flops_per_token(model, entries, length), entries, length))
    if not rows:
        raise ValueError("name a recipe: only changes are given")
    print(model_table(rows))
    if len(rows) == 1:
        print(f"\n{parts_table(rows[0][1])}\n\nexports to {model.architecture}")
    print(
        "\nactive: parameters that one token meets. GFLOPs: 10^9 operations a token,\n"
        "forward and backward, with causal attention over the whole sequence."
    )


def _entries(sections: dict[str, Any]) -> int | None:
    return sections["model"].vocab_size or getattr(sections.get("tokenizer"), "vocabulary_size", None)


def _longest(sections: dict[str, Any]) -> int:
    stages = sections.get("stages", ())
    return max((stage.sequence_length for stage in stages), default=sections["model"].max_position_embeddings)
