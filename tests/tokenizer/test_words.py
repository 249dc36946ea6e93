"""Counted words give the vocabulary that the text itself would give."""

import io
import subprocess
import sys

import numpy as np
import pytest
import sentencepiece
from hypothesis import given, settings
from hypothesis import strategies as st

from soofi.tokenizer.sample import split_lines
from soofi.tokenizer.words import WordTable, count_words, read_word_counts

SYMBOLS = ["  ", "    "]


def learn(lines, **options):
    """Entries and scores of a small vocabulary, straight from SentencePiece."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines),
        model_writer=model,
        model_type="bpe",
        vocab_size=700,
        character_coverage=1.0,
        user_defined_symbols=[symbol.replace(" ", "▁") for symbol in SYMBOLS],
        byte_fallback=True,
        split_digits=True,
        normalization_rule_name="identity",
        add_dummy_prefix=False,
        remove_extra_whitespaces=False,
        num_threads=1,
        minloglevel=2,
        **options,
    )
    processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    return [(processor.id_to_piece(id), processor.get_score(id)) for id in range(processor.get_piece_size())]


def test_counts_teach_what_the_text_teaches(texts):
    lines = [line for documents in texts.values() for text in documents for line in split_lines(text)]
    lines += ["  two   spaces", "end ", " ", "a\u00a0b    c"]
    table = WordTable.of([("all", count_words(lines, SYMBOLS, 10**6))])
    assert learn(lines) == learn(table.rows({"all": 1}), input_format="tsv")
    assert learn(lines) == learn(sorted(table.rows({"all": 7})), input_format="tsv")


def test_a_word_begins_with_its_space_unless_a_line_or_symbol_does():
    assert count_words(["an apple an  apple", "an"], SYMBOLS, 100) == {
        "an": 2,
        " an": 1,
        " apple": 1,
        "apple": 1,
    }


def test_beyond_the_limit_the_rarest_are_forgotten():
    lines = ["often often often"] * 50 + [f"once{i} more{i}" for i in range(1000)] + ["often often"] * 50
    counts = count_words(lines, SYMBOLS, 100)
    assert len(counts) <= 102
    assert counts[" often"] == 150
    assert counts["often"] == 100


COUNTS = st.dictionaries(st.text("ab é", min_size=1, max_size=4), st.integers(1, 1000), max_size=20)


@settings(deadline=None, derandomize=True, database=None)
@given(
    languages=st.dictionaries(st.sampled_from(["de", "fr", "mt"]), COUNTS, min_size=1),
    factor=st.floats(0.1, 9),
)
def test_a_table_adds_up_languages_times_their_multipliers(languages, factor):
    table = WordTable.of(languages.items())
    multipliers = {language: factor * (i + 1) for i, language in enumerate(languages)}
    expected: dict[str, float] = {}
    for language, counts in languages.items():
        for word, count in counts.items():
            expected[word] = expected.get(word, 0) + count * multipliers[language]
    assert dict(zip(table.words, table.totals(multipliers).tolist(), strict=True)) == pytest.approx(expected)
    characters: dict[str, float] = {}
    for word, count in expected.items():
        for character in word:
            characters[character] = characters.get(character, 0) + count
    assert table.characters(multipliers) == pytest.approx(characters)


@settings(deadline=None, derandomize=True, database=None)
@given(languages=st.dictionaries(st.sampled_from(["de", "fr"]), COUNTS, min_size=1))
def test_within_an_alphabet_no_other_character_stays_and_no_count_of_the_others_is_lost(languages):
    table, multipliers = WordTable.of(languages.items()), dict.fromkeys(languages, 1.0)
    kept = table.within(" a")
    assert not [word for word in kept.words if set(word) - {" ", "a"}]
    before, after = table.characters(multipliers), kept.characters(multipliers)
    assert after == pytest.approx({character: before[character] for character in " a" if character in before})


def test_within_a_wide_alphabet_nothing_changes():
    table = WordTable.of([("de", {" ab": 2.5, "b": 1}), ("fr", {"b": 3})])
    kept = table.within(" ab")
    assert kept.words == table.words
    for language in table.counts:
        for one, other in zip(kept.counts[language], table.counts[language], strict=True):
            assert np.array_equal(one, other)


def test_counts_made_elsewhere_are_read_up_to_the_limit(tmp_path):
    path = tmp_path / "de.tsv"
    path.write_text("die\t30\nder\t28\nund\t26\n", encoding="utf-8")
    assert read_word_counts(path, 2) == {" die": 30, " der": 28}
    for line in ("und", "und\tviele", "und\t-1", "\t3", "zwei Wörter\t3"):
        path.write_text(f"die\t30\n{line}\n", encoding="utf-8")
        with pytest.raises(ValueError, match="line 2: write a word, a tab and how often it occurs"):
            read_word_counts(path, 10)


PEAK = """
import resource, sys
from soofi.tokenizer.words import count_words
counts = count_words((f"word{i} " * 3 + f"other{i}" for i in range(int(sys.argv[1]))), ["  "], 20_000)
assert len(counts) <= 20_000
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.nightly
def test_memory_is_bounded_by_the_different_words_that_are_kept_not_by_the_text():
    peaks = [
        int(subprocess.run([sys.executable, "-c", PEAK, str(n)], capture_output=True, check=True).stdout)
        for n in (100_000, 600_000)
    ]
    assert peaks[1] <= 1.15 * peaks[0]
