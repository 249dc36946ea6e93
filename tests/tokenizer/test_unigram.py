"""A Unigram vocabulary: learned from counts too, told what it costs, published in two forms that agree."""

import json

import pytest
import transformers

from soofi.ledger import RunDirectory
from soofi.recipe import load_recipe
from soofi.tokenizer import SentencePieceTokenizer, make_tokenizer
from tests.tokenizer.conftest import ROOT, write_corpus


@pytest.mark.nightly
def test_a_unigram_vocabulary_keeps_every_text_and_says_what_it_costs(tmp_path, texts):
    run = RunDirectory(tmp_path)
    write_corpus(run.corpus, {language: texts[language] for language in ("de", "el", "zxx")})
    overrides = ["tokenizer.vocabulary_size=1000", "tokenizer.algorithm=unigram"]
    said: list[str] = []
    make_tokenizer(
        load_recipe(ROOT / "recipes/smoke.yaml", overrides), run, {"corpus": "0" * 64}, said.append
    )
    assert any("unigram takes some ten times the time and memory" in line for line in said)
    ours = SentencePieceTokenizer(run.tokenizer)
    theirs = transformers.AutoTokenizer.from_pretrained(run.tokenizer)
    strings = [text for language in ("de", "el", "zxx") for text in texts[language]]
    strings += [
        "",
        " ",
        "a  b",
        "\n\n\t",
        "naïve \U0001f600 ▁ <eod> 12 345",
        json.dumps({"a": [1, 2]}, indent=4),
    ]
    for text in strings:
        ids = ours.encode(text)
        assert ours.decode(ids) == text
        other = theirs(text, add_special_tokens=False, split_special_tokens=True).input_ids
        assert len(other) == len(ids)
        assert theirs.decode(other) == text
