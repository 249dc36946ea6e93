"""How a person names a checkpoint: RUN@STEP, a run, or a directory. Needs no torch."""

from pathlib import Path

from soofi.checkpoint.fragment_files import INDEX
from soofi.checkpoint.trainer_state import checkpoint_name, latest_checkpoint, published_checkpoints
from soofi.ledger import RunDirectory


def find_checkpoint(text: str) -> Path:
    """The directory of the checkpoint that `text` names.

    `RUN@STEP`: of a run's directory, by the number of steps, the checkpoint's name, or `latest`. `RUN` alone is its
    latest. Anything else is a checkpoint's own directory, of whatever name. Raises FileNotFoundError, with one sentence,
    where there is none.
    """
    directory = Path(text)
    if (directory / INDEX).is_file():
        return directory
    name, at, step = text.rpartition("@")
    run = RunDirectory(Path(name) if at else directory)
    if not run.checkpoints.is_dir():
        raise FileNotFoundError(
            f"{text} is no checkpoint: give RUN@STEP, such as runs/quickstart@900, or a checkpoint's directory"
        )
    if not at or step == "latest":
        latest = latest_checkpoint(run)
        if latest is None:
            raise FileNotFoundError(f"{run.path} has no checkpoint yet: run `soofi train` first")
        return latest
    return published_checkpoint(run, step)


def published_checkpoint(run: RunDirectory, step: str) -> Path:
    """A run's checkpoint by the number of steps before it, or by its name; FileNotFoundError naming those that there are."""
    wanted = checkpoint_name(int(step)) if step.isdecimal() else step
    published = published_checkpoints(run)
    for path in published:
        if path.name == wanted:
            return path
    names = ", ".join(path.name for path in published) or "none"
    raise FileNotFoundError(f"{run.checkpoints} has no checkpoint {step}; there: {names}")


def run_of(checkpoint: Path) -> RunDirectory | None:
    """The run that a checkpoint's directory lies in, or None for one that was moved or copied elsewhere."""
    place = checkpoint.absolute().parent
    run = RunDirectory(place.parent)
    return run if place == run.checkpoints and run.recipe.is_file() else None
