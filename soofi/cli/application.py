"""The command `soofi`: its groups, and how errors reach a person."""

import logging
import os
import sys
import traceback
from io import TextIOWrapper
from pathlib import Path

import typer

from soofi.cli import checkpoint, corpus, documents, model, plan, recipe, results, stages, tokenizer
from soofi.cli.interruption import told_of_interruptions
from soofi.cli.library_log import hold_library_messages, writes_to_a_log
from soofi.cli.voice import is_verbose

app = typer.Typer(
    name="soofi",
    help="From European text to an open language model whose every byte can be accounted for.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
stages.register(app)
results.register(app)
documents.register(app)
app.add_typer(checkpoint.app, name="checkpoint")
app.add_typer(corpus.app, name="corpus")
app.add_typer(model.app, name="model")
app.add_typer(plan.app, name="plan")
app.add_typer(recipe.app, name="recipe")
app.add_typer(tokenizer.app, name="tokenizer")


def carry_out() -> None:
    """Run the command that was typed; an error becomes a sentence and an exit code."""
    # Nothing here asks a hub or reports usage; a model or data set that is named is a local one.
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("DO_NOT_TRACK", "1")
    for stream in (sys.stdout, sys.stderr):
        # A terminal that has no Greek is shown a question mark; the run does not end for it.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    hold_library_messages()
    try:
        with told_of_interruptions():
            app(prog_name="soofi")
    except OSError as error:
        mistakes = (FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError)
        _end(error, 2 if isinstance(error, mistakes) else 1)
    except (ValueError, RuntimeError, ArithmeticError) as error:
        if not _is_ours(error):
            _end_by_fault(error)
        exit_codes = {"TrainingInterrupted": 130}
        _end(error, 2 if isinstance(error, ValueError) else exit_codes.get(type(error).__name__, 1))


def _end(error: Exception, code: int) -> None:
    if is_verbose():
        traceback.print_exc()
    text = str(error)
    if isinstance(error, OSError) and error.strerror is not None:
        text = f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    _tell(text, always=code == 1)
    sys.exit(code)


def _end_by_fault(error: Exception) -> None:
    """Show the trace of what nobody raised on purpose: of a rank in its log, since all ranks end when one does."""
    if "RANK" in os.environ and writes_to_a_log():
        logging.getLogger(__name__).error("this rank ended", exc_info=error)
        _tell(
            f"{type(error).__name__}: {str(error).partition(chr(10))[0]} (the run's logs have the trace)",
            always=True,
        )
    else:
        traceback.print_exc()
    sys.exit(1)


def _tell(text: str, always: bool = False) -> None:
    """Print one sentence; of several ranks that met the same mistake, only the first does."""
    rank = os.environ.get("RANK", "0")
    if always or rank == "0":
        where = "" if rank == "0" else f"rank {rank}: "
        print(f"soofi: {where}{' '.join(text.split())}", file=sys.stderr)


def _is_ours(error: BaseException) -> bool:
    """Whether soofi raised it on purpose: the innermost frame is ours. Anything else is a fault and shows its trace."""
    trace = traceback.extract_tb(error.__traceback__)
    return bool(trace) and Path(trace[-1].filename).is_relative_to(Path(__file__).parents[1])
