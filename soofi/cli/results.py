"""Commands about what a run has made: `generate` and `verify`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

RunPath = Annotated[
    Path,
    typer.Argument(
        metavar="RUN",
        help="Run directory, such as runs/quickstart.",
        show_default=False,
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command("generate", help="Let an exported model go on from a prompt.")(generate)
    app.command("verify", help="Recompute a run's ledger and every digest in it.")(verify)


def generate(
    run: Annotated[
        Path,
        typer.Argument(
            metavar="RUN",
            help="Run directory, or any Hugging Face model directory.",
            show_default=False,
        ),
    ],
    prompt: Annotated[str, typer.Option("--prompt", "-p", help="Beginning of the text.")],
    new_tokens: Annotated[int, typer.Option(min=1, help="Tokens to generate.")] = 60,
    temperature: Annotated[float, typer.Option(min=0, help="0 is greedy.")] = 0.7,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, another text.")] = 1,
    parse_special: Annotated[
        bool, typer.Option("--parse-special", help="Read special tokens that the prompt spells as such.")
    ] = False,
) -> None:
    """Let an exported model go on from a prompt."""
    directory = run if (run / "config.json").is_file() else run / "export"
    if not (directory / "config.json").is_file():
        raise FileNotFoundError(f"{run} holds no exported model: run `soofi export RECIPE` first")
    from soofi.export import generate as generate_texts

    print(
        generate_texts(
            directory,
            [prompt],
            new_tokens=new_tokens,
            temperature=temperature,
            seed=seed,
            parse_special=parse_special,
        )[0]
    )


def verify(run: RunPath) -> None:
    """Recompute a run's ledger and every digest in it."""
    from soofi.ledger import RunDirectory, VerificationError, verify_run

    try:
        checked = verify_run(RunDirectory(run))
    except VerificationError as error:
        print(f"soofi: {error}", file=sys.stderr)
        raise typer.Exit(1) from None
    print(
        f"{run} is as its ledger says: {checked['entries']} entries, {checked['files']} files, "
        f"{checked['bytes'] / 1e6:,.1f} MB"
    )
