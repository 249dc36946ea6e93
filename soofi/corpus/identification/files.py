"""Files beside the sources that decide what language identification finds."""

from pathlib import Path

from soofi.recipe.identification import Identify


def model_files(words: Identify) -> dict[str, Path]:
    """The given model by a name that does not depend on where it stands. Raises FileNotFoundError where there is none."""
    if words.model is None:
        return {}
    if not words.model.is_file():
        raise FileNotFoundError(
            f"corpus.identify.model is {words.model}, where there is no file: give the path of a fastText model"
        )
    return {"model": words.model}
