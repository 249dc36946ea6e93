"""The files of a quality classifier, for those who have to find them but not to compute."""

from pathlib import Path

from soofi.recipe import Corpus

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


def quality_files(corpus: Corpus) -> dict[str, Path]:
    """The files of all classifiers of a recipe, by language. Raises FileNotFoundError if one is missing."""
    return {
        f"{language}/{file.name}": file
        for language, rules in {"all": corpus.quality, **corpus.quality_by_language}.items()
        if rules.classifier
        for file in classifier_files(rules.classifier.model)
    }
