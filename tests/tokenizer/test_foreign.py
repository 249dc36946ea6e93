"""Any tokenizer opens, gives the ids that its own library gives, and says what its ids spell."""

import json
import shutil

import pytest
import sentencepiece
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from soofi.tokenizer.foreign import open_any
from soofi.tokenizer.survey import to_open
from tests.tokenizer.tiny import PATTERN, write_rank_file, write_tekken, write_tiny

TEXT = "Ħafna nies — 12 345!\n\tΚαλημέρα, <eod> ▁"


def spelled(tokenizer, text: str) -> bytes:
    return b"".join(tokenizer.pieces[id] for id in tokenizer.encode(text))


def test_a_run_its_directory_and_its_files_are_one_tokenizer(run, tokenizer, tmp_path):
    shutil.copy(run.tokenizer / "tokenizer.json", tmp_path)
    opened = [
        open_any(str(place)) for place in (run.path, run.tokenizer, tmp_path, tmp_path / "tokenizer.json")
    ]
    assert [one.kind for one in opened] == ["soofi", "soofi", "huggingface", "huggingface"]
    for one in opened:
        assert one.encode(TEXT) == tokenizer.encode(TEXT)
        assert one.vocabulary_size == tokenizer.vocabulary_size
        assert spelled(one, TEXT) == TEXT.encode()
        assert one.decode(one.encode(TEXT)) == TEXT


def test_a_sentencepiece_model_is_read_as_sentencepiece_reads_it(run):
    path = run.tokenizer / "tokenizer.model"
    opened = open_any(str(path))
    processor = sentencepiece.SentencePieceProcessor(model_file=str(path))
    assert opened.kind == "sentencepiece"
    assert opened.encode(TEXT) == processor.encode(TEXT)
    assert spelled(opened, TEXT) == TEXT.replace("▁", " ").encode()  # which SentencePiece takes for a space


def test_one_that_loses_text_opens_too(tmp_path):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.WordPieceTrainer(vocab_size=60, special_tokens=["[UNK]"], show_progress=False)
    tokenizer.train_from_iterator(["abcd abce abdd"] * 9, trainer)
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    opened = open_any(str(tmp_path))
    assert spelled(opened, "abcd abce") == b"abcdabce"
    assert opened.pieces[tokenizer.token_to_id("##d")] == b"d"
    assert opened.pieces[tokenizer.token_to_id("[UNK]")] == b""


def test_ranks_of_tiktoken(tmp_path):
    tiktoken = pytest.importorskip("tiktoken")
    path = write_rank_file(tmp_path / "small.tiktoken")
    opened = open_any(str(path), PATTERN)
    assert opened.kind == "tiktoken"
    # The lowest rank is merged first; é is its two bytes.
    assert opened.encode("abc ab") == [257, 258]
    assert opened.encode("é") == [0xC3, 0xA9]
    reference = tiktoken.Encoding(
        "reference", pat_str=PATTERN, mergeable_ranks={p: i for i, p in enumerate(opened.pieces)}, special_tokens={}
    )  # fmt: skip
    assert opened.encode(TEXT) == reference.encode_ordinary(TEXT)
    assert opened.decode(opened.encode(TEXT)) == TEXT
    (tmp_path / "small.pattern").write_text(PATTERN + "\n")
    assert open_any(str(path)).encode(TEXT) == open_any(str(tmp_path)).encode(TEXT) == opened.encode(TEXT)


def test_tekken_has_its_special_entries_first(tmp_path):
    pytest.importorskip("tiktoken")
    opened = open_any(str(write_tekken(tmp_path / "tekken.json")))
    assert opened.kind == "tekken"
    assert opened.vocabulary_size == 3 + 259
    assert opened.pieces[:4] == [b"", b"", b"", b"\0"]
    assert opened.encode("abc ab") == [260, 261]
    assert opened.decode([1, *opened.encode(TEXT)]) == TEXT
    # A list that is longer than the vocabulary is cut, as mistral-common cuts it.
    assert open_any(str(write_tekken(tmp_path / "tekken.json", surplus=1))).encode("a ab") == [
        3 + ord("a"), 3 + ord(" "), 259,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("none", None, "there is no tokenizer"),
        ("empty/", None, "holds no tokenizer: tokenizer.json, tokenizer.model, tekken.json"),
        ("a.json", b"[1]", "is no tokenizer: it is not a JSON object"),
        ("b.json", b"{}", "is damaged, or too new for the tokenizers library"),
        ("c.model", b"\x00\x01 no model", "is no tokenizer: neither a SentencePiece model"),
        ("d.tiktoken", b"YQ== 0\n", "does not say how texts are cut before merging"),
        ("tekken.json", json.dumps({"config": {}, "vocab": []}).encode(), "lacks what a tekken.json says"),
    ],
)
def test_what_is_no_tokenizer_is_said_in_a_sentence(tmp_path, name, content, sentence):
    path = tmp_path / name
    if name.endswith("/"):
        path.mkdir()
    elif content is not None:
        path.write_bytes(content)
    with pytest.raises((FileNotFoundError, ValueError), match=sentence):
        open_any(str(path))


@pytest.mark.parametrize(
    ("content", "pattern", "sentence"),
    [
        (b"YQ== 0\nYg== x\n", ".", "is damaged: line 2 is not a piece and its rank"),
        (b"YQ== 0\n", "(", "is no regular expression that tiktoken takes: correct --pattern"),
    ],
)
def test_damaged_ranks_and_patterns_are_named(tmp_path, content, pattern, sentence):
    pytest.importorskip("tiktoken")
    path = tmp_path / "a.tiktoken"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=sentence):
        open_any(str(path), pattern)


def test_an_encoding_that_tiktoken_does_not_have_is_named(monkeypatch, tmp_path):
    pytest.importorskip("tiktoken")
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    with pytest.raises(ValueError, match="tiktoken cannot open 'o20k'"):
        open_any("tiktoken:o20k")


def test_without_tiktoken_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "tiktoken", None)
    path = write_rank_file(tmp_path / "a.tiktoken")
    with pytest.raises(ValueError, match=r"is not installed: pip install 'soofi\[tiktoken\]'"):
        open_any(str(path), PATTERN)


def test_names_come_from_the_path_or_the_user(tmp_path):
    for name in ("one", "two"):
        write_tiny(tmp_path / name / "tokenizer")
    assert list(to_open([str(tmp_path / "one/tokenizer"), f"mine={tmp_path / 'two'}"])) == ["one", "mine"]
    with pytest.raises(ValueError, match="two tokenizers would be called 'one': write NAME=TOKENIZER"):
        to_open([str(tmp_path / "one"), str(tmp_path / "one/tokenizer")])
    with pytest.raises(FileNotFoundError, match="there is no tokenizer nowhere"):
        to_open(["a=nowhere"])
