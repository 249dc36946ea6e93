"""The quality stage: figures of every document, and the rules that they break."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pyarrow as pa

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
    from soofi.corpus.quality.classifier import load_classifier
    from soofi.corpus.quality.columns import quality_column, text_buffers
    from soofi.corpus.quality.measure import Terms, measure
    from soofi.corpus.quality.terms import terms_of

    all_limits = [limits, *by_language.values()]
    classifiers = {
        one.classifier.model: load_classifier(one.classifier.model) for one in all_limits if one.classifier
    }
    terms: dict[str | None, Terms] = {}

    def of_batch(batch: pa.RecordBatch) -> pa.RecordBatch:
        marks = Marks(batch, "quality")
        open_rows = marks.open_rows()
        text, offsets = text_buffers(batch["text"])
        languages = batch["language"].to_pylist()
        figures = np.zeros((batch.num_rows, len(QUALITY)))
        has_score = np.zeros(batch.num_rows, dtype=bool)
        for language in dict.fromkeys(languages[row] for row in open_rows):
            rows = np.array([row for row in open_rows if languages[row] == language])
            of_language = by_language.get(language, limits)
            if language not in terms:
                terms[language] = terms_of(of_language, language)
            measure(text, offsets, rows, terms[language], figures)
            if of_language.classifier:
                scores = classifiers[of_language.classifier.model].scores(text, offsets, rows)
                figures[rows, len(FIGURES)], has_score[rows] = scores, True
            for row, broken in zip(rows, broken_rules(figures[rows], of_language), strict=True):
                if broken:
                    marks.drop(int(row), broken.rule.name, broken.evidence())
        return marks.onto(batch, quality=quality_column(figures, has_score, open_rows, batch["quality"]))

    return of_batch
