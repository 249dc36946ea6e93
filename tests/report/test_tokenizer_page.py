"""The page and the table about tokenizers."""

import json
import re

import pytest

from soofi.report.tokenizer_page import page, write_tokenizer_page
from soofi.report.tokenizer_table import overview, survey_lines
from soofi.tokenizer.foreign import OpenedTokenizer, open_any
from soofi.tokenizer.survey import survey
from soofi.tokenizer.texts import Texts
from tests.tokenizer.tiny import write_tiny

FORGED = '<script>alert("1")</script>'


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> OpenedTokenizer:
    return open_any(str(write_tiny(tmp_path_factory.mktemp("tiny"))))


@pytest.fixture(scope="module")
def both(tiny) -> dict:
    """Two vocabularies, the second with a piece that is a script."""
    forged = OpenedTokenizer("made", [*tiny.pieces, FORGED.encode()], tiny.encode_batch, tiny.decode)
    texts = Texts({"en": ["ab abc b", "ab"], "mt": ["é cab"]})
    parallel = Texts({"en": ["ab", "ab ab"], "mt": ["a", "é b c"]})
    return survey({"tiny": lambda: tiny, "forged": lambda: forged}, texts, parallel)


def test_the_table_tells_several_side_by_side(both):
    lines = list(survey_lines(both))
    header, tiny, forged = lines[:3]
    assert "Gini" in header and tiny.split()[0] == "tiny" and forged.split()[0] == "forged"
    # 10 tokens in all; Maltese has 7 for 3 of English: premium 2.33, Gini (4 + 4) / (2 · 4 · 5)
    assert tiny.split()[2:7] == ["10", "2.33", "2.33", "mt", "0.2000"]
    assert len([line for line in lines if line.startswith("  pieces:")]) == 2


def test_the_table_of_one_tells_each_language(both):
    alone = {**both, "tokenizers": {"tiny": both["tokenizers"]["tiny"]}}
    lines = list(survey_lines(alone))
    maltese = next(line.split() for line in lines if line.startswith("mt"))
    # é cab: two bytes, a space, c and ab: 5 tokens of 6 bytes in two words, both continued.
    assert maltese == ["mt", "2.333", "1.200", "2.500", "100.0%", "40.000%", "0"]
    assert any("0 of 3 texts do not come back" in line for line in lines)


def test_without_text_the_vocabulary_is_told(tiny):
    lines = list(survey_lines(survey({"tiny": lambda: tiny})))
    assert "2 of them unreachable" in lines[1]
    assert "not used" not in lines[1]
    assert overview(survey({"tiny": lambda: tiny}))[0]["gini"] is None
    assert "<svg" not in page(survey({"tiny": lambda: tiny}))


def test_the_page_needs_nothing_else_and_shows_pieces_as_text(both, tmp_path):
    path = write_tokenizer_page(both, tmp_path / "report")
    written = path.read_text(encoding="utf-8")
    assert json.loads((path.parent / "survey.json").read_text()) == json.loads(json.dumps(both))
    assert written.count("<svg") == 5
    assert FORGED not in written and "&lt;script&gt;" in written
    assert not re.search(r"<(script|link|img)\b|https?://(?!www\.w3\.org|purl\.org|creativecommons)", written)
    assert "0.2000" in written and "unreachable" in written
    assert write_tokenizer_page(both, tmp_path / "report").read_text(encoding="utf-8") == written


def test_parity_rounds_have_a_plot_of_their_own(both):
    rounds = [
        {"tokens": {"en": 100, "mt": mt}, "tokens_apart": apart} for mt, apart in ((300, {}), (150, {}))
    ]
    with_rounds = page(both, rounds)
    assert with_rounds.count("<svg") == 6
    assert "Parity rounds of tiny" in with_rounds and "2 languages" in with_rounds
    apart = [{**one, "tokens_apart": {"ga": 90}} for one in rounds]
    assert "all 3 languages" in page(both, apart)


def test_a_directory_of_something_else_is_left_alone(both, tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(ValueError, match="holds something else: name another directory with --output"):
        write_tokenizer_page(both, tmp_path)
    assert (tmp_path / "thesis.tex").is_file()
