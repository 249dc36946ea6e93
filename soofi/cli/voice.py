"""How much a command says: `--quiet`, `--verbose`, and everything between."""

import os
import sys
from collections.abc import Callable
from typing import Annotated

import typer

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors and the result.")]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="Also show what libraries log, and the trace of an error.")
]

VERBOSITY = "SOOFI_VERBOSITY"
"""Environment variable that carries the choice to the ranks: quiet, normal or verbose."""


def speak(quiet: bool, verbose: bool) -> Callable[[str], None]:
    """Note the choice for this process and those it starts; returns what prints a line of progress."""
    if quiet and verbose:
        raise ValueError("--quiet and --verbose cannot both be given")
    if quiet or verbose:
        os.environ[VERBOSITY] = "quiet" if quiet else "verbose"
    return (lambda text: None) if is_quiet() else _say


def is_quiet() -> bool:
    """Whether only errors and results are wanted."""
    return os.environ.get(VERBOSITY) == "quiet"


def is_verbose() -> bool:
    """Whether everything is wanted."""
    return os.environ.get(VERBOSITY) == "verbose"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
