"""Quality rules: each with a text that breaks it and no other."""

import json

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from soofi.corpus.batches import WORKING
from soofi.corpus.quality.quality import measure, quality_batch
from soofi.recipe import Quality

SENTENCE = "The village had a bridge made of wood that everyone used on market days."
OTHERS = [f"Here {word} people walked over the old bridge." for word in ("five", "six", "many", "few")]
BREAKS = {
    "minimum_characters": (SENTENCE, "characters", 72),
    "minimum_letter_share": ("1873 1912 2005 42.7 " * 5 + SENTENCE, "letter_share", 58 / 139),
    "maximum_mean_word_characters": ("Donaudampfschifffahrt, " * 6, "mean_word_characters", 22.0),
    # the lines repeat, but no sentence ends, so no sentence does
    "maximum_repeated_line_share": (
        "\n".join(f"Save the document\nas copy {w} of it" for w in ("one", "two", "three", "four") * 3),
        "repeated_line_share",
        None,
    ),
    # one line only
    "maximum_repeated_sentence_share": (" ".join([SENTENCE] * 4), "repeated_sentence_share", 0.75),
}
LAX = {
    "minimum_characters": 0,
    "minimum_letter_share": 0,
    "maximum_mean_word_characters": 1e9,
    "maximum_repeated_line_share": 1,
    "maximum_repeated_sentence_share": 1,
}


def judged(text, limits=None, by_language=None, language="en"):
    batch = pa.RecordBatch.from_pylist([{"text": text, "language": language}], WORKING)
    return quality_batch(batch, limits or Quality(), by_language or {}).to_pylist()[0]


@pytest.mark.parametrize("rule", BREAKS)
def test_a_text_that_breaks_one_rule_is_dropped_by_that_rule(rule):
    text, figure, expected = BREAKS[rule]
    row = judged(text)
    assert (row["stage"], row["reason"]) == ("quality", rule)
    evidence = json.loads(row["evidence"])
    assert evidence == {figure: row["quality"][figure], rule: getattr(Quality(), rule)}
    if expected is not None:
        assert evidence[figure] == pytest.approx(expected)
    # with this rule loosened nothing else objects
    assert judged(text, Quality(**{rule: LAX[rule]}))["reason"] is None


def test_ordinary_prose_breaks_no_rule_and_keeps_its_figures():
    text = "\n\n".join([SENTENCE, *OTHERS])
    row = judged(text)
    assert row["reason"] is None
    assert row["quality"]["characters"] == len(text)
    assert row["quality"]["repeated_line_share"] == row["quality"]["repeated_sentence_share"] == 0


def test_a_language_has_its_own_rules():
    own = {"en": Quality(minimum_characters=10)}
    assert judged(SENTENCE, by_language=own)["reason"] is None
    assert judged(SENTENCE, by_language=own, language="de")["reason"] == "minimum_characters"


def test_greek_and_cyrillic_are_letters():
    assert measure("αβγ где 12").letter_share == pytest.approx(6 / 8)


@given(st.text())
def test_shares_are_shares_whatever_the_text(text):
    figures = measure(text)
    assert 0 <= figures.letter_share <= 1
    assert 0 <= figures.repeated_line_share < 1
    assert 0 <= figures.repeated_sentence_share < 1


@given(
    st.lists(st.text(alphabet="abc ", min_size=1).filter(str.strip), min_size=1, unique_by=str.strip),
    st.integers(2, 5),
)
def test_repeating_all_lines_n_times_repeats_all_but_one_nth(lines, times):
    assert measure("\n".join(lines * times)).repeated_line_share == pytest.approx(1 - 1 / times)
