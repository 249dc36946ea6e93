"""The files of a quality classifier, for those who have to find them but not to compute."""

from pathlib import Path

FORMAT = "soofi.quality_classifier/1"
DESCRIPTION, WEIGHTS = "classifier.json", "classifier.safetensors"


def classifier_files(directory: Path) -> list[Path]:
    """The files of the classifier in a directory. Raises FileNotFoundError if one is missing."""
    files = [directory / DESCRIPTION, directory / WEIGHTS]
    if not all(file.is_file() for file in files):
        raise FileNotFoundError(
            f"{directory} holds no quality classifier: make one with `soofi corpus classifier`, or correct classifier.model"
        )
    return files
