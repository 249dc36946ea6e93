"""The sample that a vocabulary is learned from."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soofi.tokenizer.sample import (
    LINE_CHARACTERS,
    corpus_files,
    language_shares,
    sample_lines,
    split_lines,
    whole_lines,
)


def test_shares_follow_weights():
    assert language_shares({"de": 1_000_000, "mt": 10_000}, {"de": 10, "mt": 1}, 1100) == {
        "de": 1000,
        "mt": 100,
    }
    assert language_shares({"de": 1_000_000, "mt": 10_000}, {"de": 1, "mt": 1}, 1000) == {
        "de": 500,
        "mt": 500,
    }


def test_a_small_language_is_taken_whole_and_the_rest_goes_to_the_others():
    even = {"de": 1, "fr": 1, "mt": 1}
    assert language_shares({"de": 5000, "fr": 5000, "mt": 100}, even, 1500) == {
        "de": 700,
        "fr": 700,
        "mt": 100,
    }
    assert language_shares({"de": 50, "mt": 10}, even, 1000) == {"de": 50, "mt": 10}
    assert language_shares({}, even, 1000) == {}


@settings(deadline=None, derandomize=True, database=None)
@given(
    languages=st.dictionaries(
        st.sampled_from("abcdefgh"), st.tuples(st.integers(1, 10**9), st.floats(0.01, 1000))
    ),
    budget=st.integers(1, 10**8),
)
def test_shares_keep_to_the_budget_and_to_what_is_there(languages, budget):
    sizes = {language: size for language, (size, _) in languages.items()}
    shares = language_shares(sizes, {language: weight for language, (_, weight) in languages.items()}, budget)
    assert shares.keys() == sizes.keys()
    assert all(0 <= shares[language] <= sizes[language] for language in sizes)
    assert min(budget, sum(sizes.values())) - len(sizes) <= sum(shares.values()) <= budget


def write(corpus, name, rows):
    path = corpus / name
    path.parent.mkdir(parents=True, exist_ok=True)
    texts, splits = zip(*rows, strict=True)
    pq.write_table(pa.table({"text": texts, "split": splits}), path)
    return path


def test_only_the_asked_split_of_kept_documents_counts(tmp_path):
    german = write(
        tmp_path, "web/de/part-00000.parquet", [("schön", "train"), ("x", "validation"), ("é", "train")]
    )
    write(tmp_path, "web/fr/part-00000.parquet", [("x", "validation")])
    write(tmp_path, "dropped/part-00000.parquet", [("nothing", "train")])
    assert corpus_files(tmp_path, "train") == {"de": {german: 8}}
    assert corpus_files(tmp_path, "validation").keys() == {"de", "fr"}


def test_lines_come_from_every_file_in_proportion_and_are_cut_at_the_budget(tmp_path):
    big = write(
        tmp_path, "a/de/part-00000.parquet", [("a" * 60, "train"), ("z", "validation"), ("b" * 60, "train")]
    )
    small = write(tmp_path, "b/de/part-00000.parquet", [("ö" * 30, "train")])
    lines = list(sample_lines({big: 120, small: 60}, 135))
    assert lines == ["a" * 60, "b" * 30, "ö" * 22]


def test_lines_to_be_left_out_do_not_come_wherever_they_stand(tmp_path):
    file = write(tmp_path, "a/de/part-00000.parquet", [("kept\n  never \nkept too\nnever more", "train")])
    left_out = frozenset(whole_lines(" never\n\n"))
    assert left_out == {"never"}
    assert list(sample_lines({file: 38}, 38, left_out)) == ["kept", "kept too", "never more"]


def test_no_corpus_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="make the corpus first"):
        corpus_files(tmp_path, "train")


@settings(deadline=None, derandomize=True, database=None)
@given(text=st.text(st.sampled_from("ab é\n\t▁"), max_size=30).map(lambda part: part * 97))
def test_lines_hold_all_text_but_the_breaks(text):
    lines = list(split_lines(text))
    assert all(0 < len(line) <= LINE_CHARACTERS for line in lines)
    assert "".join(lines) == text.replace("\n", "").replace("\t", "").replace("▁", "")


def test_long_lines_are_cut_before_a_word():
    lines = list(split_lines("Wort " * 500))
    assert len(lines) == 3
    assert all(line.startswith(" Wort") for line in lines[1:])
    assert lines[0].endswith("Wort")
