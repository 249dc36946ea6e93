"""Good and bad examples for a quality classifier, from files of every format that a source may have."""

from collections.abc import Iterable
from pathlib import Path

from soofi.corpus.engine.tasks import tasks_of
from soofi.corpus.quality.classifier import Learning, learn, save_classifier
from soofi.corpus.quality.classifier_files import DESCRIPTION
from soofi.corpus.reading.readers import read_batches
from soofi.corpus.reading.sources import locate
from soofi.ledger import check_replaceable, sha256_file
from soofi.recipe import Source
from soofi.recipe.languages import check_language


def make_classifier(
    good: Iterable[str | Path],
    bad: Iterable[str | Path],
    output: Path,
    how: Learning,
    language: str | None = None,
) -> dict[str, float]:
    """Learn a classifier from the documents of two lists of paths, publish it as `output`, and return its figures.

    Paths are those of a source: files, folders or patterns. With `language` only documents that declare it count.
    Raises FileNotFoundError for a path that leads to nothing, ValueError for files or sets that cannot be used.
    """
    check_replaceable(output, DESCRIPTION)
    if language is not None:
        check_language(language)
    texts: dict[str, list[str]] = {}
    inputs: dict[str, str] = {}
    for kind, paths in (("good", good), ("bad", bad)):
        source = Source(name=kind, paths=[str(path) for path in paths])
        files = locate(source, "examples", f"--{kind}").files
        inputs |= {f"{kind}/{file.origin}": file.digest or sha256_file(file.path) for file in files}
        texts[kind] = [
            row["text"][: how.maximum_bytes]
            for task in tasks_of(files)
            for batch in read_batches(task, source)
            for row in batch.select(["text", "language", "stage"]).to_pylist()
            if row["stage"] is None and row["text"] and language in (None, row["language"])
        ]
    classifier, figures = learn(texts["good"], texts["bad"], how)
    save_classifier(classifier, how, figures, inputs, output)
    return figures
