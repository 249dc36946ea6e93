"""Language identification."""

import json

import pyarrow as pa
import pytest

from soofi.corpus.batches import WORKING
from soofi.corpus.identification.identify import HEAD_CHARACTERS, identify
from soofi.corpus.identification.stage import prepare_identify
from soofi.recipe.identification import Identify


def identified(*rows, expected=(), **words):
    batch = pa.RecordBatch.from_pylist([{"text": text, "language": tag} for tag, text in rows], WORKING)
    return prepare_identify(Identify(**words), expected)(batch).to_pylist()


@pytest.mark.parametrize(
    ("declared", "written"),
    [
        ("de", "de"),
        ("de-AT", "de"),
        ("lt", "lt"),
        ("hr", "hr"),
        ("sr-Latn", "sr-Latn"),
        ("sh", "hr"),
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
        ("hr", "sr-Latn", "sr-Latn"),
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


BOTH = "Datoteka je prazna. Spremite dokument i zatvorite prozor."
"""Right in Croatian and in Bosnian."""


def test_of_sisters_that_cannot_be_told_apart_the_one_that_the_recipe_names_is_taken():
    assert identify(BOTH, ["hr", "de"]).language == "hr"
    assert identify(BOTH, ["bs", "de"]).language == "bs"
    for declared in ("hr", "bs"):
        [row] = identified((declared, BOTH))
        assert (row["reason"], row["language"]) == (None, declared)


def test_what_is_plainly_in_one_sister_is_not_called_another(prose):
    assert identify(prose("sr-Latn", 1), ["hr"]).language == "sr-Latn"
    assert identify(prose("hr", 1), ["sr-Latn"]).language == "hr"


def test_sisters_are_as_probable_as_all_three_together(prose):
    found = identify(prose("hr", 1))
    assert found.score > 0.9
    assert sum(found.sisters.values()) == pytest.approx(1)


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
    assert prepare_identify(Identify(), [])(batch).equals(batch)
