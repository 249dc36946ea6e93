"""Who stands for whom: laws of clusters over documents with known words."""

import random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soofi.corpus.duplicates.compare import compare
from soofi.corpus.duplicates.components import components, parts_of
from soofi.corpus.duplicates.minhash import band_keys
from soofi.corpus.duplicates.shingle_files import schema_of, shingle_sets

BANDS, ROWS = 40, 1  # one row a band: nearly every pair that shares a word is compared
LIMIT = 0.5
UNHURRIED = settings(deadline=None)  # the first call may compile kernels


def table_of(documents):
    """Candidates of (rank, text) pairs; a document's row is its place, its id follows from its text and rank."""
    texts = pa.array([text for _, text in documents], pa.string())
    offsets, shingles = shingle_sets(texts, 1)
    keys = band_keys(texts, 1, BANDS, ROWS)
    columns = [
        pa.array(range(len(documents)), pa.int64()),
        pa.array([rank for rank, _ in documents], pa.int32()),
        pa.array([len(text) for _, text in documents], pa.int64()),
        pa.array([f"{text}#{rank}" for rank, text in documents]),
        pa.FixedSizeListArray.from_arrays(pa.array(keys.ravel()), BANDS),
        pa.LargeListArray.from_arrays(pa.array(offsets), pa.array(shingles)),
    ]
    return pa.Table.from_arrays(columns, schema=schema_of(BANDS))


def preferred(document):
    """The preferred source, then the longer text, then the smaller id."""
    rank, text = document
    return rank, -len(text), f"{text}#{rank}"


def jaccard(one, other):
    one, other = set(one.split()), set(other.split())
    return len(one & other) / len(one | other)


DOCUMENTS = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.sets(st.sampled_from("abcdefghij"), min_size=1).map(lambda s: " ".join(sorted(s))),
    ),
    min_size=2,
    max_size=14,
    unique=True,
)


@UNHURRIED
@given(DOCUMENTS)
def test_every_near_duplicate_is_truly_similar_to_the_one_that_stands_for_it(documents):
    found = compare(table_of(documents), LIMIT)
    stands_for = dict(zip(found["row"].tolist(), found["representative"].tolist(), strict=True))
    for verdict in found:
        row, representative = int(verdict["row"]), int(verdict["representative"])
        assert stands_for[representative] == representative  # no chain
        if row != representative:
            assert verdict["similarity"] == jaccard(documents[row][1], documents[representative][1]) >= LIMIT
            assert preferred(documents[representative]) < preferred(documents[row])
    clusters = dict(zip(found["row"].tolist(), found["cluster"].tolist(), strict=True))
    for verdict in found:
        assert clusters[int(verdict["representative"])] == verdict["cluster"]
        assert stands_for[int(verdict["cluster"])] == verdict["cluster"]


@UNHURRIED
@given(DOCUMENTS)
def test_those_that_stay_are_unlike_where_they_were_compared(documents):
    table = table_of(documents)
    found = compare(table, LIMIT)
    gone = {int(v["row"]) for v in found if v["row"] != v["representative"]}
    keys = np.array(table["keys"].to_pylist(), np.uint64)
    stay = [row for row in range(len(documents)) if row not in gone]
    for row in stay:
        for other in stay:
            if row != other and (keys[row] == keys[other]).any():
                assert jaccard(documents[row][1], documents[other][1]) < LIMIT


@UNHURRIED
@given(DOCUMENTS, st.randoms(use_true_random=False))
def test_the_order_of_documents_changes_nothing(documents, shuffle: random.Random):
    def verdicts(order):
        found = compare(table_of([documents[place] for place in order]), LIMIT)
        return {
            tuple(order[verdict[name]] for name in ("row", "representative", "cluster")): verdict[
                "similarity"
            ]
            for verdict in found
        }

    order = list(range(len(documents)))
    shuffle.shuffle(order)
    assert verdicts(range(len(documents))) == verdicts(order)


def test_a_document_between_two_others_puts_them_into_one_cluster_and_goes():
    documents = [(0, "a b c d e f g h"), (0, "c d e f g h"), (0, "c d e f g h i j k")]
    found = compare(table_of(documents), 0.6)
    rows = [(int(v["row"]), int(v["representative"]), int(v["cluster"])) for v in found]
    assert rows == [(0, 0, 2), (1, 2, 2), (2, 2, 2)]  # 0 and 2 stay: 6 of their 11 words are common


LINKS = st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), max_size=25)


@UNHURRIED
@given(LINKS, st.randoms(use_true_random=False))
def test_components_do_not_depend_on_the_order_of_links(links, shuffle: random.Random):
    roots = components(20, [np.array(links, np.uint64).reshape(-1, 2)])
    groups = {row: {row} for row in range(20)}
    for one, other in links:
        joined = groups[one] | groups[other]
        groups |= dict.fromkeys(joined, joined)
    assert roots.tolist() == [min(groups[row]) for row in range(20)]
    turned = [(other, one) for one, other in links]
    shuffle.shuffle(turned)
    pieces = [
        np.array(turned[place : place + 3], np.uint64).reshape(-1, 2) for place in range(0, len(turned), 3)
    ]
    assert (components(20, pieces) == roots).all()


@UNHURRIED
@given(LINKS, st.lists(st.booleans(), min_size=20, max_size=20), st.integers(1, 60))
def test_a_component_is_compared_in_one_part(links, eligible, limit):
    roots = components(20, [np.array(links, np.uint64).reshape(-1, 2)])
    eligible = np.array(eligible)
    parts = parts_of(roots, eligible, np.full(20, 10), limit)
    for root in set(roots.tolist()):
        members = (roots == root) & eligible
        assert len(set(parts[members].tolist())) <= 1
        assert ((parts[members] >= 0) == (members.sum() > 1)).all()
    assert (parts[~eligible] == -1).all()
    used = sorted(set(parts[parts >= 0].tolist()))
    assert used == list(range(len(used)))  # each has documents, so none is a task for nothing


@pytest.mark.parametrize("documents", [0, 1])
def test_too_few_documents_are_no_cluster(documents):
    assert len(compare(table_of([(0, "a b")] * documents), LIMIT)) == 0
