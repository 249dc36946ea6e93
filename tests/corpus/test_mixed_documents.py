"""Documents with lines in another language than the rest."""

import json

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soofi.corpus.batches import WORKING
from soofi.corpus.documents import DOCUMENT
from soofi.corpus.identification.stage import prepare_identify
from soofi.recipe.identification import Identify
from tests.corpus.conftest import prose_of


def identified(text, **words):
    batch = pa.RecordBatch.from_pylist([{"text": text, "language": "lt"}], WORKING)
    [row] = prepare_identify(Identify(**words), ["lt"])(batch).to_pylist()
    return row


def lines_of(*languages):
    return [prose_of(language, number) for number, language in enumerate(languages)]


MIXED = lines_of("lt", "lt", "lt", "en", "lt", "en", "lt")


def test_foreign_lines_go_and_the_others_stay_as_they_were():
    row = identified("\n".join(MIXED), mixed="keep_lines")
    assert row["reason"] is None
    assert row["text"].split("\n") == [line for line in MIXED if "pėsčio" in line]


def test_a_short_line_goes_with_the_lines_around_it():
    lines = [
        *lines_of("lt", "lt"),
        "1. (OK)",
        *lines_of("lt", "en"),
        "Copyright",
        *lines_of("en"),
        "",
        *lines_of("lt"),
    ]
    kept = identified("\n".join(lines), mixed="keep_lines")["text"].split("\n")
    assert kept == [lines[0], lines[1], "1. (OK)", lines[3], "", lines[-1]]


def test_a_mixed_document_is_dropped_above_the_share_that_the_recipe_allows():
    row = identified("\n".join(MIXED), mixed="drop", maximum_foreign_share=0.2)
    assert (row["stage"], row["reason"]) == ("identify", "mixed_languages")
    evidence = json.loads(row["evidence"])
    assert evidence["others"] == ["en"]
    assert 0.2 < evidence["foreign_share"] < 0.4
    row = identified("\n".join(MIXED), mixed="drop", maximum_foreign_share=evidence["foreign_share"] + 0.01)
    assert (row["reason"], row["text"]) == (None, "\n".join(MIXED))


def test_as_long_as_the_recipe_says_nothing_a_mixed_document_stays_whole():
    row = identified("\n".join(MIXED))
    assert (row["reason"], row["text"]) == (None, "\n".join(MIXED))


@pytest.mark.parametrize("mixed", ["keep_lines", "drop"])
@given(number=st.integers(0, 10**6), count=st.integers(1, 12))
@settings(max_examples=15, deadline=None)
def test_a_document_in_one_language_is_never_touched(mixed, number, count):
    text = "\n".join(prose_of("lt", number + place) for place in range(count))
    row = identified(text, mixed=mixed, maximum_foreign_share=0)
    assert (row["reason"], row["text"]) == (None, text)
    assert set(DOCUMENT.names) <= set(row)
