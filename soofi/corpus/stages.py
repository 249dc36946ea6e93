"""The stages that look at one document at a time, in their order, and how each is prepared for a recipe.

To add one: name it in `documents.STAGES`, give it its words in the recipe, write `prepare_…` beside its rules, and put it
into `IN_ORDER` here. What decides over many documents (duplicates) is no such stage: see `soofi/corpus/duplicates/`.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa

from soofi.corpus.consent.files import consent_files
from soofi.corpus.decontaminate.locate import locate_set
from soofi.corpus.extract.stage import prepare_extract
from soofi.corpus.identification.files import model_files
from soofi.corpus.quality.classifier_files import quality_files
from soofi.corpus.quality.quality import prepare as prepare_quality
from soofi.recipe import Corpus

OverBatch = Callable[[pa.RecordBatch], pa.RecordBatch]
"""Looks at the open rows of a batch (`batches.WORKING`), fills its columns, and marks what it drops (`batches.Marks`)."""

Prepare = Callable[[Corpus, Sequence[str]], OverBatch | None]
"""From the recipe's corpus and languages to the function that a worker applies; None where the recipe switches the stage off.

Called once in every worker process: models and word lists are loaded here.
"""


def _prepare_consent(corpus: Corpus, languages: Sequence[str]) -> OverBatch | None:
    if corpus.consent is None:
        return None
    # Its kernels take a second to load: only recipes that use them pay for it.
    from soofi.corpus.consent.consent import ConsentStage

    return ConsentStage(corpus.consent)


def _prepare_licence(corpus: Corpus, languages: Sequence[str]) -> OverBatch | None:
    if corpus.licence is None:
        return None
    from soofi.corpus.licence.licence import LicenceStage

    return LicenceStage(corpus.licence)


def _prepare_identify(corpus: Corpus, languages: Sequence[str]) -> OverBatch:
    from soofi.corpus.identification.stage import prepare_identify

    return prepare_identify(corpus.identify, languages)


def _prepare_decontaminate(corpus: Corpus, languages: Sequence[str]) -> OverBatch | None:
    if not corpus.decontaminate.sets:
        return None
    from soofi.corpus.decontaminate.decontaminate import prepare_decontaminate

    return prepare_decontaminate(corpus)


def _prepare_privacy(corpus: Corpus, languages: Sequence[str]) -> OverBatch | None:
    if not corpus.privacy.enabled:
        return None
    from soofi.corpus.privacy.scrub import prepare_privacy

    return prepare_privacy(corpus.privacy)


IN_ORDER: dict[str, Prepare] = {
    "consent": _prepare_consent,
    "licence": _prepare_licence,
    "extract": prepare_extract,
    "identify": _prepare_identify,
    "quality": prepare_quality,
    "privacy": _prepare_privacy,
    "decontaminate": _prepare_decontaminate,
}
"""Name in `documents.STAGES` → preparation."""


def prepared(corpus: Corpus, languages: Sequence[str]) -> dict[str, OverBatch]:
    """The stages that the recipe switches on, in order, ready to be applied."""
    found = {name: prepare(corpus, languages) for name, prepare in IN_ORDER.items()}
    return {name: over_batch for name, over_batch in found.items() if over_batch is not None}


def stage_files(corpus: Corpus) -> dict[str, Path]:
    """Files beside the sources that decide what stages do, by names that do not depend on where they stand: inputs of the corpus.

    Raises FileNotFoundError for a path that leads to nothing.
    """
    return {
        **{f"consent/{name}": path for name, path in consent_files(corpus.consent).items()},
        **{f"quality/{name}": path for name, path in quality_files(corpus).items()},
        **{
            f"decontaminate/{one.name}/{file.origin}": file.path
            for one in corpus.decontaminate.sets
            for file in locate_set(one).files
        },
        **{f"identify/{name}": path for name, path in model_files(corpus.identify).items()},
    }
