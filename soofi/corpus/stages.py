"""The stages that look at one document at a time, in their order, and how each is prepared for a recipe.

To add one: name it in `documents.STAGES`, give it its words in the recipe, write `prepare_…` beside its rules, and put it
into `IN_ORDER` here. What decides over many documents (duplicates) is no such stage: see `soofi/corpus/duplicates/`.
"""

from collections.abc import Callable, Sequence

import pyarrow as pa

from soofi.corpus.identification.identify import identify_batch
from soofi.corpus.quality.quality import quality_batch
from soofi.recipe import Corpus

OverBatch = Callable[[pa.RecordBatch], pa.RecordBatch]
"""Looks at the open rows of a batch (`batches.WORKING`), fills its columns, and marks what it drops (`batches.Marks`)."""

Prepare = Callable[[Corpus, Sequence[str]], OverBatch | None]
"""From the recipe's corpus and languages to the function that a worker applies; None where the recipe switches the stage off.

Called once in every worker process: models and word lists are loaded here.
"""


def _prepare_identify(corpus: Corpus, languages: Sequence[str]) -> OverBatch:
    return lambda batch: identify_batch(batch, corpus.identify.minimum_score, languages)


def _prepare_quality(corpus: Corpus, languages: Sequence[str]) -> OverBatch:
    return lambda batch: quality_batch(batch, corpus.quality, corpus.quality_by_language)


IN_ORDER: dict[str, Prepare] = {"identify": _prepare_identify, "quality": _prepare_quality}
"""Name in `documents.STAGES` → preparation."""


def prepared(corpus: Corpus, languages: Sequence[str]) -> dict[str, OverBatch]:
    """The stages that the recipe switches on, in order, ready to be applied."""
    found = {name: prepare(corpus, languages) for name, prepare in IN_ORDER.items()}
    return {name: over_batch for name, over_batch in found.items() if over_batch is not None}
