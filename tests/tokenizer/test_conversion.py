"""The conversion agrees with SentencePiece on vocabularies that no training would make."""

import itertools
import json
import random

import pytest
import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Tokenizer, models

from soofi.tokenizer.alphabet import draw_alphabet
from soofi.tokenizer.conversion import convert_to_huggingface, tokenizer_config
from soofi.tokenizer.sample import split_lines
from soofi.tokenizer.training import train_sentencepiece
from soofi.tokenizer.unigram import convert_unigram
from soofi.tokenizer.words import WordTable, count_words

STRINGS = ["".join(letters) for length in range(1, 8) for letters in itertools.product("ab ", repeat=length)]


def random_vocabulary(seed: int) -> sentencepiece.SentencePieceProcessor:
    """Entries over three characters, ranked at random: overlapping ones, ones that nothing can reach, ones out of order."""
    generator = random.Random(seed)
    entries = ["a", "b", "▁"]
    while len(entries) < 3 + generator.randint(2, 10):
        entry = generator.choice(entries) + generator.choice(entries)
        if len(entry) <= 6 and entry not in entries:
            entries.append(entry)
    generator.shuffle(entries)
    proto = sentencepiece_model_pb2.ModelProto()
    kinds = sentencepiece_model_pb2.ModelProto.SentencePiece
    pieces = [("<pad>", 0, kinds.CONTROL), ("<eod>", 0, kinds.CONTROL), ("<unk>", 0, kinds.UNKNOWN)]
    pieces += [("▁▁", 0, kinds.USER_DEFINED)] if seed % 2 and "▁▁" not in entries else []
    pieces += [(f"<0x{byte:02X}>", 0, kinds.BYTE) for byte in range(256)]
    pieces += [(entry, -rank, kinds.NORMAL) for rank, entry in enumerate(entries)]
    for piece, score, kind in pieces:
        proto.pieces.add(piece=piece, score=score, type=kind)
    proto.trainer_spec.model_type = sentencepiece_model_pb2.TrainerSpec.BPE
    proto.trainer_spec.byte_fallback = True
    proto.trainer_spec.unk_id = 2
    proto.normalizer_spec.name = "identity"
    proto.normalizer_spec.add_dummy_prefix = False
    proto.normalizer_spec.remove_extra_whitespaces = False
    return sentencepiece.SentencePieceProcessor(model_proto=proto.SerializeToString())


@pytest.mark.parametrize("seed", range(40))
def test_every_short_string_has_the_same_ids_in_a_random_vocabulary(seed):
    processor = random_vocabulary(seed)
    symbols = ["  "] if processor.piece_to_id("▁▁") == 3 else []
    converted = convert_to_huggingface(processor, symbols)
    encodings = converted.encode_batch(STRINGS, add_special_tokens=False)
    assert [encoding.ids for encoding in encodings] == processor.encode(STRINGS)
    for string, encoding in zip(STRINGS, encodings, strict=True):
        assert converted.decode(encoding.ids) == string


@pytest.mark.parametrize("seed", range(5))
def test_an_entry_has_one_merge_at_most(seed):
    converted = convert_to_huggingface(random_vocabulary(seed), [])
    merged = ["".join(merge) for merge in json.loads(converted.to_str())["model"]["merges"]]
    assert len(merged) == len(set(merged)) > 0


def test_no_entry_looks_like_a_byte_to_the_decoder(recipe):
    """Hugging Face's decoder would turn an entry `<0xab>` into one byte; SentencePiece keeps only `<0xAB>` for bytes."""
    values = recipe.tokenizer.model_dump() | {
        "vocabulary_size": 768, "split_digits": False, "required_characters": "", "reserved_tokens": 0,
    }  # fmt: skip
    specification = type(recipe.tokenizer).model_validate(values)
    text = "<0xab>\n<0xcd>\n<0xef>\n" + "".join(map(chr, range(0x4E00, 0x4F00)))
    counted = count_words(split_lines(text * 50), specification.user_defined_symbols, 10**6)
    table = WordTable.of([("x", counted)])
    alphabet = draw_alphabet(table.characters({"x": 1}), specification.character_coverage, "")
    model = train_sentencepiece(specification, table.within(alphabet).rows({"x": 1}), alphabet)
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    converted = convert_to_huggingface(processor, specification.user_defined_symbols)
    ids = converted.encode("<0xab>", add_special_tokens=False).ids
    assert ids == processor.encode("<0xab>")
    assert converted.decode(ids) == processor.decode(ids) == "<0xab>"


def test_llama_cpps_converter_is_told_of_symbols_that_merges_do_not_make():
    """It takes every entry of tokenizer.model that is not named here for a learned one."""
    processor = random_vocabulary(1)
    assert "added_tokens_decoder" not in tokenizer_config(convert_to_huggingface(processor, ["  "]))
    symbols = ["\n", "\n\n", "  ", "    ", "   ", "<email>", "abab"]
    converted = Tokenizer(models.BPE())
    converted.add_special_tokens(["<pad>", "<eod>"])
    converted.add_tokens([AddedToken(symbol, normalized=False) for symbol in symbols])
    named = tokenizer_config(converted)["added_tokens_decoder"]
    assert {id: token["content"] for id, token in named.items()} == {"6": "   ", "7": "<email>", "8": "abab"}


def test_no_text_yields_a_special_or_byte_entry_of_a_unigram_vocabulary():
    """`tokenizers` looks for every entry of a Unigram model in the text, the special ones too."""
    proto = sentencepiece_model_pb2.ModelProto()
    kinds = sentencepiece_model_pb2.ModelProto.SentencePiece
    entries = [("<pad>", 0, kinds.CONTROL), ("<eod>", 0, kinds.CONTROL), ("<unk>", 0, kinds.UNKNOWN)]
    entries += [(f"<0x{byte:02X}>", 0, kinds.BYTE) for byte in range(256)]
    entries += [(letter, -9 - place / 8, kinds.NORMAL) for place, letter in enumerate("<>eodpaunkx01▁")]
    entries += [("pa", -12.3, kinds.NORMAL), ("▁e", -10.7, kinds.NORMAL)]
    for piece, score, kind in entries:
        proto.pieces.add(piece=piece, score=score, type=kind)
    proto.trainer_spec.model_type = sentencepiece_model_pb2.TrainerSpec.UNIGRAM
    proto.trainer_spec.byte_fallback = True
    proto.trainer_spec.unk_id = 2
    proto.normalizer_spec.name = "identity"
    proto.normalizer_spec.add_dummy_prefix = False
    proto.normalizer_spec.remove_extra_whitespaces = False
    processor = sentencepiece.SentencePieceProcessor(model_proto=proto.SerializeToString())
    with pytest.raises(ValueError, match="<0x02>' would become that entry: put its characters into"):
        convert_unigram(processor, [])
    for letter in "23456789ABCDEF":
        proto.pieces.add(piece=letter, score=-13, type=kinds.NORMAL)
    processor = sentencepiece.SentencePieceProcessor(model_proto=proto.SerializeToString())
    converted = convert_unigram(processor, [])
    for text in ("<eod>", "pa<pad>pa", "<unk> e<eod>", "<0x41>A", "<eod>é<0xC3>", "žpae <eod>"):
        ids = converted.encode(text, add_special_tokens=False).ids
        assert ids == processor.encode(text)
        assert {0, 1, 2}.isdisjoint(ids)
        assert converted.decode(ids) == text
