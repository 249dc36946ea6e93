"""The stage: documents that hold runs of words of an evaluation set are dropped, with the place where the run stands there."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from soofi.corpus.batches import Marks
from soofi.corpus.decontaminate.evaluation_files import evaluation_texts
from soofi.corpus.decontaminate.index import Index
from soofi.recipe import Corpus
from soofi.recipe.decontamination import Decontaminate


def prepare_decontaminate(corpus: Corpus) -> Callable[[pa.RecordBatch], pa.RecordBatch]:
    """The stage for a recipe, its sets read."""
    limits = corpus.decontaminate
    lengths = [limits.words, *limits.words_by_language.values()]
    texts = (text for one in limits.sets for text in evaluation_texts(one))
    index = Index(texts, lengths, limits.whole_text_words)
    return lambda batch: decontaminate_batch(batch, index, limits)


def decontaminate_batch(batch: pa.RecordBatch, index: Index, limits: Decontaminate) -> pa.RecordBatch:
    """Drop open rows that hold at least `limits.matches` different runs."""
    marks = Marks(batch, "decontaminate")
    rows = np.array(marks.open_rows(), dtype=np.int64)
    languages = batch["language"].to_pylist()
    lengths = np.array([limits.words_by_language.get(languages[row], limits.words) for row in rows], np.int64)
    for length in np.unique(lengths):
        of_length = rows[lengths == length]
        counts, places = index.find(batch["text"].take(pa.array(of_length)), int(length))
        for row, count, place in zip(of_length, counts, places, strict=True):
            if count >= limits.matches and place is not None:
                marks.drop(int(row), "contaminated", place | {"matches": int(count)})
    return marks.onto(batch)
