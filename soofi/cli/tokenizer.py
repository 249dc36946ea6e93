"""Commands about the vocabulary: learning a recipe's, which is what `soofi tokenizer RECIPE` does, and measuring any."""

from pathlib import Path
from typing import Annotated

import typer

from soofi.cli.recipe_or_command import recipe_or_command
from soofi.cli.stages import stage_command

LEARN = "learn"
"""The command that `soofi tokenizer RECIPE` carries out."""

app = typer.Typer(
    cls=recipe_or_command(LEARN),
    help="Learn the vocabulary from the corpus; measure any tokenizer.",
    no_args_is_help=True,
    subcommand_metavar="RECIPE [KEY=VALUE]... | COMMAND [ARGS]...",
)
app.command(LEARN, help="Learn the vocabulary of a recipe; `soofi tokenizer RECIPE` is the same.")(
    stage_command("tokenizer")
)


@app.command("measure", help="Measure tokenizers, one or several side by side, on any text.")
def measure(
    tokenizers: Annotated[
        list[str],
        typer.Argument(
            metavar="[NAME=]TOKENIZER...",
            help="Run, directory or file of a tokenizer (tokenizer.json, SentencePiece, tiktoken ranks, tekken.json), or "
            "tiktoken:ENCODING.",
            show_default=False,
        ),
    ],
    text: Annotated[
        list[Path] | None,
        typer.Option(help="Run, folder or file of text (.txt, .jsonl, .parquet); repeatable."),
    ] = None,
    parallel: Annotated[
        Path | None,
        typer.Option(
            help="Folder of LANGUAGE.txt (or .jsonl) with a translation a line, or .jsonl of language: text."
        ),
    ] = None,
    language: Annotated[
        list[str] | None, typer.Option(help="Measure only this language of --text; repeatable.")
    ] = None,
    reference: Annotated[str, typer.Option(help="Language that premiums are counted from.")] = "en",
    pattern: Annotated[
        str | None,
        typer.Option(help="Regular expression of a tiktoken rank file; without it FILE.pattern beside it."),
    ] = None,
    output: Annotated[Path | None, typer.Option(help="Directory for index.html and survey.json.")] = None,
) -> None:
    """Print a table; write the page and the figures where `--output` says."""
    from soofi.report.tokenizer_page import write_tokenizer_page
    from soofi.report.tokenizer_table import survey_lines
    from soofi.tokenizer import read_parallel, read_texts, survey, to_open

    # The tokenizers first: a mistake in their names shows before any text is read.
    opened = to_open(tokenizers, pattern)
    texts = read_texts(text, language or ()) if text else None
    figures = survey(opened, texts, read_parallel(parallel) if parallel else None, reference)
    for line in survey_lines(figures):
        print(line)
    if output is not None:
        print(write_tokenizer_page(figures, output))
