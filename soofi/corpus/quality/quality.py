"""The quality stage: figures of every document, and the rules that they break."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from soofi.corpus.batches import Marks
from soofi.corpus.documents import QUALITY
from soofi.corpus.quality.figures import FIGURES
from soofi.corpus.quality.rules import broken_rules
from soofi.recipe import Corpus, Quality

OfBatch = Callable[[pa.RecordBatch], pa.RecordBatch]


def prepare(corpus: Corpus, languages: Sequence[str]) -> OfBatch:
    """The stage for a recipe: it fills `quality` and drops what breaks a rule of its language."""
    return quality_stage(corpus.quality, corpus.quality_by_language)


def quality_stage(limits: Quality, by_language: Mapping[str, Quality]) -> OfBatch:
    """The stage for these rules; those of a language take the place of `limits`."""
    # Compiled code is loaded where documents are judged, not where a recipe is read.
    from soofi.corpus.quality.measure import Terms, measure
    from soofi.corpus.quality.terms import terms_of

    terms: dict[str | None, Terms] = {}

    def of_batch(batch: pa.RecordBatch) -> pa.RecordBatch:
        marks = Marks(batch, "quality")
        open_rows = marks.open_rows()
        bytes_, offsets = text_buffers(batch["text"])
        languages = batch["language"].to_pylist()
        figures = np.zeros((batch.num_rows, len(FIGURES) + 1))
        for language in dict.fromkeys(languages[row] for row in open_rows):
            rows = np.array([row for row in open_rows if languages[row] == language])
            of_language = by_language.get(language, limits)
            if language not in terms:
                terms[language] = terms_of(of_language, language)
            measure(bytes_, offsets, rows, terms[language], figures)
            for row, broken in zip(rows, broken_rules(figures[rows], of_language), strict=True):
                if broken:
                    marks.drop(int(row), broken.rule.name, broken.evidence())
        return marks.onto(batch, quality=_column(figures, open_rows, batch["quality"]))

    return of_batch


def text_buffers(texts: pa.Array) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The bytes of a string column and the offsets of its rows, without a copy of the bytes; nulls are empty."""
    _, offsets, data = texts.buffers()
    places = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return np.frombuffer(data if data is not None and data.size else b"\0", np.uint8), places.astype(np.int64)


def _column(figures: NDArray[np.float64], measured: Sequence[int], before: pa.Array) -> pa.Array:
    """`figures` as the quality column; rows that were not measured stay as they were."""
    is_old = np.ones(len(figures), dtype=bool)
    is_old[measured] = False
    fields = [
        pa.array(
            figures[:, place] if name != "score" else np.full(len(figures), np.nan), from_pandas=True
        ).cast(QUALITY.field(name).type)
        for place, name in enumerate((*FIGURES, "score"))
    ]
    column = pa.StructArray.from_arrays(fields, fields=list(QUALITY), mask=pa.array(is_old))
    if before.null_count == len(before):
        return column
    return pa.compute.if_else(pa.array(is_old), before, column)
