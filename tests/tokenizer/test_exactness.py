"""Nothing is lost, and three readers of one vocabulary agree: soofi, Hugging Face and SentencePiece."""

import json
import shutil
import subprocess
import sys

import pytest
import sentencepiece
import transformers
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tokenizer.adversarial import strings
from tests.tokenizer.comparison import Readers, compare

SETTINGS = settings(max_examples=400, deadline=None, derandomize=True, database=None)

TRAPS = [
    "<eod>", "<pad>", "<unk>", "<reserved_0>", "<|end_of_turn|>", "</s>", "<0x41>", "<0x4a>", "<0x", "▁", "▁▁", " ", "  ",
    "   ", "\n", "\n\n", "\t", "\r\n", "\x00", "\x0b", "\x1f", "\x7f", "\u00a0", "\u3000", "\u2028", "\ufeff", "\u200d",
    "é", "e\u0301", "ﬁ", "ǅ", "\u202eabc\u202c", "שלום", "👩‍👩‍👧", "🇪🇺", "\ufffd", "\uffff", "\U0010ffff", "\U000e0041",
    "a", "b", "an", "ana", "na", "ss", "==", "=", "---", "1", "23", " the", "der ", "ő", "Ω", "щ",
]  # fmt: skip

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
TRAPPED_TEXT = st.lists(st.sampled_from(TRAPS) | ANY_TEXT, max_size=12).map("".join)
REPEATING_TEXT = st.text(st.sampled_from("aeinrst= -."), max_size=60)
"""Few different letters: entries overlap in many ways, so an order of merges that differs shows."""


@SETTINGS
@given(text=ANY_TEXT | TRAPPED_TEXT | REPEATING_TEXT)
def test_every_text_comes_back_and_hugging_face_has_the_same_ids(tokenizer, huggingface, text):
    ids = tokenizer.encode(text)
    assert tokenizer.decode(ids) == text
    assert huggingface(text, split_special_tokens=True)["input_ids"] == ids
    assert huggingface.decode(ids) == text


@SETTINGS
@given(text=ANY_TEXT | TRAPPED_TEXT)
def test_bytes_of_tokens_add_up_and_no_token_is_a_control_entry(tokenizer, text):
    ids = tokenizer.encode(text)
    assert sum(tokenizer.bytes_of(id) for id in ids) == len(text.encode())
    assert all(tokenizer.bytes_of(id) > 0 for id in ids)


@SETTINGS
@given(text=TRAPPED_TEXT | REPEATING_TEXT)
def test_sentencepiece_alone_agrees_wherever_the_text_has_no_space_mark(tokenizer, run, text):
    processor = sentencepiece.SentencePieceProcessor(model_file=str(run.tokenizer / "tokenizer.model"))
    text = text.replace("\u2581", "")
    assert processor.encode(text) == tokenizer.encode(text)
    assert processor.decode(tokenizer.encode(text)) == text


def test_a_literal_space_mark_is_no_space(tokenizer, run):
    processor = sentencepiece.SentencePieceProcessor(model_file=str(run.tokenizer / "tokenizer.model"))
    ids = tokenizer.encode("a▁b")
    assert [tokenizer.bytes_of(id) for id in ids] == [1, 1, 1, 1, 1]
    assert processor.decode(ids) == "a▁b"
    assert processor.decode(processor.encode("a▁b")) == "a b"  # the one exception: its own encoder


def test_whole_documents_come_back_with_the_same_ids(tokenizer, huggingface, texts):
    documents = [document for documents in texts.values() for document in documents]
    for document, ids in zip(documents, tokenizer.encode_batch(documents), strict=True):
        assert ids == tokenizer.encode(document)
        assert tokenizer.decode(ids) == document
        assert huggingface(document, split_special_tokens=True)["input_ids"] == ids


@pytest.mark.parametrize("seed", [1, 2])
def test_five_thousand_strings_of_every_kind_have_the_same_ids_everywhere(seed, run, texts):
    readers = Readers.open(run.tokenizer)
    documents = [document for documents in texts.values() for document in documents]
    found = compare(readers, strings(seed, 5000, readers.material(documents)))
    assert found.faults == {}, found.examples
    assert len(found.strings) == 14 and min(found.strings.values()) > 350
    assert found.characters > 150_000


def test_the_comparison_sees_that_one_merge_is_missing(run, texts, tmp_path):
    shutil.copytree(run.tokenizer, tmp_path, dirs_exist_ok=True)
    description = json.loads((tmp_path / "tokenizer.json").read_text())
    del description["model"]["merges"][50]
    (tmp_path / "tokenizer.json").write_text(json.dumps(description))
    readers = Readers.open(tmp_path)
    found = compare(readers, strings(1, 1400, readers.material(texts["de"])))
    assert {"tokenizer.json has other ids", "AutoTokenizer has other ids"} <= found.faults.keys()


def test_documents_cannot_forge_a_special_token(tokenizer, huggingface, recipe):
    special = [*recipe.tokenizer.control_tokens, "<unk>"]
    ids_of = huggingface.convert_tokens_to_ids(special)
    assert len(set(ids_of)) == len(special)
    for text in (*special, "".join(special), " ".join(special), *(f"a{token}b<0x41>" for token in special)):
        ids = tokenizer.encode(text)
        assert set(ids_of).isdisjoint(ids)
        assert tokenizer.decode(ids) == text
        assert huggingface(text, split_special_tokens=True)["input_ids"] == ids


def test_prompts_are_parsed_unless_the_call_says_otherwise(huggingface, tokenizer):
    ids = huggingface("<eod>Ja<fim_middle>")["input_ids"]
    assert ids == [
        tokenizer.eod_id,
        *tokenizer.encode("Ja"),
        huggingface.convert_tokens_to_ids("<fim_middle>"),
    ]


def test_text_without_characters_has_no_tokens(tokenizer, huggingface):
    assert tokenizer.encode("") == huggingface("")["input_ids"] == []
    assert tokenizer.encode_batch([]) == []
    assert tokenizer.encode_batch(["", "a", ""])[::2] == [[], []]


def test_a_lone_surrogate_is_refused(tokenizer):
    with pytest.raises(ValueError, match="lone surrogate"):
        tokenizer.encode("\ud800")


def test_line_breaks_and_runs_of_spaces_are_whole_entries(tokenizer):
    for text in ("\n", "\n\n", "\t", "  ", "    ", "        "):
        assert len(tokenizer.encode(text)) == 1
        assert tokenizer.bytes_of(tokenizer.encode(text)[0]) == len(text)


def test_each_digit_is_an_entry(tokenizer):
    assert len(tokenizer.encode("2024")) == 4
    assert [tokenizer.decode([id]) for id in tokenizer.encode("12345")] == list("12345")


def test_hugging_face_opens_the_plain_fast_tokenizer(huggingface, tokenizer):
    assert isinstance(huggingface, transformers.PreTrainedTokenizerFast)
    assert type(huggingface) is transformers.PreTrainedTokenizerFast
    assert huggingface.eos_token_id == huggingface.bos_token_id == tokenizer.eod_id
    assert huggingface.pad_token_id == tokenizer.pad_id
    assert len(huggingface) == huggingface.vocab_size == tokenizer.vocabulary_size
    assert tokenizer.eod_id not in huggingface("Guten Tag")["input_ids"]


def test_hugging_face_saves_and_opens_it_again(huggingface, texts, tmp_path):
    huggingface.save_pretrained(tmp_path)
    again = transformers.AutoTokenizer.from_pretrained(tmp_path)
    for text in [*TRAPS, *texts["de"]]:
        assert again(text, split_special_tokens=True) == huggingface(text, split_special_tokens=True)
        assert again.decode(again(text)["input_ids"]) == text


def test_control_entries_decode_to_nothing(tokenizer, huggingface):
    ids = [tokenizer.eod_id, *tokenizer.encode("Ja"), tokenizer.eod_id, tokenizer.pad_id]
    assert tokenizer.decode(ids) == huggingface.decode(ids, skip_special_tokens=True) == "Ja"


def test_hugging_face_needs_no_sentencepiece(run, tokenizer):
    program = (
        "import sys; sys.modules['sentencepiece'] = None; from transformers import AutoTokenizer; "
        f"print(AutoTokenizer.from_pretrained({str(run.tokenizer)!r})(' Größe\\n')['input_ids'])"
    )
    printed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert printed.strip() == str(tokenizer.encode(" Größe\n"))


def test_soofi_needs_neither_torch_nor_transformers():
    program = "import sys, soofi.tokenizer; print(sorted({'torch', 'transformers'} & sys.modules.keys()))"
    printed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert printed.strip() == "[]"
