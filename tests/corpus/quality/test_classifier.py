"""A quality classifier: learnt the same way every time, told from its files, and used as a column and as a rule."""

import json
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from soofi.corpus.quality.classifier import Learning, learn, load_classifier
from soofi.corpus.quality.classifier_files import DESCRIPTION, WEIGHTS
from soofi.corpus.quality.columns import text_buffers
from soofi.corpus.quality.examples import make_classifier
from soofi.recipe import Quality
from tests.corpus.quality.test_rules import judged

HOW = Learning(bits=14, epochs=3)
NAMES = ["Anna", "Bèla", "Česlav", "Δήμος", "Emil", "Иван", "Göran", "Hugo"]


def good(i):
    return f"{NAMES[i % 8]} walked over the bridge in the year {1900 + i} and met {i % 7 + 2} friends near the old mill."


def bad(i):
    return f"buy cheap {NAMES[i % 8]} now!!! best price {i} click here {NAMES[i // 8 % 8]} casino bonus {i % 13} free"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("classifier")
    for name, make in (("good", good), ("bad", bad)):
        lines = [json.dumps({"text": make(i), "language": "en" if i % 4 else "de"}) for i in range(80)]
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    figures = make_classifier([folder / "good.jsonl"], [folder / "bad.jsonl"], folder / "made", HOW)
    return folder, figures


def test_it_tells_apart_what_it_has_not_seen(made):
    folder, figures = made
    assert figures == {"good": 80, "bad": 80, "held_out": 16, "accuracy": 1.0, "area_under_curve": 1.0}
    described = json.loads((folder / "made" / DESCRIPTION).read_text(encoding="utf-8"))
    assert described["figures"] == figures
    assert set(described["inputs"]) == {"good/good.jsonl", "bad/bad.jsonl"}


def test_the_same_examples_give_the_same_bytes(made, tmp_path):
    folder, _ = made
    make_classifier([folder / "good.jsonl"], [folder / "bad.jsonl"], tmp_path / "again", HOW)
    for name in (DESCRIPTION, WEIGHTS):
        assert (tmp_path / "again" / name).read_bytes() == (folder / "made" / name).read_bytes()


def test_only_documents_of_one_language_are_learnt_from(made, tmp_path):
    folder, _ = made
    figures = make_classifier([folder / "good.jsonl"], [folder / "bad.jsonl"], tmp_path / "de", HOW, "de")
    assert (figures["good"], figures["bad"]) == (20, 20)


def test_it_replaces_an_older_classifier_and_nothing_else(made, tmp_path):
    folder, _ = made
    examples = [folder / "good.jsonl"], [folder / "bad.jsonl"]
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "a.txt").write_text("mine")
    for output in (tmp_path / "letters", tmp_path / "letters" / "a.txt"):
        with pytest.raises(ValueError, match="is not of soofi's making"):
            make_classifier(*examples, output, HOW)
    assert (tmp_path / "letters" / "a.txt").read_text() == "mine"
    for _ in range(2):
        make_classifier(*examples, tmp_path / "again", HOW)


def test_wrong_words_are_named(made, tmp_path):
    folder, _ = made
    good, bad = [folder / "good.jsonl"], [folder / "bad.jsonl"]
    with pytest.raises(ValueError, match="'German' is not a language tag"):
        make_classifier(good, bad, tmp_path / "made", HOW, "German")
    with pytest.raises(FileNotFoundError, match=r"^examples 'bad': no file matches .*none: correct --bad or"):
        make_classifier(good, [folder / "none"], tmp_path / "made", HOW)


def test_scores_are_those_of_the_definition(made):
    """Features spelt out in plain Python, but for their hashes, which are as good as names."""
    from soofi.corpus.quality.words import mix

    folder, _ = made
    classifier = load_classifier(folder / "made")
    text = "  Ünder  THE\n bridge "
    plain = " ".join(text.lower().split()) + " "
    mixed = mix.py_func
    with np.errstate(over="ignore"):

        def hashed(codes, start):
            for code in codes:
                start = mixed(start, np.uint64(code))
            return start

        grams = [plain[i : i + n] for n in (3, 4, 5) for i in range(len(plain) - n + 1)]
        found = [hashed(map(ord, gram), np.uint64(0)) for gram in grams]
        words = [hashed(map(ord, word), np.uint64(1)) for word in plain.split()]
        found += words + [hashed(pair, np.uint64(2)) for pair in pairwise(words)]
    buckets = [int(one ^ one >> np.uint64(32)) % len(classifier.weights) for one in found]
    expected = classifier.bias + classifier.weights[buckets].sum(dtype=np.float64) / len(buckets) ** 0.5
    data, offsets = text_buffers(pa.array(["", text]))
    empty, score = classifier.scores(data, offsets, np.array([0, 1]))
    assert score == pytest.approx(1 / (1 + np.exp(-expected)))
    assert empty == pytest.approx(1 / (1 + np.exp(-classifier.bias)))


def test_the_score_is_a_column_and_can_be_a_rule(made):
    folder, _ = made
    own = {name: None for name in Quality.model_fields if name.startswith(("minimum_", "maximum_"))}
    texts = [good(200), bad(200)]
    model = {"model": folder / "made"}
    column = judged(texts, Quality(**own, classifier=model))
    scores = [row["quality"]["score"] for row in column]
    assert scores[0] > 0.5 > scores[1]
    assert [row["reason"] for row in column] == [None, None]
    ruled = judged(texts, Quality(**own, classifier=model | {"minimum_score": 0.5}))
    assert [row["reason"] for row in ruled] == [None, "classifier.minimum_score"]
    evidence = json.loads(ruled[1]["evidence"])
    assert evidence == {"score": pytest.approx(scores[1]), "minimum_score": 0.5}
    # a language may do without
    plain = judged(texts, Quality(**own, classifier=model), "de", {"de": Quality(**own)})
    assert [row["quality"]["score"] for row in plain] == [None, None]


def test_texts_are_looked_at_up_to_a_whole_character():
    classifier, _ = learn(["aa" * 9] * 3, ["bé" * 9] * 3, Learning(bits=8, epochs=1, maximum_bytes=4))
    data, offsets = text_buffers(pa.array(["aéé" + "x" * 50, "aé", "aéé"]))
    cut, short, whole = classifier.scores(data, offsets, np.arange(3))
    assert cut == short == whole


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (lambda folder: (folder / WEIGHTS).unlink(), "holds no quality classifier"),
        (lambda folder: (folder / WEIGHTS).write_bytes(b"torn"), "is damaged: make it again"),
        (lambda folder: (folder / DESCRIPTION).write_text("{}"), "is damaged: make it again"),
        (
            lambda folder: (folder / DESCRIPTION).write_text(
                (folder / DESCRIPTION).read_text().replace("soofi.quality_classifier/1", "soofi.quality_classifier/2")
            ),
            "has format soofi.quality_classifier/2",
        ),
    ],
)  # fmt: skip
def test_files_that_are_no_classifier_are_refused_in_one_sentence(tmp_path, break_it, words):
    learnt, figures = learn([good(i) for i in range(4)], [bad(i) for i in range(4)], HOW)
    from soofi.corpus.quality.classifier import save_classifier

    save_classifier(learnt, HOW, figures, {}, tmp_path / "made")
    load_classifier(tmp_path / "made")
    break_it(tmp_path / "made")
    with pytest.raises((ValueError, FileNotFoundError), match=words):
        load_classifier(tmp_path / "made")


def test_a_set_of_one_example_is_refused():
    with pytest.raises(
        ValueError, match="there are 1 bad examples: a classifier needs two or more of each kind"
    ):
        learn(["a", "b"], ["c"], HOW)
