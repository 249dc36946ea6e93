"""Our scoring of py3langid's model gives what py3langid gives."""

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from soofi.corpus.identification.naive_bayes import naive_bayes
from tests.corpus.conftest import SENTENCES, prose_of


@cache
def theirs():
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def assert_same(texts):
    model = naive_bayes()
    for text, row in zip(texts, model.probabilities(texts), strict=True):
        expected = dict(theirs().rank(text))
        found = dict(zip(model.labels, row.tolist(), strict=True))
        assert found.keys() == expected.keys()
        # they and we add up in single precision, in another order
        assert found == pytest.approx(expected, rel=1e-2, abs=1e-4)
        label, score = theirs().classify(text)
        assert found[label] == pytest.approx(max(found.values()), abs=1e-6) and score == pytest.approx(
            found[label], abs=1e-3
        )


def test_texts_of_all_lengths_score_as_with_py3langid():
    texts = [prose_of(tag, number) for tag in SENTENCES for number in range(3)]
    assert_same(
        [*texts, " ".join(texts), *(text.upper() for text in texts[::3]), *(text[:40] for text in texts)]
    )


@given(st.lists(st.text(max_size=60), max_size=20))
@settings(max_examples=60, deadline=None)
def test_any_text_scores_as_with_py3langid(texts):
    assert_same(texts)


@given(st.lists(st.text(max_size=80), min_size=1, max_size=20), st.randoms())
@settings(max_examples=40, deadline=None)
def test_a_text_scores_the_same_whatever_stands_beside_it(texts, random):
    model = naive_bayes()
    order = random.sample(range(len(texts)), len(texts))
    together = model.probabilities([texts[place] for place in order])
    for place, row in zip(order, together, strict=True):
        assert (row == model.probabilities([texts[place]])[0]).all()
