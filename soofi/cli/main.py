"""The command `soofi`: its groups, and how errors reach a person."""

import os
import sys
import traceback
from pathlib import Path

import typer

from soofi.cli import recipe, results, stages

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
app.add_typer(recipe.app, name="recipe")


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 something failed, 2 the user can mend it, 130 interrupted."""
    # Nothing here asks a hub or reports usage; a model or data set that is named is a local one.
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("DO_NOT_TRACK", "1")
    try:
        app()
    except (
        ValueError,
        FileNotFoundError,
        NotADirectoryError,
        IsADirectoryError,
        PermissionError,
    ) as error:
        if not _is_ours(error):
            traceback.print_exc()
            sys.exit(1)
        _tell(error)
        sys.exit(2)
    except KeyboardInterrupt:
        print(
            "\nsoofi: interrupted; the same command goes on where it stopped",
            file=sys.stderr,
        )
        sys.exit(130)
    except OSError as error:
        _tell(error)
        sys.exit(1)
    except RuntimeError as error:
        if not _is_ours(error):
            traceback.print_exc()
            sys.exit(1)
        _tell(error)
        sys.exit(130 if type(error).__name__ == "TrainingInterrupted" else 1)


def _tell(error: BaseException) -> None:
    if os.environ.get("RANK", "0") == "0":
        print(f"soofi: {' '.join(str(error).split())}", file=sys.stderr)


def _is_ours(error: BaseException) -> bool:
    """Whether soofi raised it on purpose: the innermost frame is ours. Anything else is a fault and shows its trace."""
    trace = traceback.extract_tb(error.__traceback__)
    return bool(trace) and Path(trace[-1].filename).is_relative_to(Path(__file__).parents[1])
