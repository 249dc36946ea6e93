"""Language identification."""

import json

import pyarrow as pa
import pytest

from soofi.corpus.batches import WORKING
from soofi.corpus.identification.identify import HEAD_CHARACTERS, identify, identify_batch


def identified(*rows, minimum_score=0.5, expected=()):
    batch = pa.RecordBatch.from_pylist([{"text": text, "language": tag} for tag, text in rows], WORKING)
    return identify_batch(batch, minimum_score, expected).to_pylist()


@pytest.mark.parametrize(
    ("declared", "written"),
    [
        ("de", "de"),
        ("de-AT", "de"),
        ("lt", "lt"),
        ("hr", "hr"),
        ("hr", "sr-Latn"),
        ("bs", "hr"),
        ("sr-Latn", "hr"),
        ("sr", "sr-Latn"),
        ("sr", "sr-Cyrl"),
        ("sr-Cyrl", "sr-Cyrl"),
    ],
)
def test_a_document_in_its_declared_language_stays(prose, declared, written):
    [row] = identified((declared, prose(written, 1)))
    assert row["reason"] is None
    assert row["language"] == declared and row["language_score"] > 0.5


@pytest.mark.parametrize(
    ("declared", "written", "found"),
    [
        ("lt", "en", "en"),
        ("hr", "en", "en"),
        ("de", "hr", "hr"),
        ("hr", "sr-Cyrl", "sr-Cyrl"),
        ("sr-Latn", "sr-Cyrl", "sr-Cyrl"),
        ("sr-Cyrl", "hr", "hr"),
    ],
)
def test_a_document_in_another_language_is_dropped_with_evidence(prose, declared, written, found):
    [row] = identified((declared, prose(written, 1)), expected=["hr"])
    assert (row["stage"], row["reason"], row["language"]) == ("identify", "not_declared_language", declared)
    evidence = json.loads(row["evidence"])
    assert evidence == {"declared": declared, "identified": found, "score": evidence["score"]}
    assert evidence["score"] == pytest.approx(row["language_score"])


def test_an_undeclared_document_takes_the_identified_language(prose):
    rows = identified(
        (None, prose("de", 1)), (None, prose("sr-Cyrl", 1)), (None, prose("hr", 1)), expected=["hr"]
    )
    assert [row["language"] for row in rows] == ["de", "sr-Cyrl", "hr"]
    assert [row["reason"] for row in rows] == [None] * 3


def test_inside_a_class_the_language_that_the_recipe_names_is_taken(prose):
    for tag in ("hr", "bs", "sr-Latn"):
        assert identify(prose("hr", 1), [tag, "de"]).language == tag


def test_a_class_is_as_probable_as_its_languages_together(prose):
    # none of the three reaches this alone
    assert identify(prose("hr", 1)).score > 0.9


def test_uncertain_text_is_dropped_and_the_threshold_is_the_recipes():
    [row] = identified(("de", "12 345 678"))
    assert (row["stage"], row["reason"]) == ("identify", "uncertain_language")
    assert json.loads(row["evidence"])["minimum_score"] == 0.5
    [row] = identified((None, "12 345 678"), minimum_score=0.0)
    assert row["reason"] is None


def test_code_is_not_identified_and_an_unknown_language_is_not_guessed(prose):
    code, romansh = identified(("zxx", "for (;;) { x += 1; }"), ("rm", prose("de", 1)))
    assert code["reason"] is None and code["language_score"] is None
    assert romansh["reason"] == "language_unknown_to_identifier"


def test_a_long_document_is_judged_by_its_middle_too(prose):
    title = (prose("en", 1) + " ")[:150]
    body = " ".join(prose("de", number) for number in range(100))
    assert identify(title + body).language == "de"
    english = " ".join(prose("en", number) for number in range(100))
    assert identify(english[:HEAD_CHARACTERS] + body).score < identify(english).score


def test_a_row_that_was_dropped_before_is_not_looked_at():
    rows = [{"stage": "read", "reason": "empty", "evidence": "{}", "language": "de"}]
    batch = pa.RecordBatch.from_pylist(rows, WORKING)
    assert identify_batch(batch, 0.5).equals(batch)
