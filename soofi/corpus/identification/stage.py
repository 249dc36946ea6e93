"""The stage: fills `language` and `language_score`, and drops what is not in the language that it claims."""

from collections.abc import Callable, Sequence
from functools import partial

import pyarrow as pa

from soofi.corpus.batches import Marks
from soofi.corpus.identification.fasttext_model import FastTextIdentifier
from soofi.corpus.identification.identify import Identifier, own_identifier, sample
from soofi.corpus.identification.mixed import mixtures
from soofi.corpus.identification.tags import NO_LANGUAGE, classes_of
from soofi.recipe.identification import Identify


def prepare_identify(words: Identify, languages: Sequence[str]) -> Callable[[pa.RecordBatch], pa.RecordBatch]:
    """The stage as a recipe wants it. Raises FileNotFoundError or ValueError for a model that cannot be used."""
    identifier = own_identifier() if words.model is None else FastTextIdentifier(words.model)
    return partial(identify_batch, words=words, identifier=identifier, expected=languages)


def identify_batch(
    batch: pa.RecordBatch, words: Identify, identifier: Identifier, expected: Sequence[str] = ()
) -> pa.RecordBatch:
    """Fill `language` and `language_score`; drop what is uncertain, mixed or not in the language that it declares."""
    marks = Marks(batch, "identify")
    texts, languages = batch["text"].to_pylist(), batch["language"].to_pylist()
    scores: list[float | None] = batch["language_score"].to_pylist()
    rows = [row for row in marks.open_rows() if languages[row] != NO_LANGUAGE]
    samples = [sample(texts[row]) for row in rows]
    stay = []
    for row, found in zip(rows, identifier.identify(samples, expected), strict=True):
        declared = languages[row]
        scores[row] = found.score
        evidence = {"declared": declared, "identified": found.language, "score": found.score}
        if declared is not None and not classes_of(declared) & identifier.languages:
            marks.drop(row, "language_unknown_to_identifier", evidence)
        elif found.score < words.minimum_score:
            marks.drop(row, "uncertain_language", evidence | {"minimum_score": words.minimum_score})
        elif declared is not None and not found.may_be(classes_of(declared)):
            marks.drop(row, "not_declared_language", evidence)
        else:
            languages[row] = declared or found.language
            stay.append(row)
    columns = {"language": languages, "language_score": scores}
    if words.mixed != "keep" and _settle_mixed(marks, stay, texts, languages, words, identifier):
        columns["text"] = texts
    return marks.onto(batch, **columns)


def _settle_mixed(
    marks: Marks,
    rows: list[int],
    texts: list[str],
    languages: list[str],
    words: Identify,
    identifier: Identifier,
) -> bool:
    """Drop mixed documents or take their foreign lines out of `texts`; whether any text was changed."""
    own = [classes_of(languages[row]) for row in rows]
    changed = False
    for row, mixed in zip(rows, mixtures([texts[row] for row in rows], own, identifier), strict=True):
        if mixed is None:
            continue
        if words.mixed == "keep_lines" and mixed.foreign_share < 1:
            texts[row], changed = mixed.own_text(), True
        elif mixed.foreign_share > words.maximum_foreign_share or mixed.foreign_share == 1:
            evidence = {
                "declared": languages[row],
                "others": mixed.languages,
                "foreign_share": round(mixed.foreign_share, 4),
                "maximum_foreign_share": words.maximum_foreign_share,
            }
            marks.drop(row, "mixed_languages", evidence)
    return changed
