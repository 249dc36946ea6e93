"""Parity rounds: fairer round by round, within the limits on cost, and bit for bit again."""

import json
from pathlib import Path

import pytest
import zstandard

from soofi.ledger import RunDirectory, read_manifest
from soofi.recipe import Parity, RecipeError, load_recipe
from soofi.tokenizer import files_beside, make_tokenizer
from soofi.tokenizer.learning import learn
from soofi.tokenizer.parity import Round, choose, read_development, reweighted
from soofi.tokenizer.sample import corpus_files

ROOT = Path(__file__).parents[2]
LANGUAGES = ["de", "en", "fi", "fr"]


@pytest.fixture(scope="module")
def development(tmp_path_factory, texts):
    """Texts of the corpus itself as the development text: some lines of each language, out of its training documents."""
    folder = tmp_path_factory.mktemp("development")
    for language in LANGUAGES:
        rows = "".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts[language][:1])
        data = rows.encode()
        if language == "fi":
            (folder / "fi.jsonl.zst").write_bytes(zstandard.compress(data))
        else:
            (folder / f"{language}.jsonl").write_bytes(data)
    return folder


def recipe_with(development, *overrides):
    return load_recipe(
        ROOT / "recipes/smoke.yaml",
        [
            "tokenizer.vocabulary_size=1200",
            f"tokenizer.parity.development={development}",
            "tokenizer.parity.minimum_bytes=0",
            "tokenizer.parity.rounds=3",
            "tokenizer.parity.gini=0",
            "tokenizer.parity.maximum_extra_tokens=1",
            "tokenizer.parity.maximum_extra_english=1",
            *overrides,
        ],
    )


@pytest.fixture(scope="module")
def rounds(development, run):
    """`parity.json` of three rounds, and what was said."""
    said: list[str] = []
    learned = learn(recipe_with(development).tokenizer, corpus_files(run.corpus, "train"), said.append)
    return learned, said


def test_rounds_lower_the_gini_coefficient_and_the_fairest_is_kept(rounds):
    learned, said = rounds
    figures = [one["gini"] for one in learned.parity["rounds"]]
    assert len(figures) == 4
    assert min(figures[1:]) < 0.9 * figures[0]
    assert learned.parity["kept"] == figures.index(min(figures))
    assert [line for line in said if "round 0: Gini" in line]
    assert f"round {learned.parity['kept']} is kept" in said[-1]


def test_every_round_says_what_it_cost(rounds):
    learned, _ = rounds
    for one in learned.parity["rounds"]:
        assert one["total_tokens"] == sum(one["tokens"].values())
        assert one["english_tokens"] == one["tokens"]["en"]
        assert one["worst_premium"] == max(one["tokens"].values()) / one["tokens"]["en"]
        assert set(one["tokens"]) == set(LANGUAGES)
        assert min(one["multipliers"].values()) == 1


def test_the_run_publishes_the_frontier_and_names_the_development_text(development, run, tmp_path, rounds):
    (tmp_path / "corpus").symlink_to(run.corpus)
    recipe, copy = recipe_with(development), RunDirectory(tmp_path)
    digests = dict.fromkeys(files_beside(recipe.tokenizer), "1" * 64)
    make_tokenizer(recipe, copy, {"corpus": "0" * 64} | digests, lambda line: None)
    assert json.loads((copy.tokenizer / "parity.json").read_text()) == rounds[0].parity
    assert (copy.tokenizer / "tokenizer.model").read_bytes() == rounds[0].model  # learned a second time
    assert {"development/de.jsonl", "development/fi.jsonl.zst"} <= set(read_manifest(copy.tokenizer).inputs)


def test_the_development_text_is_not_learned_from_but_where_text_is_scarce(development, run, texts):
    files = corpus_files(run.corpus, "train")
    sizes = {language: sum(paths.values()) for language, paths in files.items()}
    scarce = min(LANGUAGES, key=lambda language: sizes[language] if language != "en" else 10**9)
    limit = sizes[scarce] + 1
    recipe = recipe_with(development, f"tokenizer.parity.minimum_bytes={limit}", "tokenizer.parity.rounds=1")
    learned = learn(recipe.tokenizer, files, lambda line: None)
    first, second = learned.parity["rounds"]
    assert scarce in first["tokens_apart"]
    assert scarce not in first["tokens"]
    assert second["weights"][scarce] == first["weights"][scarce]
    assert any(second["weights"][language] != first["weights"][language] for language in first["tokens"])


def test_a_limit_on_cost_ends_the_rounds(development, run):
    recipe = recipe_with(development, "tokenizer.parity.maximum_extra_tokens=0")
    learned = learn(recipe.tokenizer, corpus_files(run.corpus, "train"), lambda line: None)
    marks = [one["within_limits"] for one in learned.parity["rounds"]]
    assert marks[0]
    assert all(marks[:-1])
    assert learned.parity["rounds"][learned.parity["kept"]]["within_limits"]


def made(number, gini, total, english, tokens=None):
    return Round(
        number, gini, 1.0, "en", total, english, 1.0, tokens or {}, {}, {"de": 2.0, "en": 3.0, "mt": 5.0}, {}
    )


def test_the_lowest_within_the_limits_is_chosen_and_the_first_of_equals(tmp_path):
    parity = Parity(development=tmp_path, maximum_extra_tokens=0.1, maximum_extra_english=0.1)
    rounds = [
        made(0, 0.3, 100, 10), made(1, 0.2, 110, 11), made(2, 0.2, 100, 10), made(3, 0.01, 100, 12), made(4, 0.1, 111, 10),
    ]  # fmt: skip
    assert choose(rounds, parity).number == 1
    # English over its limit gains weight again, so that goes on; all languages over theirs do not.
    assert [one.ends(parity, rounds[0]) for one in rounds] == [False, False, False, False, True]
    assert made(5, 0.05, 100, 10).ends(parity, rounds[0])


def test_what_costs_more_than_the_mean_gains_weight(tmp_path):
    parity = Parity(development=tmp_path, power=2, maximum_extra_english=10)
    done = made(0, 0.3, 0, 50, {"de": 150, "en": 50})
    weights = reweighted(done, done, parity)
    assert weights == {"de": 2.0 * 1.5**2, "en": 3.0 * 0.5**2, "mt": 5.0}


def test_english_gives_room_until_its_limit_and_then_holds_its_place(tmp_path):
    parity = Parity(development=tmp_path, power=1, maximum_extra_english=0.1)
    first = made(0, 0.3, 0, 100, {"de": 150, "en": 100})
    for english, direction in ((100, -1), (109, 0), (120, 1)):
        done = made(1, 0.3, 0, english, {"de": 150, "en": english})
        change = reweighted(done, first, parity)["en"] - 3.0
        assert change == pytest.approx(0, abs=1e-9) if direction == 0 else change * direction > 0


def test_development_text_that_cannot_be_used_is_named(tmp_path, development, run):
    with pytest.raises(FileNotFoundError, match="put <language>.jsonl there"):
        read_development(tmp_path, ["de"])
    (tmp_path / "de.jsonl").write_text('{"text": "a\u2028b"}\n{"txt": 1}\n', encoding="utf-8")
    with pytest.raises(ValueError, match="de.jsonl is damaged: every line must be a JSON object with `text`"):
        read_development(tmp_path, ["de"])
    recipe = recipe_with(development, "tokenizer.languages=[de, fi]")
    with pytest.raises(ValueError, match="English among them"):
        learn(recipe.tokenizer, corpus_files(run.corpus, "train"), lambda line: None)


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        ("tokenizer.languages=[de, greek]", "'greek' is not a language tag"),
        ("tokenizer.languages=[de, gr]", "'gr' is not among the run's languages: did you mean 'el'?"),
        ("tokenizer.languages=[de, de]", "'de' is named twice: name it once"),
        ("tokenizer.weights={sq: 2}", "'sq' is not among the run's languages"),
        ("tokenizer.weights={de: 0}", "the weight of 'de' is 0.0: give one above 0"),
    ],
)
def test_an_unknown_language_is_refused_with_a_suggestion(override, sentence):
    with pytest.raises(RecipeError, match=sentence):
        load_recipe(ROOT / "recipes/smoke.yaml", [override])


def test_a_language_without_text_is_named(run):
    recipe = load_recipe(ROOT / "recipes/smoke.yaml", ["tokenizer.vocabulary_size=1200"])
    values = recipe.tokenizer.model_dump() | {"languages": ["de", "mt", "xx"]}
    with pytest.raises(
        ValueError, match="tokenizer.languages names 'xx', of which the corpus has no training text"
    ):
        learn(
            type(recipe.tokenizer).model_validate(values),
            corpus_files(run.corpus, "train"),
            lambda line: None,
        )


def test_weights_say_which_language_a_vocabulary_favours(run, texts):
    files = corpus_files(run.corpus, "train")
    counts = []
    for weight in (0.2, 5.0):
        recipe = load_recipe(
            ROOT / "recipes/smoke.yaml", ["tokenizer.vocabulary_size=1200", f"tokenizer.weights.fi={weight}"]
        )
        learned = learn(recipe.tokenizer, files, lambda line: None)
        counts.append(learned.multipliers["fi"] / learned.multipliers["de"])
    assert counts[1] == pytest.approx(25 * counts[0], rel=1e-6)


def test_words_counted_elsewhere_reach_the_vocabulary(run, tmp_path):
    files = corpus_files(run.corpus, "train")
    (tmp_path / "de.tsv").write_text("Xylophon\t1000\nund\t900\n", encoding="utf-8")
    overrides = ["tokenizer.vocabulary_size=1200", f"tokenizer.word_counts={tmp_path}"]
    recipe = load_recipe(ROOT / "recipes/smoke.yaml", overrides)
    assert b"Xylophon" in learn(recipe.tokenizer, files, lambda line: None).model
    assert files_beside(recipe.tokenizer) == {"word_counts/de.tsv": tmp_path / "de.tsv"}
    (tmp_path / "de.tsv").rename(tmp_path / "xx.tsv")
    with pytest.raises(FileNotFoundError, match="put <language>.tsv there"):
        learn(recipe.tokenizer, files, lambda line: None)
