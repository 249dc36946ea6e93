"""A whole pipeline of datatrove 0.10.1 in one process: JSON Lines → Parquet. Run by whole.py.

    python -m corpus_peers.datatrove_pipeline INPUT OUTPUT      # with benchmarks/ on PYTHONPATH

The steps and their order are those of datatrove's example of FineWeb, from the text on: language, Gopher repetition, Gopher quality,
C4 (lines need no full stop), FineWeb, then MinHash in its four steps, then e-mail and IP addresses. What is in between is
written as plain JSON Lines, the cheapest there is. Thresholds and stop words are those of recipes/corpus/quality.yaml.
"""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from datatrove.data import Document
from datatrove.executor.local import LocalPipelineExecutor
from datatrove.pipeline.dedup import (
    MinhashDedupBuckets,
    MinhashDedupCluster,
    MinhashDedupFilter,
    MinhashDedupSignature,
)
from datatrove.pipeline.dedup.minhash import MinhashConfig
from datatrove.pipeline.filters.base_filter import BaseFilter
from datatrove.pipeline.formatters.pii import PIIFormatter
from datatrove.pipeline.readers.jsonl import JsonlReader
from datatrove.pipeline.writers.jsonl import JsonlWriter
from datatrove.pipeline.writers.parquet import ParquetWriter
from datatrove.utils.word_tokenizers import SpaCyTokenizer
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from corpus_peers.quality import datatrove_filters, published_rules, spacy_words

HEAD_CHARACTERS, MIDDLE_CHARACTERS = 2000, 1000
"""As much of a document as ours looks at to tell its language."""

MINIMUM_SCORE = 0.5
CLASSES = {"bs": "hr", "sr": "hr"}
"""py3langid hardly tells these apart; ours asks a second classifier, which is no part of datatrove."""


class Identify(BaseFilter):
    """Keeps a document if py3langid finds the language that it declares."""

    name = "py3langid"

    def __init__(self) -> None:
        super().__init__()
        self._model: LanguageIdentifier | None = None

    def filter(self, doc: Document) -> bool | tuple[bool, str]:
        """Whether a document is what it claims to be."""
        if self._model is None:
            self._model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        language, score = self._model.classify(_sample(doc.text))
        if score < MINIMUM_SCORE:
            return False, "uncertain_language"
        declared = doc.metadata["language"]
        return CLASSES.get(language, language) == declared or (False, "not_declared_language")


class OfLanguage(BaseFilter):
    """One of datatrove's filters, as it is set up for the language of a document."""

    name = "by language"

    def __init__(self, filters: Mapping[str, BaseFilter]):
        super().__init__()
        self._filters = filters

    def filter(self, doc: Document) -> bool | tuple[bool, str]:
        """What the filter of the document's language says."""
        return self._filters[doc.metadata["language"]].filter(doc)


def main(documents: Path, output: Path) -> None:
    """Carry the pipeline out; prints the number of documents after each part as JSON."""
    rules = published_rules().quality_by_language
    chains = {language: datatrove_filters(spacy_words(language), own) for language, own in rules.items()}
    places = range(len(next(iter(chains.values()))))
    by_rule = [OfLanguage({language: chain[place] for language, chain in chains.items()}) for place in places]
    counts = Counts()
    config = MinhashConfig()  # 14 bands of 8, shingles of 5 words
    kept, signatures, pairs, removed = (str(output / name) for name in ("kept", "sigs", "pairs", "removed"))

    def run(name: str, steps: list[Any], tasks: int = 1) -> None:
        LocalPipelineExecutor(steps, tasks=tasks, workers=1, logging_dir=str(output / "logs" / name)).run()

    run(
        "filters",
        [
            JsonlReader(str(documents)),
            counts.at("read"),
            Identify(),
            counts.at("identified"),
            *by_rule,
            counts.at("of_quality"),
            JsonlWriter(kept, compression=None),
        ],
    )
    # One splitter for all languages: this step knows of one language only.
    words: Any = SpaCyTokenizer("xx")
    run("signatures", [JsonlReader(kept), MinhashDedupSignature(signatures, config, language=words)])
    run("buckets", [MinhashDedupBuckets(signatures, pairs, config=config)], tasks=config.num_buckets)
    run("clusters", [MinhashDedupCluster(pairs, removed, config=config)])
    run(
        "result",
        [
            JsonlReader(kept),
            MinhashDedupFilter(removed),
            PIIFormatter(),
            counts.at("written"),
            ParquetWriter(str(output / "parquet"), compression="zstd"),
        ],
    )
    print(json.dumps(counts.of))


class Counts:
    """How many documents come by at named places."""

    def __init__(self) -> None:
        self.of: dict[str, int] = {}

    def at(self, name: str) -> Callable[..., Any]:
        """A step that counts."""
        return _Counting(self.of, name)


class _Counting:
    def __init__(self, of: dict[str, int], name: str):
        self._of, self._name = of, name
        of[name] = 0

    def __deepcopy__(self, _: Any) -> "_Counting":
        return self  # datatrove copies its steps before it runs them

    def __call__(self, data: Any, rank: int = 0, world_size: int = 1) -> Any:
        for document in data:
            self._of[self._name] += 1
            yield document


def _sample(text: str) -> str:
    if len(text) <= HEAD_CHARACTERS + MIDDLE_CHARACTERS:
        return text
    middle = max(HEAD_CHARACTERS, (len(text) - MIDDLE_CHARACTERS) // 2)
    return text[:HEAD_CHARACTERS] + " " + text[middle : middle + MIDDLE_CHARACTERS]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
