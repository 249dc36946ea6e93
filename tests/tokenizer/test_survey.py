"""Every figure of a tokenizer, on one whose tokens were counted by hand (see tiny.py)."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soofi.tokenizer.audit import audit, script_of
from soofi.tokenizer.continued_words import count_words, words_of_letters
from soofi.tokenizer.foreign import OpenedTokenizer, open_any
from soofi.tokenizer.measurement import count_texts, figures
from soofi.tokenizer.probes import CODE, code_behaviour, digits_behaviour
from soofi.tokenizer.survey import examine, fairness_on, survey
from soofi.tokenizer.texts import Texts
from tests.tokenizer.tiny import LETTERS, UNREACHABLE, write_tiny


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> OpenedTokenizer:
    return open_any(str(write_tiny(tmp_path_factory.mktemp("tiny"))))


def cut(tokenizer: OpenedTokenizer, text: str) -> list[str]:
    return [tokenizer.pieces[id].decode(errors="replace") for id in tokenizer.encode(text)]


def test_the_tokens_are_those_that_the_figures_below_count(tiny):
    assert cut(tiny, "ab abc b") == ["ab", " ", "abc", " ", "b"]
    assert cut(tiny, "cab: ab") == ["c", "ab", ":", " ab"]
    assert [tiny.pieces[id] for id in tiny.encode("é")] == [b"\xc3", b"\xa9"]


def test_counts_and_ratios_of_a_text(tiny):
    counts = count_texts(tiny, ["ab abc b", "cab: ab", "é"])
    assert counts == {
        "documents": 3,
        "bytes": 8 + 7 + 2,
        "words": 3 + 2 + 1,
        "tokens": 5 + 4 + 2,
        "byte_tokens": 2,
        "changed_documents": 0,
        "letter_words": 6,
        "continued_words": 2,  # cab and é
    }
    total = figures({"en": counts, "mt": counts})["total"]
    assert total["tokens"] == 22
    assert total["bytes_per_token"] == pytest.approx(17 / 11, abs=1e-4)
    assert total["tokens_per_word"] == pytest.approx(11 / 6, abs=1e-4)
    assert total["byte_token_share"] == pytest.approx(2 / 11, abs=1e-6)
    assert total["continued_word_share"] == pytest.approx(2 / 6, abs=1e-6)


def test_a_text_that_does_not_come_back_is_counted(tiny):
    lossy = OpenedTokenizer("lossy", tiny.pieces, tiny.encode_batch, lambda ids: tiny.decode(ids).lower())
    assert count_texts(lossy, ["ab", "AB", "a B"])["changed_documents"] == 2
    # Where tokens do not spell the text, its words are encoded one by one: A and B are single bytes here.
    assert count_texts(lossy, ["cab AB"])["continued_words"] == 2


@given(st.text(alphabet=st.sampled_from([*"abc éαß1-,", "漢", "𐍈", "\n"]), max_size=40), st.data())
def test_continued_words_are_those_with_a_border_inside(text, data):
    """Against the definition, letter by letter, for any way to cut the bytes of a text into tokens."""
    size = len(text.encode())
    borders = sorted(data.draw(st.sets(st.integers(1, max(1, size - 1))))) if size > 1 else []
    ends = [*borders, size]
    tokens = [end - start for start, end in zip([0, *ends], ends, strict=False)]
    expected, start = 0, 0
    spans = []
    for word in words_of_letters(text):
        first = text.index(word, start)
        start = first + len(word)
        spans.append((len(text[:first].encode()), len(text[:start].encode())))
    expected = sum(any(a < border < b for border in borders) for a, b in spans)
    assert count_words(text, tokens) == (len(spans), expected)
    assert count_words(text, [1, *tokens], shift=1) == (len(spans), expected)


def test_pieces_are_told_apart(tiny):
    used = {"en": Counter(tiny.encode("ab abc b"))}
    found = audit(tiny, used)
    assert found["special"] == 1  # <end>
    assert found["single_bytes"] == 128
    assert found["unreachable"] == {"pieces": 2, "examples": UNREACHABLE}
    # Byte entries of the letters that have entries of their own; п and р have two bytes each.
    assert found["shadowed"] == len(LETTERS) - 2
    # Used are ab, abc, b and the space.
    assert found["unused"]["pieces"] == found["whole"] - found["shadowed"] - 4
    assert {"ecde", "cb", "http"} - set(found["unused"]["examples"]) == set()
    assert found["junk"]["markup"] == {"pieces": 1, "examples": ["http"]}
    assert found["junk"]["mixed_scripts"] == {"pieces": 1, "examples": ["aп"]}
    assert found["junk"]["repeated"] == {"pieces": 1, "examples": ["====="]}
    assert found["longest"]["latin"][:3] == ["http", "ecde", "abc"]
    assert found["longest"]["cyrillic"] == ["п", "р"]
    assert found["longest_used"] == {"en": ["abc", "ab", "b", " "]}
    assert audit(tiny, {})["unused"] is None


@pytest.mark.parametrize(
    ("piece", "sign"),
    [
        ("<unused17>", "placeholder"), ("<|im_start|>", "placeholder"), ("[PAD]", "placeholder"), ("</div>", "markup"),
        (" href", "markup"), (".com", "markup"), ("аbc", "mixed_scripts"), ("-----", "repeated"), ("Ã©", "mojibake"),
        ("a\u0002", "control"), ("\ufffd\ufffd", "control"),
    ],
)  # fmt: skip
def test_debris_is_known_by_its_sign(piece, sign):
    opened = OpenedTokenizer("made", [piece.encode()], lambda texts: [[0] for _ in texts], lambda ids: "")
    signs = {name for name, one in audit(opened, {})["junk"].items() if one["pieces"]}
    assert sign in signs


@pytest.mark.parametrize(
    "piece", [" Übergröße", "—", "\n\n", "        ", "naïve", "«", "e.g.", "C++", "1990", "għaliex", "\x07"]
)
def test_what_texts_hold_is_no_debris(piece):
    opened = OpenedTokenizer("made", [piece.encode()], lambda texts: [[0] for _ in texts], lambda ids: "")
    assert not [name for name, one in audit(opened, {})["junk"].items() if one["pieces"]]


def test_scripts():
    assert [script_of(text) for text in ("ab", "Αθ", "п", "漢字の", "µ", "12", "aп", "ﬁ")] == [
        "latin", "greek", "cyrillic", "cjk", "none", "none", "mixed", "latin",
    ]  # fmt: skip


def cutting_numbers(cut) -> OpenedTokenizer:
    """A tokenizer of numbers alone: `cut` gives the pieces of one."""
    pieces: list[bytes] = []
    ids: dict[bytes, int] = {}

    def encode(texts):
        encoded = []
        for text in texts:
            for part in cut(text):
                if part not in ids:
                    ids[part] = len(pieces)
                    pieces.append(part)
            encoded.append([ids[part] for part in cut(text)])
        return encoded

    return OpenedTokenizer("made", pieces, encode, lambda ids: "")


def in_groups(size: int, from_right: bool = False):
    def cut(text: str) -> list[bytes]:
        head = len(text) % size if from_right else 0
        parts = [text[:head]] + [text[i : i + size] for i in range(head, len(text), size)]
        return [part.encode() for part in parts if part]

    return cut


@pytest.mark.parametrize(
    ("cut", "rule", "of_seven"),
    [
        (in_groups(1), "single digits", "1+1+1+1+1+1+1"),
        (in_groups(3), "groups of 3 from the left", "3+3+1"),
        (in_groups(3, from_right=True), "groups of 3 from the right", "1+3+3"),
        (lambda text: [text[:2].encode(), text[2:].encode()], "other", "2+5"),
    ],
)
def test_the_rule_of_numbers_is_found(cut, rule, of_seven):
    found = digits_behaviour(cutting_numbers(cut))
    assert found["consistent"]
    assert found["rule"] == rule
    assert found["by_length"][7] == {"cut": of_seven, "share": 1.0, "cuts": 1}


def test_numbers_that_are_cut_by_frequency_are_not_consistent(tiny):
    found = digits_behaviour(tiny)  # 12 is one piece, 13 is two
    assert not found["consistent"]
    assert found["rule"] == "other"
    assert found["by_length"][1]["cuts"] == 1
    assert found["by_length"][2] == {"cut": "1+1", "share": pytest.approx(89 / 90, abs=1e-4), "cuts": 2}


def test_code_is_measured_in_bytes_and_indentation_in_tokens(run):
    opened = open_any(str(run.path))
    found = code_behaviour(opened)
    for language, text in CODE.items():
        assert opened.decode(opened.encode(text)) == text
        assert found["bytes_per_token"][language] == pytest.approx(
            len(text.encode()) / len(opened.encode(text)), abs=1e-4
        )
    # The vocabulary has pieces of two, four and eight spaces, and none for one before a letter.
    assert [found["indentation"][spaces] for spaces in (2, 4, 8, 12, 16)] == [1, 1, 1, 2, 2]


def test_parallel_text_gives_premiums_and_gini(tiny):
    parallel = Texts({"en": ["ab", "ab ab"], "mt": ["a", "é b c"], "de": ["abc", "abc"]})
    found = fairness_on(tiny, parallel, "en")
    # en: [ab] + [ab][ ab] = 3; mt: [a] + 2 bytes, 2 spaces, 2 letters = 7; de: 1 + 1 = 2
    assert found["tokens"] == {"en": 3, "mt": 7, "de": 2}
    assert found["total_tokens"] == 12
    assert found["premiums"] == {
        "en": 1.0,
        "mt": pytest.approx(7 / 3, abs=1e-4),
        "de": pytest.approx(2 / 3, abs=1e-4),
    }
    assert (found["worst_premium"], found["worst_language"]) == (pytest.approx(7 / 3, abs=1e-4), "mt")
    assert found["mean_premium"] == 1.5  # of the two others
    assert found["bytes_per_token"]["en"] == pytest.approx(7 / 3, abs=1e-4)
    # Differences of ordered pairs: 4, 1, 5, twice each = 20; over 2 · 3² · mean 4 = 72.
    assert found["gini"] == pytest.approx(20 / 72, abs=1e-4)
    with pytest.raises(ValueError, match="no text in 'fr'"):
        survey({}, None, parallel, "fr")


def test_the_survey_says_what_it_was_measured_on(tiny):
    texts, parallel = Texts({"en": ["ab abc b"]}), Texts({"en": ["ab"], "de": ["abc"]})
    found = survey({"tiny": lambda: tiny}, texts, parallel)
    assert found["texts"]["en"]["bytes"] == 8
    assert found["texts"]["en"]["sha256"] == texts.sha256["en"] != Texts({"en": ["ab abc", "b"]}).sha256["en"]
    one = found["tokenizers"]["tiny"]
    assert one["texts"]["languages"]["en"]["tokens"] == 5
    # Pieces of the parallel text are used too: German's is the longest there.
    assert one["pieces"]["longest_used"]["de"] == ["abc"]
    bare = examine(tiny, None, None)
    assert bare["texts"] is bare["parallel"] is bare["pieces"]["unused"] is None


def test_what_the_run_measures_is_what_the_command_measures(run, texts):
    import json

    recorded = json.loads((run.tokenizer / "measurement.json").read_text())["languages"]["de"]
    held_out = Texts({"de": texts["de"][2::3]})
    found = examine(open_any(str(run.path)), held_out, None)["texts"]["languages"]["de"]
    assert found == recorded
    assert 0 < recorded["continued_word_share"] < 1
