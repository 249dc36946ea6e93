"""The files of an evaluation set."""

from soofi.corpus.reading.sources import Located, locate
from soofi.recipe import Source
from soofi.recipe.decontamination import EvaluationSet


def locate_set(one: EvaluationSet) -> Located:
    """The files of a set; none for a set that comes with soofi. Raises as `reading.sources.locate`."""
    if not one.paths:
        return Located([], [])
    return locate(source_of(one), "evaluation set", "corpus.decontaminate.sets")


def source_of(one: EvaluationSet) -> Source:
    """A set with paths as readers take it."""
    return Source(name=one.name, paths=[str(path) for path in one.paths], format=one.format)
