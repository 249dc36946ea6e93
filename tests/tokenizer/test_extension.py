"""A given tokenizer with new entries: what was there stays, texts only get shorter, and every reader agrees."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import sentencepiece
import tokenizers
import transformers
from hypothesis import given, settings
from hypothesis import strategies as st

from soofi.ledger import RunDirectory
from soofi.recipe import GivenTokenizer, Recipe
from soofi.tokenizer import RunTokenizer, make_tokenizer, open_tokenizer, read_extension, tokenizer_facts
from soofi.tokenizer.copying import copy_tokenizer, describe_tokenizer, take_tokenizer
from soofi.tokenizer.old_vocabulary import merge_pair
from soofi.tokenizer.sample import corpus_files
from tests.tokenizer.conftest import write_corpus
from tests.tokenizer.test_exactness import REPEATING_TEXT, TRAPPED_TEXT
from tests.tokenizer.test_exactness import SETTINGS as MANY
from tests.tokenizer.test_given import SPECIAL, byte_level, edit, sentencepiece_alone

ENTRIES = 250
FEW = settings(MANY, max_examples=60)
WORDS = [
    "ħafna",
    " jew ",
    "ġdida",
    "inħawi ",
    "Γεια σου",
    " και",
    "ț",
    "qualità",
    "return '<eod>'",
    "  x = 1",
    "łąka",
    "😀",
    *SPECIAL,
]
TEXT = TRAPPED_TEXT | REPEATING_TEXT | st.lists(st.sampled_from(WORDS)).map("".join)


def whole_words(directory: Path, lines: list[str]) -> None:
    """As Llama 3 has it: a word that is an entry is taken whole, whatever the merges make of it."""
    byte_level(directory, lines)
    model = json.loads((directory / "tokenizer.json").read_text())["model"]
    edit(directory, "tokenizer.json", model=model | {"ignore_merges": True})


@dataclass(frozen=True)
class Grown:
    """A tokenizer, and the same one as the stage extended it."""

    source: Path
    run: RunDirectory
    before: RunTokenizer
    after: RunTokenizer
    said: list[str]

    def json(self, directory: Path | None = None) -> dict:
        return json.loads(((directory or self.run.tokenizer) / "tokenizer.json").read_text())


KINDS = ["byte-level", "whole words", "sentencepiece", "soofi's own"]


@pytest.fixture(scope="module")
def lines(texts: dict[str, list[str]]) -> list[str]:
    """Text of two languages: others have much to gain."""
    return [line for tag in ("de", "en") for text in texts[tag] for line in text.split("\n") if line]


@pytest.fixture(scope="module")
def grow(tmp_path_factory, texts, lines, recipe: Recipe, run: RunDirectory) -> Callable[[str], Grown]:
    made: dict[str, Grown] = {}

    def grow(kind: str) -> Grown:
        if kind not in made:
            folder = tmp_path_factory.mktemp("grown")
            source = folder / "given"
            if kind == "soofi's own":
                source.mkdir()
                for name in open_tokenizer(run.tokenizer).files:
                    shutil.copy2(run.tokenizer / name, source)
            else:
                makers = {
                    "byte-level": byte_level,
                    "whole words": whole_words,
                    "sentencepiece": sentencepiece_alone,
                }
                makers[kind](source, lines)
            new_run, said = RunDirectory(folder / "run"), []
            write_corpus(new_run.corpus, texts)
            values = {"from": source, "extend": {"entries": ENTRIES}}
            extended = recipe.model_copy(update={"tokenizer": GivenTokenizer.model_validate(values)})
            make_tokenizer(extended, new_run, {}, said.append)
            (folder / "before").mkdir()
            copy_tokenizer(GivenTokenizer.model_validate({"from": source}), folder / "before")
            before, after = open_tokenizer(folder / "before"), open_tokenizer(new_run.tokenizer)
            made[kind] = Grown(source, new_run, before, after, said)
        return made[kind]

    return grow


def ends(tokenizer: RunTokenizer, ids: list[int]) -> set[int]:
    """Where tokens end, in bytes."""
    return set(np.cumsum([tokenizer.bytes_of(id) for id in ids]).tolist())


def hold_the_law(grown: Grown, examples: settings) -> None:
    """A text is cut as before or in fewer places, comes back the same, and stock `transformers` has the same ids."""
    pieces = read_extension(grown.run.tokenizer)
    first = grown.before.vocabulary_size
    spelled_before = [bytes.fromhex(data) for data in token_bytes(grown.run.tokenizer)][:first]
    stock = transformers.AutoTokenizer.from_pretrained(grown.run.tokenizer)
    assert len(stock) == grown.after.vocabulary_size

    @examples
    @given(text=TEXT)
    def check(text: str) -> None:
        old, new = grown.before.encode(text), grown.after.encode(text)
        assert ends(grown.after, new) <= ends(grown.before, old)
        assert grown.after.decode(new) == grown.before.decode(old)
        spelled = [id for new_id in new for id in pieces.get(new_id, (new_id,))]
        assert b"".join(spelled_before[id] for id in spelled) == b"".join(spelled_before[id] for id in old)
        assert stock(text, add_special_tokens=False, split_special_tokens=True).input_ids == new

    check()


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_is_cut_as_before_or_in_fewer_places_and_comes_back_the_same(grow, kind: str) -> None:
    hold_the_law(grow(kind), FEW)


@pytest.mark.nightly
@pytest.mark.parametrize("kind", KINDS)
def test_so_are_very_many_texts(grow, kind: str) -> None:
    hold_the_law(grow(kind), settings(MANY, max_examples=2000))


def token_bytes(directory: Path) -> list[str]:
    return json.loads((directory / "token_bytes.json").read_text())["bytes"]


@pytest.mark.parametrize("kind", KINDS)
def test_old_ids_and_the_order_of_old_merges_stay(grow, kind: str) -> None:
    grown = grow(kind)
    described = describe_tokenizer(GivenTokenizer.model_validate({"from": grown.source}))
    before, after = json.loads(described.tokenizer_json), grown.json()
    assert before["added_tokens"] == after["added_tokens"]
    old, new = before["model"]["vocab"], after["model"]["vocab"]
    assert {entry: new[entry] for entry in old} == old
    first = grown.before.vocabulary_size
    added = {token["content"] for token in before["added_tokens"]}
    fresh = sorted(new[entry] for entry in new.keys() - old.keys() - added)
    assert fresh == list(range(first, first + ENTRIES))
    known = {merge_pair(merge) for merge in before["model"]["merges"]}
    kept = [pair for pair in map(merge_pair, after["model"]["merges"]) if pair in known]
    assert kept == [merge_pair(merge) for merge in before["model"]["merges"]]
    assert (grown.after.eod_id, grown.after.pad_id) == (grown.before.eod_id, grown.before.pad_id)
    assert token_bytes(grown.run.tokenizer)[:first] == [data.hex() for data in described.bytes]
    assert grown.after.vocabulary_size == first + ENTRIES


@pytest.mark.parametrize("kind", KINDS)
def test_every_new_entry_is_reached_and_its_pieces_are_what_spelled_it(grow, kind: str) -> None:
    grown = grow(kind)
    described = describe_tokenizer(GivenTokenizer.model_validate({"from": grown.source}))
    old = tokenizers.Tokenizer.from_str(described.tokenizer_json)
    new = tokenizers.Tokenizer.from_file(str(grown.run.tokenizer / "tokenizer.json"))
    spelling = {id: entry for entry, id in grown.json()["model"]["vocab"].items()}
    pieces = read_extension(grown.run.tokenizer)
    assert len(pieces) == ENTRIES
    for id, parts in pieces.items():
        assert [token.id for token in new.model.tokenize(spelling[id])] == [id]
        assert tuple(token.id for token in old.model.tokenize(spelling[id])) == parts
        assert len(parts) > 1


def greedy(word: list[str], merges: dict[tuple[str, str], int]) -> list[str]:
    """Byte-pair encoding by its definition: the first of all merges that applies, leftmost, until none does."""
    while pairs := [(merges[pair], at) for at, pair in enumerate(pairwise(word)) if pair in merges]:
        _, at = min(pairs)
        word = [*word[:at], word[at] + word[at + 1], *word[at + 2 :]]
    return word


def test_ids_are_those_of_the_merges_applied_one_after_the_other(grow) -> None:
    grown = grow("byte-level")
    content = grown.json()
    vocabulary = content["model"]["vocab"]
    merges = {merge_pair(merge): rank for rank, merge in enumerate(content["model"]["merges"])}
    words = tokenizers.Tokenizer.from_str(json.dumps(content)).pre_tokenizer

    @FEW
    @given(text=TEXT.filter(lambda text: "\n\n" not in text and "<tool>" not in text))
    def check(text: str) -> None:
        expected = [
            vocabulary[part]
            for word, _ in words.pre_tokenize_str(text)
            for part in greedy(list(word), merges)
        ]
        assert grown.after.encode(text) == expected

    check()


@pytest.mark.parametrize("kind", ["sentencepiece", "soofi's own"])
def test_the_extended_sentencepiece_model_agrees_wherever_the_old_one_did(grow, kind: str) -> None:
    grown = grow(kind)
    old, new = (
        sentencepiece.SentencePieceProcessor(model_file=str(directory / "tokenizer.model"))
        for directory in (grown.source, grown.run.tokenizer)
    )
    assert new.get_piece_size() == grown.after.vocabulary_size
    agreed = 0

    @FEW
    @given(text=TEXT)
    def check(text: str) -> None:
        nonlocal agreed
        if old.encode(text) == grown.before.encode(text):
            agreed += 1
            assert new.encode(text) == grown.after.encode(text)

    check()
    assert agreed > 30


def test_what_would_disagree_is_left_out(grow, texts, tmp_path: Path) -> None:
    """A tokenizer.model whose pieces are fewer than the entries of tokenizer.json cannot have the same ids."""
    source = shutil.copytree(grow("soofi's own").source, tmp_path / "given")
    (source / "merges.txt").write_text("")
    tokenizer = tokenizers.Tokenizer.from_file(str(source / "tokenizer.json"))
    tokenizer.add_tokens(["<tool>"])
    tokenizer.save(str(source / "tokenizer.json"))
    write_corpus(tmp_path / "corpus", texts)
    (tmp_path / "out").mkdir()
    take_tokenizer(extended(source, entries=20), corpus_files(tmp_path / "corpus", "train"), tmp_path / "out")
    assert not (tmp_path / "out" / "tokenizer.model").exists()
    assert not (tmp_path / "out" / "merges.txt").exists()
    assert open_tokenizer(tmp_path / "out").files == ("tokenizer.json", "tokenizer_config.json")
    assert min(read_extension(tmp_path / "out")) == open_tokenizer(tmp_path / "out").vocabulary_size - 20


def extended(source: Path, **values: object) -> GivenTokenizer:
    return GivenTokenizer.model_validate({"from": source, "extend": values})


def test_characters_that_were_spelled_in_bytes_get_entries(grow) -> None:
    grown = grow("sentencepiece")
    assert len(grown.before.encode("ħħ")) == 5  # a space, and twice two bytes
    assert len(grown.after.encode("ħħ")) == 3


def test_no_new_entry_spells_a_special_token_or_goes_beyond_a_word(grow) -> None:
    for kind in KINDS:
        grown = grow(kind)
        new = [bytes.fromhex(data) for data in token_bytes(grown.run.tokenizer)][
            grown.before.vocabulary_size :
        ]
        assert not {token.encode() for token in (*SPECIAL, "<eod>", "<pad>")} & set(new)
        if kind in ("sentencepiece", "soofi's own"):
            for text in (data.decode() for data in new):
                assert " " not in text[1:] and not any(c.isnumeric() for c in text)
                assert text.strip().isalpha() or not any(c.isalpha() for c in text)


def test_what_is_saved_is_told_by_language(grow) -> None:
    grown = grow("byte-level")
    measurement = json.loads((grown.run.tokenizer / "measurement.json").read_text())
    saved = measurement["extension"]
    assert saved["entries"] == ENTRIES
    for language, figures in saved["languages"].items():
        documents = corpus_texts(grown.run, language)
        old, new = (sum(len(t.encode(text)) for text in documents) for t in (grown.before, grown.after))
        assert figures["tokens_saved"] == pytest.approx(1 - new / old, abs=1e-4)
        assert figures["bytes_per_token"] >= figures["bytes_per_token_before"]
    assert saved["languages"]["mt"]["tokens_saved"] > saved["languages"]["en"]["tokens_saved"]
    assert (
        f"{ENTRIES} new entries save {saved['total']['tokens_saved']:.1%} of all tokens (" in grown.said[-1]
    )
    facts = tokenizer_facts(grown.run)
    assert facts["new_entries"] == ENTRIES
    assert facts["tokens_saved"]["mt"] == saved["languages"]["mt"]["tokens_saved"]
    assert facts["vocabulary_size"] == grown.after.vocabulary_size


def corpus_texts(run: RunDirectory, language: str) -> list[str]:
    from soofi.tokenizer.sample import iterate_texts

    return [
        text
        for path in corpus_files(run.corpus, "validation")[language]
        for text in iterate_texts(path, "validation")
    ]


@pytest.fixture
def files(grow) -> dict[str, dict[Path, int]]:
    return corpus_files(grow("byte-level").run.corpus, "train")


def test_named_languages_gain_most(grow, files, tmp_path: Path) -> None:
    grown = grow("byte-level")
    take_tokenizer(extended(grown.source, entries=ENTRIES, languages=["mt"]), files, tmp_path)
    focused = open_tokenizer(tmp_path)
    text = "".join(corpus_texts(grown.run, "mt"))
    assert len(focused.encode(text)) < len(grown.after.encode(text))


def test_the_same_text_gives_the_same_bytes(grow, files, tmp_path: Path) -> None:
    for kind in ("byte-level", "sentencepiece"):
        grown = grow(kind)
        again = tmp_path / kind
        again.mkdir()
        take_tokenizer(extended(grown.source, entries=ENTRIES), files, again)
        for path in again.iterdir():
            assert path.read_bytes() == (grown.run.tokenizer / path.name).read_bytes(), path.name


@pytest.mark.parametrize("kind", KINDS)
def test_without_new_entries_nothing_changes(grow, files, tmp_path: Path, kind: str) -> None:
    source = grow(kind).source
    for name, values in {"as-it-is": {}, "extended": {"extend": {"entries": 0}}}.items():
        (tmp_path / name).mkdir()
        take_tokenizer(GivenTokenizer.model_validate({"from": source, **values}), files, tmp_path / name)
    one, two = (
        {p.name: p.read_bytes() for p in (tmp_path / name).iterdir()} for name in ("as-it-is", "extended")
    )
    assert json.loads(two.pop("extension.json"))["pieces"] == []
    assert one == two


@pytest.mark.parametrize(
    ("values", "model", "sentence"),
    [
        ({"entries": 9, "languages": ["ja"]}, {}, r"tokenizer.extend.languages names 'ja', in which the corpus has no training"),
        ({"entries": 9_000, "sample_bytes": 5_000}, {}, r"new entries that stand in it at least tokenizer.extend.min_frequency times \(2\): lower"),
        ({"entries": 9}, {"dropout": 0.1}, r"the given tokenizer has dropout 0.1, which new entries cannot follow"),
        ({"entries": 9}, {"end_of_word_suffix": "</w>"}, r"has end_of_word_suffix '</w>', which new entries cannot follow"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_a_sentence(
    grow, files, tmp_path: Path, values: dict, model: dict, sentence: str
) -> None:
    source = shutil.copytree(grow("byte-level").source, tmp_path / "given")
    content = json.loads((source / "tokenizer.json").read_text())
    edit(source, "tokenizer.json", model=content["model"] | model)
    (tmp_path / "out").mkdir()
    with pytest.raises(ValueError, match=sentence):
        take_tokenizer(extended(source, **values), files, tmp_path / "out")


def test_a_damaged_sentencepiece_model_is_named(grow, files, tmp_path: Path) -> None:
    source = shutil.copytree(grow("soofi's own").source, tmp_path / "given")
    (source / "tokenizer.model").write_bytes(b"\x00\x01")
    (tmp_path / "out").mkdir()
    with pytest.raises(ValueError, match=r"the given tokenizer.model is damaged: fetch the directory again"):
        take_tokenizer(extended(source, entries=9), files, tmp_path / "out")


@pytest.mark.parametrize(
    "content", ["{", '{"format": "soofi.tokenizer-extension/1", "first_id": 2, "pieces": [[2]]}']
)
def test_a_damaged_extension_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "extension.json").write_text(content)
    with pytest.raises(ValueError, match=r"extension.json is damaged: make the tokenizer again"):
        read_extension(tmp_path)
    (tmp_path / "extension.json").write_text(
        '{"format": "soofi.tokenizer-extension/2", "first_id": 2, "pieces": []}'
    )
    with pytest.raises(ValueError, match=r"this soofi reads soofi.tokenizer-extension/1: use a newer soofi"):
        read_extension(tmp_path)
