"""Tokenizers that come with models: used as they are, with their bytes counted right."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import sentencepiece
import tokenizers
import transformers
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import decoders, models, pre_tokenizers, trainers

from soofi.ledger import RunDirectory
from soofi.recipe import GivenTokenizer, Recipe
from soofi.tokenizer import RunTokenizer, make_tokenizer, open_tokenizer
from soofi.tokenizer.copying import copy_tokenizer
from tests.tokenizer.conftest import write_corpus
from tests.tokenizer.test_exactness import ANY_TEXT, SETTINGS

SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|pad|>"]
SPELLED = st.lists(st.sampled_from([*SPECIAL, "<s>", "</s>", "<unk>", "<0x41>", " ", "▁", "a"]) | ANY_TEXT)
TEXT = ANY_TEXT | SPELLED.map("".join)


def byte_level(directory: Path, lines: list[str]) -> None:
    """As GPT-2, Llama 3 and Qwen have it."""
    tokenizer = tokenizers.Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=900,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(lines, trainer)
    tokenizer.add_tokens(["<tool>", "\n\n"])
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token=SPECIAL[0], pad_token=SPECIAL[2], model_max_length=64
    )
    fast.save_pretrained(directory)


def sentencepiece_alone(directory: Path, lines: list[str]) -> None:
    """As Llama 2 came: tokenizer.model and a configuration, with a space put before every text."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=model, model_type="bpe", vocab_size=900, byte_fallback=True,
        normalization_rule_name="identity", remove_extra_whitespaces=False, minloglevel=2, num_threads=1,
    )  # fmt: skip
    directory.mkdir()
    (directory / "tokenizer.model").write_bytes(model.getvalue())
    config = {
        "tokenizer_class": "LlamaTokenizer",
        "bos_token": "<s>",
        "eos_token": "</s>",
        "pad_token": "<s>",
    }
    (directory / "tokenizer_config.json").write_text(json.dumps(config))


KINDS = {"byte-level": byte_level, "sentencepiece": sentencepiece_alone}


@dataclass(frozen=True)
class Published:
    """A given tokenizer, the run that took it, and how the stage described it."""

    source: Path
    run: RunDirectory
    tokenizer: RunTokenizer
    said: list[str]


@pytest.fixture(scope="module")
def lines(texts: dict[str, list[str]]) -> list[str]:
    return [line for documents in texts.values() for text in documents for line in text.split("\n") if line]


@pytest.fixture(scope="module")
def publish(
    tmp_path_factory: pytest.TempPathFactory, texts, lines: list[str], recipe: Recipe
) -> Callable[[str], Published]:
    made: dict[str, Published] = {}

    def publish(kind: str) -> Published:
        if kind not in made:
            folder = tmp_path_factory.mktemp(kind)
            KINDS[kind](folder / "given", lines)
            run = RunDirectory(folder / "run")
            write_corpus(run.corpus, texts)
            given = GivenTokenizer.model_validate({"from": folder / "given"})
            said: list[str] = []
            make_tokenizer(recipe.model_copy(update={"tokenizer": given}), run, {}, said.append)
            made[kind] = Published(folder / "given", run, open_tokenizer(run.tokenizer), said)
        return made[kind]

    return publish


@pytest.mark.parametrize("kind", KINDS)
def test_bytes_of_tokens_add_up_and_no_text_yields_a_special_id(publish, kind: str) -> None:
    published = publish(kind)
    tokenizer = published.tokenizer

    @SETTINGS
    @given(text=TEXT)
    def check(text: str) -> None:
        spelled, back = text, text
        if kind == "sentencepiece" and text:
            # It has one word for U+2581 and the space, and wants a space before every text, which it takes away again.
            plain = text.replace("▁", " ")
            spelled = plain if plain.startswith(" ") else f" {plain}"
            back = spelled[1:]
        ids = tokenizer.encode(text)
        assert all(tokenizer.bytes_of(id) > 0 for id in ids)
        assert sum(tokenizer.bytes_of(id) for id in ids) == len(spelled.encode())
        assert tokenizer.decode(ids) == back

    check()


@pytest.mark.parametrize("kind", KINDS)
def test_ids_are_those_that_transformers_gives(publish, kind: str) -> None:
    published = publish(kind)
    stock = transformers.AutoTokenizer.from_pretrained(published.source)
    again = transformers.AutoTokenizer.from_pretrained(published.run.tokenizer)

    @SETTINGS
    @given(text=TEXT)
    def check(text: str) -> None:
        for reader in (stock, again):
            ids = reader(text, add_special_tokens=False, split_special_tokens=True).input_ids
            assert ids == published.tokenizer.encode(text)

    check()
    batch = ["", "ein Haus", "<|endoftext|>"]
    assert published.tokenizer.encode_batch(batch) == [published.tokenizer.encode(text) for text in batch]


@pytest.mark.parametrize(
    ("kind", "end", "padding"),
    [("byte-level", "<|endoftext|>", "<|pad|>"), ("sentencepiece", "</s>", "<s>")],
)
def test_the_directory_says_what_closes_documents(publish, kind: str, end: str, padding: str) -> None:
    published = publish(kind)
    stock = transformers.AutoTokenizer.from_pretrained(published.source)
    tokenizer = published.tokenizer
    assert (tokenizer.eod_id, tokenizer.pad_id) == tuple(stock.convert_tokens_to_ids([end, padding]))
    assert tokenizer.bytes_of(tokenizer.eod_id) == tokenizer.bytes_of(tokenizer.pad_id) == 0
    assert tokenizer.vocabulary_size == len(stock)
    assert tokenizer.decode([tokenizer.eod_id, *tokenizer.encode("Haus"), tokenizer.pad_id]) == "Haus"


def test_added_entries_that_are_no_control_entries_are_found_in_text(publish) -> None:
    tokenizer = publish("byte-level").tokenizer
    ids = tokenizer.encode("a<tool>b\n\n")
    assert [tokenizer.bytes_of(id) for id in ids] == [1, 6, 1, 2]


def test_documents_that_a_tokenizer_changes_are_counted(publish) -> None:
    assert "it does not give back" not in publish("byte-level").said[-1]
    assert "of which it does not give back as they were" in publish("sentencepiece").said[-1]
    measurement = json.loads((publish("byte-level").run.tokenizer / "measurement.json").read_text())
    assert measurement["total"]["changed_documents"] == 0
    assert measurement["total"]["bytes_per_token"] > 1.5


def test_a_lone_surrogate_is_refused(publish) -> None:
    with pytest.raises(ValueError, match="lone surrogates"):
        publish("byte-level").tokenizer.encode("a\ud800")


def edit(directory: Path, name: str, **values: object) -> None:
    content = json.loads((directory / name).read_text()) | values
    (directory / name).write_text(json.dumps(content))


def unnamed(directory: Path) -> None:
    edit(directory, "tokenizer_config.json", eos_token=None)


def one_for_both(directory: Path) -> None:
    edit(directory, "tokenizer_config.json", pad_token=SPECIAL[0])


def no_decoder(directory: Path) -> None:
    edit(directory, "tokenizer.json", decoder=None)


def word_level(directory: Path) -> None:
    edit(directory, "tokenizer.json", model={"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "a"})


def torn(directory: Path) -> None:
    (directory / "tokenizer.json").write_text("{")


def torn_configuration(directory: Path) -> None:
    (directory / "tokenizer_config.json").write_text("[")


def bare(directory: Path) -> None:
    (directory / "tokenizer.json").unlink()


@pytest.mark.parametrize(
    ("spoil", "named", "sentence"),
    [
        (unnamed, {}, r"names no eos_token: set tokenizer.end_of_document to one of .*'<\|im_start\|>'"),
        (one_for_both, {}, r"names no pad_token other than '<\|endoftext\|>', which closes documents"),
        (torn, {"end_of_document": "x"}, r"tokenizer.json is damaged, or too new"),
        (torn_configuration, {}, r"tokenizer_config.json is damaged: fetch the directory again"),
        (bare, {}, r"has neither tokenizer.json nor tokenizer.model: give tokenizer.from another"),
        (no_decoder, {}, r"this BPE tokenizer cannot be used: only byte-pair"),
        (word_level, {}, r"this WordLevel tokenizer cannot be used"),
        (lambda directory: None, {"padding": "<nothing>"}, r"has no token '<nothing>': name one that it has"),
        (lambda directory: None, {"padding": "a"}, r"a text that spells 'a' becomes that token"),
    ],
)
def test_what_cannot_be_used_is_refused_in_a_sentence(
    publish, tmp_path: Path, spoil: Callable[[Path], None], named: dict[str, str], sentence: str
) -> None:
    directory = tmp_path / "given"
    directory.mkdir()
    for file in publish("byte-level").source.iterdir():
        (directory / file.name).write_bytes(file.read_bytes())
    spoil(directory)
    chosen = GivenTokenizer.model_validate({"from": directory, **named})
    with pytest.raises((ValueError, FileNotFoundError), match=sentence):
        copy_tokenizer(chosen, tmp_path)


def test_named_tokens_count_before_the_directorys(publish, tmp_path: Path) -> None:
    source = publish("byte-level").source
    chosen = GivenTokenizer.model_validate(
        {"from": source, "end_of_document": SPECIAL[1], "padding": "<tool>"}
    )
    copy_tokenizer(chosen, tmp_path)
    tokenizer = open_tokenizer(tmp_path)
    assert tokenizer.bytes_of(tokenizer.eod_id) == 0
    assert {tokenizer.eod_id, tokenizer.pad_id}.isdisjoint(tokenizer.encode("<|im_start|>a<tool>"))
