"""The specifications in tokenizer/: sizes, special entries, and every letter of the official languages."""

import json
from pathlib import Path

import pytest

from soofi.recipe import EU_OFFICIAL, load_recipe

ROOT = Path(__file__).parents[2]

SIZES = {"8k": 8192, "32k": 32768, "64k": 65536, "131k": 131072}
ALPHABETS = json.loads((ROOT / "tests/data/cldr_alphabets.json").read_text(encoding="utf-8"))["alphabets"]


def specification(size):
    path = ROOT / f"tokenizer/european-{size}.yaml"
    return load_recipe(ROOT / "recipes/smoke.yaml", [f"tokenizer.specification={path}"]).tokenizer


@pytest.mark.parametrize("size", SIZES)
def test_each_size_has_all_special_entries(size):
    tokenizer = specification(size)
    assert (tokenizer.name, tokenizer.vocabulary_size) == (f"european-{size}", SIZES[size])
    assert tokenizer.special_tokens == [
        "<pad>", "<eod>", "<fim_prefix>", "<fim_middle>", "<fim_suffix>", "<|system|>", "<|user|>", "<|assistant|>", "<|end_of_turn|>",
        "<|tools|>", "<|/tools|>", "<|tool_call|>", "<|/tool_call|>", "<|tool_response|>", "<|/tool_response|>",
    ]  # fmt: skip
    assert tokenizer.reserved_tokens == (16 if size == "8k" else 256)


def test_every_letter_of_the_official_languages_is_required_small_and_large():
    required = set(specification("131k").required_characters)
    assert ALPHABETS.keys() == EU_OFFICIAL.keys()
    for language, letters in ALPHABETS.items():
        capitals = {letter.upper() for letter in letters if len(letter.upper()) == 1}
        assert not {*letters, *capitals} - required, language


def test_every_character_of_ascii_is_required():
    assert not {*map(chr, range(33, 127))} - set(specification("131k").required_characters)
