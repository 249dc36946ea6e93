"""Signatures: pairs agree in some band as often as theory says, whatever stands around the words."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soofi.corpus.duplicates.minhash import band_keys
from soofi.corpus.duplicates.shingle_files import shingle_sets

PAIRS = 800
SHINGLES = 120  # of both texts of a pair together: a multiple of 20 makes every similarity below exact


def pair(random, similarity):
    """Two texts of words that occur nowhere else, whose sets of words have exactly this Jaccard similarity."""
    common = round(similarity * SHINGLES)
    words = [f"w{number}" for number in random.integers(0, 2**62, SHINGLES)]
    half = (SHINGLES - common) // 2
    return " ".join(words[: common + half]), " ".join(words[:common] + words[common + half :])


@pytest.mark.parametrize(("bands", "rows"), [(14, 8), (20, 5), (9, 13)])
@pytest.mark.parametrize("similarity", [0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95])
def test_pairs_share_a_band_at_the_rate_of_theory(similarity, bands, rows):
    random = np.random.default_rng([round(similarity * 100), bands])
    pairs = [pair(random, similarity) for _ in range(PAIRS)]
    one, other = (band_keys(pa.array([texts[side] for texts in pairs]), 1, bands, rows) for side in (0, 1))
    agreeing = one == other
    found, expected = int(agreeing.any(axis=1).sum()), 1 - (1 - similarity**rows) ** bands
    # Four standard deviations of a binomial; a few pairs where next to none are expected.
    assert abs(found - PAIRS * expected) <= 4 * np.sqrt(PAIRS * expected * (1 - expected)) + 2
    bits, chance = agreeing.size, similarity**rows
    assert abs(int(agreeing.sum()) - bits * chance) <= 4 * np.sqrt(bits * chance * (1 - chance)) + 2


WORDS = st.lists(
    st.sampled_from("eins zwei drei τέσσερα ΠΈΝΤΕ шесть семь óсем naoi dziesięć".split()), max_size=30
)
GAPS = st.lists(
    st.sampled_from([" ", "\n", ", ", " — ", "…", " 🎉 ", "\u00a0(", "'"]), min_size=30, max_size=30
)


def written(words, gaps, change=str):
    return "".join(gap + change(word) for gap, word in zip(gaps, words, strict=False))


@settings(deadline=None)  # the first call may compile kernels
@given(WORDS, GAPS, GAPS, st.sampled_from([str, str.upper, str.title]))
def test_case_punctuation_and_space_make_no_difference(words, gaps, others, change):
    texts = pa.array([written(words, gaps), written(words, others, change)])
    one, other = band_keys(texts, 3, 4, 2)
    assert (one == other).all()


@settings(deadline=None)  # the first call may compile kernels
@given(WORDS, st.integers(1, 6))
def test_a_set_holds_every_run_of_words_once(words, length):
    offsets, shingles = shingle_sets(pa.array(["", " ".join(words), "x"]), length)
    runs = {
        tuple(w.lower() for w in words[i : i + length]) for i in range(max(1, len(words) - length + 1))
    } - {()}
    own = shingles[offsets[1] : offsets[2]]
    assert (offsets[1], len(own)) == (0, len(runs))
    assert (own[1:] > own[:-1]).all()
    assert len(shingles) == len(runs) + 1  # a text of fewer words than a run is one run


def test_a_text_has_the_same_keys_wherever_it_stands_in_a_batch():
    texts = pa.array(["ein Text am Anfang", "der Text, um den es geht, ist dieser hier", "noch einer", ""])
    keys = band_keys(texts, 2, 14, 8)
    assert (band_keys(texts.slice(1, 2), 2, 14, 8) == keys[1:3]).all()
    assert (band_keys(texts.take(pa.array([1])), 2, 14, 8) == keys[1]).all()
    assert (keys[3] == 0).all() and (keys[:3] != 0).all()
