"""Characters that get an entry: the frequent ones and, whatever the text, the required ones."""

import pytest
import sentencepiece

from soofi.tokenizer.alphabet import draw_alphabet
from soofi.tokenizer.training import train_sentencepiece
from soofi.tokenizer.words import WordTable, count_words


def learned_from(specification, lines):
    """A vocabulary of one language's lines."""
    table = WordTable.of([("de", count_words(lines, specification.user_defined_symbols, 10**6))])
    alphabet = draw_alphabet(
        table.characters({"de": 1}), specification.character_coverage, specification.required_characters
    )
    return train_sentencepiece(specification, table.within(alphabet).rows({"de": 1}), alphabet)


def test_the_frequent_characters_up_to_the_share_and_the_required_ones():
    counts = {"a": 90, "b": 9, "c": 1}
    assert draw_alphabet(counts, 0.9, "") == "a "
    assert draw_alphabet(counts, 0.95, "") == "ab "
    assert draw_alphabet(counts, 1.0, "") == "abc "
    assert draw_alphabet(counts, 0.5, "zc") == "ac z"
    assert draw_alphabet({}, 0.5, "z") == " z"


def test_equal_counts_are_taken_in_the_order_of_code_points():
    assert draw_alphabet({"b": 1, "a": 1}, 0.5, "") == draw_alphabet({"a": 1, "b": 1}, 0.5, "") == "a "


@pytest.mark.parametrize("coverage", [0.5, 0.9999, 1.0])
def test_required_characters_are_entries_though_text_of_others_covers_everything(recipe, texts, coverage):
    """The text holds required characters only, most of them never: SentencePiece by itself would leave those out."""
    values = recipe.tokenizer.model_dump() | {"character_coverage": coverage}
    specification = type(recipe.tokenizer).model_validate(values)
    lines = [line for line in "\n".join(texts["de"]).split("\n") if line]
    model = learned_from(specification, lines)
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    entries = {processor.id_to_piece(id) for id in range(processor.get_piece_size())}
    assert not set(specification.required_characters) - entries
    assert "▁" in entries


def test_text_without_spaces_leaves_nothing_out(recipe, texts):
    lines = "".join(texts["de"]).replace("\n", " ").split(" ")
    model = learned_from(recipe.tokenizer, filter(None, lines))
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    required = recipe.tokenizer.required_characters + " "
    assert not [character for character in required if processor.is_byte(processor.encode(character)[0])]
