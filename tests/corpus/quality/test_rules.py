"""The quality stage: what each rule drops, with its evidence, and how the rules of a language are laid over those of all."""

import json
from pathlib import Path
from typing import get_args

import pyarrow as pa
import pytest

from soofi.corpus.batches import WORKING
from soofi.corpus.quality.quality import quality_stage
from soofi.corpus.quality.rules import RULES
from soofi.recipe import EU_OFFICIAL, Corpus, Quality, compose, parse_part

ROOT = Path(__file__).parents[3]
RECIPE = ROOT / "recipes" / "corpus" / "quality.yaml"
SENTENCE = "The village had a bridge made of wood that everyone used on market days."
OTHERS = [f"Here {word} people walked over the old bridge." for word in ("five", "six", "many", "few")]
OWN = {
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


def judged(texts, limits, language="en", by_language=None, **columns):
    rows = [{"text": text, "language": language, **columns} for text in texts]
    batch = pa.RecordBatch.from_pylist(rows, WORKING)
    return quality_stage(limits, by_language or {})(batch).to_pylist()


@pytest.mark.parametrize("rule", OWN)
def test_a_text_that_breaks_one_rule_is_dropped_by_that_rule(rule):
    text, figure, expected = OWN[rule]
    row = judged([text], Quality())[0]
    assert (row["stage"], row["reason"]) == ("quality", rule)
    evidence = json.loads(row["evidence"])
    assert evidence == {figure: row["quality"][figure], rule: getattr(Quality(), rule)}
    if expected is not None:
        assert evidence[figure] == pytest.approx(expected)
    # with this rule switched off nothing else objects
    assert judged([text], Quality(**{rule: None}))[0]["reason"] is None


def test_ordinary_prose_breaks_no_rule_and_keeps_its_figures():
    text = "\n\n".join([SENTENCE, *OTHERS])
    row = judged([text], Quality())[0]
    assert row["reason"] is None
    assert row["quality"]["characters"] == len(text)
    assert row["quality"]["repeated_line_share"] == row["quality"]["repeated_sentence_share"] == 0
    assert row["quality"]["words"] == len(text.split())
    assert row["quality"]["score"] is None


def test_a_row_that_was_dropped_before_is_not_looked_at():
    row = judged(["short"], Quality(), stage="identify", reason="uncertain_language", evidence="{}")[0]
    assert (row["stage"], row["reason"], row["quality"]) == ("identify", "uncertain_language", None)


def test_every_rule_of_the_recipe_is_applied_and_can_be_switched_off():
    fields = {
        name if section is None else f"{section}.{name}"
        for section in (None, "repetition", "gopher", "c4", "fineweb")
        for name, info in type(Quality() if section is None else getattr(Quality(), section)).model_fields.items()
        if name.startswith(("minimum_", "maximum_"))
        and type(None) in get_args(info.annotation)  # a threshold, not a part of a figure's definition
    } | {"classifier.minimum_score"}  # fmt: skip
    assert {rule.name for rule in RULES} == fields
    nothing = Quality.model_validate({rule.name: None for rule in RULES[:5]})
    assert all(rule.threshold(nothing) is None for rule in RULES)
    rows = judged(["", "x", "{" * 500, "\n" * 500, "a b " * 300], nothing)
    assert [row["reason"] for row in rows] == [None] * 5


@pytest.fixture(scope="module")
def published() -> Corpus:
    values = compose(RECIPE)["corpus"]
    return Corpus.model_validate(values | {"sources": [{"name": "any", "paths": ["any.jsonl"]}]})


@pytest.fixture(scope="module")
def prose() -> dict[str, str]:
    """A clean text of each language: the texts that come with the tests, end to end."""
    found = {}
    for language in EU_OFFICIAL:
        lines = (ROOT / "tests/data/texts" / f"{language}.jsonl").read_text(encoding="utf-8").splitlines()
        found[language] = "\n\n".join(json.loads(line)["text"] for line in lines)
    return found


def test_published_rules_stand_for_all_languages(published):
    assert set(published.quality_by_language) == set(EU_OFFICIAL)
    assert all(rule.threshold(published.quality) is not None for rule in RULES[:-1])
    for language, rules in published.quality_by_language.items():
        assert 20 <= len(set(rules.stop_words)) == len(rules.stop_words) <= 64, language
        assert rules.repetition == published.quality.repetition
        assert rules.c4.ignored == published.quality.c4.ignored


@pytest.mark.parametrize("language", EU_OFFICIAL)
def test_clean_prose_passes_and_garbage_is_dropped_for_what_it_is(published, prose, language):
    text = prose[language]
    sentences = [part.strip() + "." for part in text.replace("\n", " ").split(".") if len(part) > 40]
    words = text.split()
    other = "bg" if language not in ("bg", "el") else "fi"
    limits, by_language = published.quality, published.quality_by_language
    garbage = {
        "minimum_characters": "Menu",
        "maximum_repeated_line_share": "\n".join([sentences[0]] * 9),
        "maximum_repeated_sentence_share": " ".join(sentences[:1] * 9),
        "gopher.minimum_words": " ".join(words[40 : 40 + by_language[language].gopher.minimum_words * 3 // 4]),
        "gopher.maximum_hash_share": " ".join(f"#{word}" if at % 3 == 0 else word for at, word in enumerate(words)),
        "gopher.maximum_ellipsis_share": " … ".join(words[i] + " " + words[i + 1] for i in range(0, len(words) - 1, 4)),
        "gopher.maximum_bullet_line_share": "\n".join(f"- {sentence}" for sentence in sentences),
        "gopher.minimum_stop_words": prose[other].replace(" en ", " ").replace(" on ", " "),
        "c4.maximum_curly_bracket_lines": text + "\nfunction look ( ) { return }",
        "c4.maximum_refused_phrase_lines": text + "\nLorem ipsum dolor sit amet",
        "c4.minimum_sentences": " ".join(word.strip(".?!…;:") for word in words[:120]),
        "fineweb.minimum_punctuated_line_share": "\n".join(sentence[:-1].strip("!?") + ":" for sentence in sentences) + ". Ja. Ne. A. B! C! D!",
    }  # fmt: skip
    assert judged([text], limits, language, by_language)[0]["reason"] is None
    rows = judged(list(garbage.values()), limits, language, by_language)
    assert {rule: row["reason"] for rule, row in zip(garbage, rows, strict=True)} == {
        rule: rule for rule in garbage
    }


def test_a_language_changes_what_it_names_and_keeps_the_rest():
    recipe = parse_part(
        {
            "corpus": {
                "sources": [{"name": "any", "paths": ["any.jsonl"]}],
                "quality": {"minimum_characters": 40, "gopher": {"minimum_words": 9, "maximum_words": 99}},
                "quality_by_language": {
                    "de": {"gopher": {"minimum_words": 7}},
                    "mt": {"minimum_characters": None},
                },
            }
        },
        "a recipe",
    )["corpus"]
    de, mt = recipe.quality_by_language["de"], recipe.quality_by_language["mt"]
    assert (de.minimum_characters, de.gopher.minimum_words, de.gopher.maximum_words) == (40, 7, 99)
    assert (mt.minimum_characters, mt.gopher) == (None, recipe.quality.gopher)
    text = "One two three four five six seven. Eight"
    row = judged([text], recipe.quality, "de", recipe.quality_by_language)[0]
    assert row["reason"] is None
    dumped = recipe.model_dump(mode="json")
    assert dumped["quality_by_language"] == {
        "de": {"gopher": {"minimum_words": 7}},
        "mt": {"minimum_characters": None},
    }
    assert Corpus.model_validate(dumped) == recipe
