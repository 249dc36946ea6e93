"""Documents that hold what models are tested on are found, with the place in the evaluation set."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soofi.corpus.batches import WORKING
from soofi.corpus.decontaminate.decontaminate import prepare_decontaminate
from soofi.corpus.decontaminate.evaluation_files import DECLARATION, PROBE, EvaluationText
from soofi.corpus.decontaminate.index import Index
from soofi.corpus.segment import words_of
from soofi.recipe import RecipeError

QUESTION = "Welche der folgenden Städte liegt am weitesten nördlich, wenn man nur die Hauptstädte der Länder betrachtet?"
ANSWER = "Helsinki, denn die Stadt liegt am Finnischen Meerbusen"  # eight words
POEM = "Der Abend kommt\nund über dem See\nsteht ein Licht, das niemand entzündet hat und das doch brennt"


@pytest.fixture
def sets(tmp_path, jsonl):
    jsonl(
        tmp_path / "quiz/b.jsonl",
        {"question": "Kurz?"},
        {"question": QUESTION, "choices": ["Rom", ANSWER], "n": 3},
    )
    (tmp_path / "poem.txt").write_text(POEM, encoding="utf-8")
    return [
        {"name": "quiz", "paths": [str(tmp_path / "quiz")]},
        {"name": "poem", "paths": [str(tmp_path / "poem.txt")]},
    ]


def looked_at(recipe_of, texts, language="de", **decontaminate):
    """(reason, evidence) of each text, as the stage marks it."""
    recipe = recipe_of([{"name": "web", "paths": ["x.jsonl"]}], ["de"], decontaminate=decontaminate)
    rows = [{"text": text, "language": language, "text_bytes": len(text)} for text in texts]
    batch = prepare_decontaminate(recipe.corpus)(pa.RecordBatch.from_pylist(rows, WORKING))
    assert set(batch["stage"].to_pylist()) <= {None, "decontaminate"}
    return [
        (reason, evidence and json.loads(evidence))
        for reason, evidence in zip(batch["reason"].to_pylist(), batch["evidence"].to_pylist(), strict=True)
    ]


def test_a_run_of_thirteen_words_is_found_and_its_place_is_named(recipe_of, sets):
    words = QUESTION.split()
    texts = [
        f"Im Quiz hieß es: {' '.join(words[:13]).upper()} – und so weiter.",
        f"Im Quiz hieß es: {' '.join(words[:12])} und so weiter.",
        f"Jemand sagte: {ANSWER}. Das stimmt.",
        "Rom und Helsinki sind Hauptstädte, und Kurz? ist keine Frage.",
        f"„{POEM.replace(chr(10), ' / ')}“",
    ]
    found = looked_at(recipe_of, texts, sets=sets)
    quiz = {"set": "quiz", "file": "b.jsonl", "line": 2, "matches": 1}
    assert found[0] == ("contaminated", quiz)
    assert found[1] == (None, None)
    assert found[2] == ("contaminated", quiz)
    assert found[3] == (None, None)
    # The poem is a text file: its runs go on over line ends, and the first of them begins in line 1.
    assert found[4] == ("contaminated", {"set": "poem", "file": "poem.txt", "line": 1, "matches": 6})


def test_lengths_differ_by_language_and_several_runs_can_be_asked_for(recipe_of, sets):
    text = f"Es hieß: {' '.join(QUESTION.split()[2:12])} und mehr nicht."
    lengths = {"words_by_language": {"de": 9}}
    assert looked_at(recipe_of, [text], sets=sets) == [(None, None)]
    assert looked_at(recipe_of, [text], sets=sets, **lengths)[0][1]["matches"] == 2
    assert looked_at(recipe_of, [text], "fr", sets=sets, **lengths) == [(None, None)]
    assert looked_at(recipe_of, [text], sets=sets, matches=2, **lengths)[0][0] == "contaminated"
    assert looked_at(recipe_of, [text], sets=sets, matches=3, **lengths) == [(None, None)]
    assert looked_at(recipe_of, [f"{text}\n{text}"], sets=sets, matches=3, **lengths) == [(None, None)]


def test_what_another_stage_dropped_keeps_its_reason(recipe_of, sets):
    recipe = recipe_of([{"name": "web", "paths": ["x.jsonl"]}], ["de"], decontaminate={"sets": sets})
    row = {"text": QUESTION, "language": "de", "stage": "quality", "reason": "minimum_characters"}
    after = prepare_decontaminate(recipe.corpus)(pa.RecordBatch.from_pylist([row], WORKING))
    assert after["reason"].to_pylist() == ["minimum_characters"]


def test_the_declaration_comes_along(recipe_of):
    assert pq.read_table(DECLARATION, columns=["language"])["language"].value_counts().to_pylist() == [
        {"values": language, "counts": 15}
        for language in pq.read_table(DECLARATION)["language"].unique().to_pylist()
    ]
    # Where this fails, words are hashed in another way now: run scripts/declaration_words.py again.
    probe = pq.read_schema(DECLARATION).metadata[b"probe"].decode()
    assert probe == " ".join(map(str, words_of(PROBE).tolist()))
    # Words of our own, in the order that article 26 has them, are not there; the article itself is in no file of ours.
    assert looked_at(
        recipe_of, ["Jeder darf lernen, solange er will."], sets=[{"name": "declaration-16-30"}]
    ) == [(None, None)]


def test_what_is_wrong_with_a_set_is_said(recipe_of, tmp_path, jsonl):
    jsonl(tmp_path / "bad.jsonl", {"question": "a"}, b"{")
    with pytest.raises(
        ValueError,
        match=r"^evaluation set 'bad': line 2 of \S+bad.jsonl cannot be read \(not_json\): correct",
    ):
        looked_at(recipe_of, ["x"], sets=[{"name": "bad", "paths": [str(tmp_path / "bad.jsonl")]}])
    (tmp_path / "latin.txt").write_bytes("größer".encode("latin-1"))
    with pytest.raises(
        ValueError, match=r"^evaluation set 'latin': \S+latin.txt cannot be read \(not_utf8\): correct it$"
    ):
        looked_at(recipe_of, ["x"], sets=[{"name": "latin", "paths": [str(tmp_path / "latin.txt")]}])
    with pytest.raises(
        RecipeError, match=r"evaluation set 'mine' has no paths: name its files \(without paths come decl"
    ):
        looked_at(recipe_of, ["x"], sets=[{"name": "mine"}])
    with pytest.raises(
        RecipeError, match=r"two evaluation sets are called 'declaration-16-30': give each its own name"
    ):
        looked_at(recipe_of, ["x"], sets=[{"name": "declaration-16-30"}] * 2)
    with pytest.raises(RecipeError, match=r"decontaminate.words_by_language.de is 0: write 1 to 64 words"):
        looked_at(recipe_of, ["x"], words_by_language={"de": 0})


TEXT = st.lists(st.sampled_from("abcd"), max_size=14).map(" ".join)


@settings(deadline=None)  # the first call may compile kernels
@given(st.lists(TEXT, max_size=4), st.lists(TEXT, min_size=1, max_size=4), st.sampled_from([2, 3, 5]))
def test_exactly_the_common_runs_are_counted(evaluation, texts, length):
    whole = 2

    def runs(text):
        words = text.split()
        return {tuple(words[start : start + length]) for start in range(len(words) - length + 1)}

    known = set().union(*map(runs, evaluation))
    short = {tuple(text.split()) for text in evaluation if whole <= len(text.split()) < length}
    places = [
        EvaluationText({"n": n}, words_of(text), np.zeros(len(text), int))
        for n, text in enumerate(evaluation)
    ]
    counts, found = Index(places, [length], whole).find(pa.array(texts, pa.string()), length)
    for text, count, place in zip(texts, counts, found, strict=True):
        words = text.split()
        parts = {
            part for part in short for at in range(len(words)) if tuple(words[at : at + len(part)]) == part
        }
        assert count == len(runs(text) & known) + len(parts)
        assert (place is not None) == (count > 0)
