"""Every figure of the one pass over the bytes is what its definition in plain Python gives, whatever the text."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from soofi.corpus.quality.columns import text_buffers
from soofi.corpus.quality.figures import FIGURES
from soofi.corpus.quality.measure import measure, words_of
from soofi.corpus.quality.terms import terms_of
from soofi.corpus.quality.words import HABITS
from soofi.recipe import Quality
from tests.corpus.quality import reference

RULES = {
    "stop_words": ["a", "on", "και", "жук"],
    "c4": {"minimum_line_words": 2, "maximum_word_characters": 12, "ignored": ["cookie wall", "füße"], "refused": ["lorem"]},
    "fineweb": {"short_line_characters": 9},
}  # fmt: skip
LIMITS = Quality.model_validate(RULES)
STRICT = Quality.model_validate(RULES | {"c4": RULES["c4"] | {"line_ends": '.?!"'}})

PIECES = [
    "a", "on", "b.", "it", "we go", "go", "και", "жук", "Füße", "cookie wall", "Cookie", "LOREM", "l'eau", "don't", "well-known", "#",
    "...", "…", "•", "-", "—", "{", "}", "12", "3.5", "100%", "[12]", "end.[3]", "(so)", "„ja“", "http://a.eu/b-c", "x@y.org", "thirteenchars",
    "😀", "𝔸", "©", "中文", "e\u0301",
    "\n", "\n", "\n\n", " ", " ", " ", "\t", "\u00a0", "\r\n", "\r", "\u2028", "\v", ". ", "? ", "!\n", ";\n",
]  # fmt: skip
TEXTS = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=60).map("".join),
    st.lists(st.sampled_from(PIECES), max_size=60).map(" ".join),
    st.text(max_size=40),
)


def measured(texts, limits=LIMITS, language="en"):
    out = np.full((len(texts), len(FIGURES)), np.nan)
    data, offsets = text_buffers(pa.array(texts, pa.string()))
    measure(data, offsets, np.arange(len(texts)), terms_of(limits, language), out)
    return [dict(zip(FIGURES, row, strict=True)) for row in out.tolist()]


@pytest.fixture(scope="module", autouse=True)
def compiled():
    """The kernels, so that no single example has to wait for them."""
    measured(["a text"])


@pytest.mark.parametrize(("limits", "language"), [(LIMITS, "en"), (STRICT, "fr")])
@settings(max_examples=120, deadline=None)
@given(texts=st.lists(TEXTS, min_size=1, max_size=4))
@example(texts=["", "\n", " ", "\n\n \n\na\n\n \n\n", "a\n\n\nb\n\na", "a b\r\na b\r\n\r\n", "x.[1] y"])
def test_all_figures_of_any_texts(limits, language, texts):
    for text, found in zip(texts, measured(texts, limits, language), strict=True):
        words = words_of(text, terms_of(limits, language))
        expected = reference.figures(text, words, limits)
        assert found == pytest.approx({name: expected[name] for name in FIGURES}, abs=1e-12), text


@settings(max_examples=80, deadline=None)
@given(words=st.lists(st.sampled_from(["ab", "c", "def", "g", "hi"]), max_size=120))
def test_n_grams_of_texts_that_repeat_much(words):
    text = " ".join(words)
    expected = reference.figures(text, words, LIMITS)
    found = measured([text])[0]
    for name in FIGURES[9:18]:
        assert found[name] == pytest.approx(expected[name]), name


@pytest.mark.parametrize("language", [*HABITS, "cs"])
@settings(max_examples=15, deadline=None)
@given(text=TEXTS)
def test_words_are_the_text_without_its_white_space(language, text):
    words = words_of(text, terms_of(LIMITS, language))
    assert "".join(words) == "".join(text.split())
    assert all(words)


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("en", "He didn't say: “Stop!” (twice).", "He did n't say : “ Stop ! ” ( twice ) ."),
        (
            "en",
            "We'll see the well-known site http://a.eu/b-c...",
            "We 'll see the well - known site http://a.eu/b-c ...",
        ),
        ("en", "Ann's 100% of U.S. sales, 5$ and J. Doe", "Ann 's 100 % of U.S. sales , 5 $ and J. Doe"),
        (
            "de",
            "Am 3. Mai die E-Mail-Adresse und/oder „Müller“.",
            "Am 3. Mai die E-Mail-Adresse und / oder „ Müller “ .",
        ),
        ("fr", "L'eau d’ici, peut-être: 3-4 €", "L' eau d’ ici , peut - être : 3 - 4 €"),
        ("it", "dell'anno all’estero", "dell' anno all’ estero"),
        ("ro", "într-un fel", "într-un fel"),
        ("mt", "il-lingwa ta' Malta", "il - lingwa ta ' Malta"),
        ("pl", "To p. 5. i A.", "To p . 5 . i A ."),
        ("el", "Τι είναι; Νερό…", "Τι είναι ; Νερό …"),
        ("bg", "Какво е това? „Вода“ – да.", "Какво е това ? „ Вода “ – да ."),
        ("cs", "konec.Začátek a,b", "konec . Začátek a , b"),
    ],
)
def test_words_of_a_language(language, text, words):
    assert words_of(text, terms_of(LIMITS, language)) == words.split()


def test_a_row_counts_for_itself_alone_and_rows_left_out_stay():
    texts = ["one two three", "four. five", "", "κάτι άλλο εδώ"]
    data, offsets = text_buffers(pa.array(["before", *texts, "behind"]).slice(1, 4))
    out = np.full((4, len(FIGURES)), -1.0)
    measure(data, offsets, np.array([3, 0]), terms_of(LIMITS, "en"), out)
    assert (out[[1, 2]] == -1).all()
    alone = measured(texts)
    for row in (0, 3):
        assert dict(zip(FIGURES, out[row].tolist(), strict=True)) == alone[row]
