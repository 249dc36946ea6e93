"""Quality rules: Gopher quality and repetition, C4 and FineWeb, with the thresholds of recipes/corpus/quality.yaml on both sides.

datatrove parts words with spaCy's blank tokenizers, which need no model: `pip install spacy`. For Maltese it would download a model
of Stanza; here it is given spaCy's tokenizer for any language instead. Each filter looks at the text as it came: C4's does
not edit what FineWeb's gets to see.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from corpus_peers.case import Case, Text, text_bytes
from soofi.corpus.batches import WORKING
from soofi.corpus.quality.quality import quality_stage
from soofi.recipe import Corpus, Quality, compose

RECIPE = Path(__file__).resolve().parents[2] / "recipes" / "corpus" / "quality.yaml"
BATCH_ROWS = 1024
FILTERS = ("repetition", "gopher", "c4", "fineweb")
"""datatrove's filters in the order of FineWeb's pipeline, by our names for them."""


def published_rules() -> Corpus:
    """The rules of recipes/corpus/quality.yaml."""
    values = compose(RECIPE)["corpus"]
    return Corpus.model_validate(values | {"sources": [{"name": "any", "paths": ["any"]}]})


def four_filters_only(rules: Quality) -> Quality:
    """These rules without those that datatrove does not have."""
    return rules.model_copy(
        update={name: None for name in type(rules).model_fields if name.startswith(("minimum_", "maximum_"))}
    )


def spacy_words(language: str) -> Any:
    """What datatrove parts the words of a language with: the name of the language, or a splitter."""
    from datatrove.utils.word_tokenizers import SpaCyTokenizer

    return SpaCyTokenizer("xx") if language == "mt" else language


def datatrove_filters(words: Any, rules: Quality) -> list[Any]:
    """datatrove's four filters with the thresholds of one language; `words`: what it parts words with."""
    from datatrove.pipeline.filters import FineWebQualityFilter, GopherQualityFilter, GopherRepetitionFilter
    from datatrove.pipeline.filters.c4_filters import C4QualityFilter

    gopher, fineweb = rules.gopher, rules.fineweb
    return [
        GopherRepetitionFilter(language=words),  # its own thresholds are those of the recipe
        GopherQualityFilter(
            language=words,
            min_doc_words=gopher.minimum_words,
            max_doc_words=gopher.maximum_words,
            min_avg_word_length=gopher.minimum_mean_word_length,
            max_avg_word_length=gopher.maximum_mean_word_length,
            max_non_alpha_words_ratio=gopher.minimum_alphabetic_word_share,
            stop_words=rules.stop_words,
        ),
        C4QualityFilter(language=words, filter_no_terminal_punct=False),
        FineWebQualityFilter(language=words, stop_chars=tuple(fineweb.line_ends)),
    ]


def datatrove_reasons(text: str, filters: Sequence[Any], rules: Quality) -> Iterator[str | None]:
    """For each filter the reason for which it drops a text, or None. A filter is asked when its answer is wanted."""
    from datatrove.data import Document
    from datatrove.pipeline.filters import c4_filters

    # C4's phrases are a constant of the module, in English; the recipe's are those of the language too.
    usual = [phrase for phrase in rules.c4.ignored if phrase != "javascript"]
    c4_filters.POLICY_SUBSTRINGS[:] = usual + rules.c4.ignored_also
    for one in filters:
        result = one.filter(Document(text=text, id="one"))
        yield None if result is True else result[1]


def cases(documents: Sequence[Text]) -> list[Case]:
    """Ours over Arrow batches, as the stage of a corpus run; datatrove's four filters document by document.

    As in its pipelines, a document that one of them drops does not come to the next; ours finds the figures of all rules.
    """
    corpus = published_rules()
    own = four_filters_only(corpus.quality)
    by_language = {tag: four_filters_only(rules) for tag, rules in corpus.quality_by_language.items()}
    stage = quality_stage(own, by_language)
    batches = list(_batches(documents))
    stage(batches[0].slice(0, 1))  # compilation is no part of what is measured
    filters = {tag: datatrove_filters(spacy_words(tag), rules) for tag, rules in by_language.items()}
    for document in {document.language: document for document in documents}.values():
        list(datatrove_reasons(document.text, filters[document.language], by_language[document.language]))

    def ours() -> int:
        return sum(stage(batch)["stage"].null_count for batch in batches)

    def peer() -> int:
        return sum(
            not any(datatrove_reasons(one.text, filters[one.language], by_language[one.language]))
            for one in documents
        )

    return [Case("quality rules (Gopher, repetition, C4, FineWeb)", text_bytes(documents), ours, peer)]


def _batches(documents: Sequence[Text]) -> list[pa.RecordBatch]:
    rows = [
        {"text": one.text, "language": one.language, "text_bytes": len(one.text.encode())}
        for one in documents
    ]
    return [
        pa.RecordBatch.from_pylist(rows[first : first + BATCH_ROWS], WORKING)
        for first in range(0, len(rows), BATCH_ROWS)
    ]
