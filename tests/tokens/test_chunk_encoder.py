"""Encoding chunk by chunk gives what SentencePiece makes of the whole, whatever the text, the vocabulary and the room."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soofi.ledger import RunDirectory
from soofi.recipe import load_recipe
from soofi.tokenizer import SentencePieceTokenizer, make_tokenizer
from soofi.tokenizer.processor import read_token_bytes
from soofi.tokens.chunk_encoder import ChunkEncoder, cuts
from soofi.tokens.chunk_kernels import LONGEST_KEY
from soofi.tokens.document_encoder import PlainEncoder

ROOT = Path(__file__).parents[2]
SETTINGS = settings(max_examples=150, deadline=None, derandomize=True, database=None)
SYMBOLS = ["\n", "  ", "a b", "ss", "</p>", "e\n\ne", "é "]
"""Symbols of a vocabulary of which some hold a space, or a letter beside a sign."""

TRAPS = [
    *SYMBOLS, "<eod>", "<pad>", "<0x41>", "▁", "▁▁", " ", "   ", "\n\n", "\t", "\r\n", "\x00", "\u00a0", "\u2028", "\u2585",
    "\ufeff", "e\u0301", "👩‍👩‍👧", "\U0010ffff", "a", "an", "ana", "ss", "s", "==", "---", "1", "23", " the", "der ", "ő", "Ω",
    "щ", "a b", "x" * (LONGEST_KEY + 3), "ab" * 20,
]  # fmt: skip
TEXT = (
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
    | st.lists(st.sampled_from(TRAPS), max_size=14).map("".join)
    | st.text(st.sampled_from("aebinrst= -.\n</p>"), max_size=60)
)


def make_vocabulary(place: Path, *changes: str) -> Path:
    run = RunDirectory(place)
    lines = [
        line for path in sorted((ROOT / "tests/data/texts").glob("*.jsonl"))[:4] for line in path.open("rb")
    ]
    texts = [json.loads(line)["text"] for line in lines]
    path = run.corpus / "a/de/part-00000.parquet"
    path.parent.mkdir(parents=True)
    splits = ["train", "validation"] * len(texts)
    pq.write_table(pa.table({"id": texts, "text": texts, "split": splits[: len(texts)]}), path)
    recipe = load_recipe(ROOT / "recipes/smoke.yaml", ["tokenizer.vocabulary_size=1000", *changes])
    make_tokenizer(recipe, run, {}, lambda line: None)
    return run.tokenizer


@pytest.fixture(scope="module", params=["as usual", "odd symbols"])
def vocabulary(request, tmp_path_factory) -> Path:
    changes = (
        [f"tokenizer.user_defined_symbols={json.dumps(SYMBOLS)}"] if request.param == "odd symbols" else []
    )
    return make_vocabulary(tmp_path_factory.mktemp("run"), *changes)


@pytest.fixture(scope="module")
def tokenizer(vocabulary) -> SentencePieceTokenizer:
    return SentencePieceTokenizer(vocabulary)


@pytest.fixture(scope="module")
def encoder(tokenizer, vocabulary) -> ChunkEncoder:
    """One for all texts: what it remembers must not matter."""
    return ChunkEncoder(tokenizer, cuts(read_token_bytes(vocabulary)))


def expect_same(encoder: ChunkEncoder, tokenizer: SentencePieceTokenizer, texts: pa.StringArray) -> None:
    ids, lengths = encoder.encode(texts)
    expected = [[*tokenizer.encode(text), tokenizer.eod_id] for text in texts.to_pylist()]
    assert lengths.tolist() == [len(one) for one in expected]
    assert ids.tolist() == [id for one in expected for id in one]
    assert (ids.dtype, lengths.dtype) == (np.int32, np.int32)


@SETTINGS
@given(texts=st.lists(TEXT, max_size=5))
def test_every_text_has_the_ids_of_sentencepiece(encoder, tokenizer, texts):
    expect_same(encoder, tokenizer, pa.array(texts, pa.string()))


@SETTINGS
@given(
    texts=st.lists(TEXT, max_size=5),
    entries=st.integers(2, 9),
    chunks=st.integers(2, 9),
    new=st.integers(1, 9),
)
def test_room_does_not_matter(tokenizer, vocabulary, texts, entries, chunks, new):
    may_cut = cuts(read_token_bytes(vocabulary))
    cramped = ChunkEncoder(tokenizer, may_cut, entries, LONGEST_KEY + 8 * new, new, chunks)
    expect_same(cramped, tokenizer, pa.array(texts, pa.string()))
    expect_same(cramped, tokenizer, pa.array(texts[::-1], pa.string()))


def test_a_table_that_grows_keeps_what_it_holds(tokenizer, vocabulary, monkeypatch):
    monkeypatch.setattr("soofi.tokens.chunk_encoder.FIRST_SLOTS", 4)
    grows = ChunkEncoder(tokenizer, cuts(read_token_bytes(vocabulary)))
    texts = pa.array([f"word{i} Wörter-{i * i} a{'b' * (i % 40)}" for i in range(300)])
    expect_same(grows, tokenizer, texts)
    known = grows._entries
    expect_same(grows, tokenizer, texts)
    assert grows._entries == known > 12  # from room for two, by way of room for eight


def test_a_part_of_an_array_is_that_part(encoder, tokenizer):
    texts = pa.array(["zero", "one é", "", "three\n", "four"])
    expect_same(encoder, tokenizer, texts.slice(1, 3))
    expect_same(encoder, tokenizer, texts.slice(2, 1))
    expect_same(encoder, tokenizer, texts.slice(5))


def test_real_text_is_cut_into_many_chunks_and_comes_out_the_same(encoder, tokenizer):
    lines = [line for path in (ROOT / "tests/data/texts").glob("*.jsonl") for line in path.open("rb")]
    texts = pa.array([json.loads(line)["text"] for line in lines])
    expect_same(encoder, tokenizer, texts)
    assert encoder._entries > 2000


def test_no_entry_is_cut_and_spaces_and_signs_are(vocabulary):
    entries = read_token_bytes(vocabulary)
    may_cut = cuts(entries)
    assert not any(may_cut[256 * a + b] for entry in entries for a, b in pairwise(entry))
    assert all(may_cut[256 * ord(a) + ord(b)] for a, b in ("n ", "n,", ", ", ". ", "1 ", "11", "1a"))
    assert not may_cut.reshape(256, 256)[:, 0x80:0xC0].any()


def test_sentencepiece_tells_pairs_from_probabilities(vocabulary, tokenizer, tmp_path):
    import sentencepiece

    assert tokenizer.merges_pairs
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["der die das und in den von zu mit"] * 9 + ["the quick brown fox"] * 9),
        model_prefix=str(tmp_path / "tokenizer"), model_type="unigram", vocab_size=300, byte_fallback=True,
        control_symbols=["<pad>", "<eod>"], hard_vocab_limit=False, minloglevel=2,
    )  # fmt: skip
    from soofi.ledger import write_json
    from soofi.tokenizer.processor import TOKEN_BYTES_FORMAT, token_bytes
    from soofi.tokens.document_encoder import fast_encoder

    processor = sentencepiece.SentencePieceProcessor(model_file=str(tmp_path / "tokenizer.model"))
    spelled = [data.hex() for data in token_bytes(processor)]
    write_json(tmp_path / "token_bytes.json", {"format": TOKEN_BYTES_FORMAT, "bytes": spelled})
    unigram = SentencePieceTokenizer(tmp_path)
    assert not unigram.merges_pairs
    assert fast_encoder(unigram, tmp_path) is None
    assert isinstance(fast_encoder(tokenizer, vocabulary), ChunkEncoder)
    ids, lengths = PlainEncoder(unigram).encode(pa.array(["der fox", ""]))
    assert ids.tolist() == [*processor.encode("der fox"), unigram.eod_id, unigram.eod_id]
    assert lengths.tolist() == [len(ids) - 1, 1]
