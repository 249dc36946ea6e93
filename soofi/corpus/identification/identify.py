"""Which language a document is in, and whether that is what it claims."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import pyarrow as pa
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from soofi.corpus.batches import Marks

HEAD_CHARACTERS, MIDDLE_CHARACTERS = 2000, 1000
"""What of a long document is looked at: its beginning, and a slice of its middle where no title page stands."""

NO_LANGUAGE = "zxx"
"""BCP-47 for text that is in no human language, such as code; there is nothing to identify."""

_SERBO_CROATIAN = ("hr", "bs", "sr")
_TAGS_OF_SERBO_CROATIAN = {"hr": "hr", "bs": "bs", "sr": "sr-Latn"}


@dataclass(frozen=True)
class Identity:
    """An identified language: its tag, its class (languages that cannot be told apart share one), its probability."""

    language: str
    language_class: str
    score: float


@cache
def _model() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


@cache
def known_languages() -> frozenset[str]:
    """Subtags of the languages that the model knows."""
    return frozenset(_model().labels)


def identify(text: str, expected: Iterable[str] = ()) -> Identity:
    """The most probable language of a text.

    Croatian, Bosnian and Serbian in Latin letters are one class: their probabilities are added up, because the model
    tells them apart hardly better than by chance. Inside the class a language of `expected` is preferred.
    The score is a probability, 0 to 1, rounded to four digits.
    """
    sample = _sample(text)
    scores = dict(_model().rank(sample))
    together = sum(scores[label] for label in _SERBO_CROATIAN)
    best = max(scores, key=scores.__getitem__)  # of equal scores the model's first
    if best not in _SERBO_CROATIAN and scores[best] >= together:
        return Identity(best, best, round(scores[best], 4))
    if _is_cyrillic(sample):
        return Identity("sr-Cyrl", "sr-Cyrl", round(together, 4))
    wanted = [label for label in _SERBO_CROATIAN if _TAGS_OF_SERBO_CROATIAN[label] in set(expected)]
    label = max(wanted or _SERBO_CROATIAN, key=scores.__getitem__)
    return Identity(_TAGS_OF_SERBO_CROATIAN[label], "hbs-Latn", round(together, 4))


def classes_of(tag: str) -> frozenset[str]:
    """Classes that a document declared as `tag` may be identified as."""
    language, *rest = tag.split("-")
    if language in ("hr", "bs", "cnr", "sh", "hbs", "sr"):
        if "Cyrl" in rest:
            return frozenset({"sr-Cyrl"})
        return frozenset({"hbs-Latn", "sr-Cyrl"} if language == "sr" and "Latn" not in rest else {"hbs-Latn"})
    return frozenset({"no" if language == "nb" else language})


def identify_batch(
    batch: pa.RecordBatch, minimum_score: float, expected: Iterable[str] = ()
) -> pa.RecordBatch:
    """Fill `language` and `language_score`; drop what is uncertain or not in the language that it declares."""
    marks = Marks(batch, "identify")
    texts, languages = batch["text"].to_pylist(), batch["language"].to_pylist()
    scores: list[float | None] = batch["language_score"].to_pylist()
    for row in marks.open_rows():
        declared = languages[row]
        if declared == NO_LANGUAGE:
            continue
        found = identify(texts[row], expected)
        scores[row] = found.score
        evidence = {"declared": declared, "identified": found.language, "score": found.score}
        if declared is not None and not classes_of(declared) & (known_languages() | {"hbs-Latn", "sr-Cyrl"}):
            marks.drop(row, "language_unknown_to_identifier", evidence)
        elif found.score < minimum_score:
            marks.drop(row, "uncertain_language", evidence | {"minimum_score": minimum_score})
        elif declared is None:
            languages[row] = found.language
        elif found.language_class not in classes_of(declared):
            marks.drop(row, "not_declared_language", evidence)
    return marks.onto(batch, language=languages, language_score=scores)


def _sample(text: str) -> str:
    if len(text) <= HEAD_CHARACTERS + MIDDLE_CHARACTERS:
        return text
    middle = max(HEAD_CHARACTERS, (len(text) - MIDDLE_CHARACTERS) // 2)
    return text[:HEAD_CHARACTERS] + " " + text[middle : middle + MIDDLE_CHARACTERS]


def _is_cyrillic(text: str) -> bool:
    cyrillic = sum("\u0400" <= character <= "\u04ff" for character in text)
    return 2 * cyrillic > sum(map(str.isalpha, text))
