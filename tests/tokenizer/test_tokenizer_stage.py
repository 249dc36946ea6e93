"""The tokenizer stage: what it publishes, from what, and that it does so again bit for bit."""

import json
import shutil

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from soofi.ledger import RunDirectory, read_manifest, verify_run
from soofi.recipe import EU_OFFICIAL
from soofi.tokenizer import SentencePieceTokenizer, make_tokenizer, tokenizer_facts, tokenizer_governing

ALPHABETS = {
    "bg": "абвгдежзийклмнопрстуфхцчшщъьюяѝ", "cs": "áčďéěíňóřšťúůýž", "da": "æøåé", "de": "äöüßẞ",
    "el": "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ", "en": "", "es": "áéíóúüñªº", "et": "äõöüšž", "fi": "åäöšž",
    "fr": "àâæçéèêëîïôœùûüÿ", "ga": "áéíóú", "hr": "čćđšž", "hu": "áéíóöőúüű", "it": "àèéìíîòóùú", "lt": "ąčęėįšųūž",
    "lv": "āčēģīķļņšūž", "mt": "ċġħżàèìòù", "nl": "áéíóúëïöü", "pl": "ąćęłńóśźż", "pt": "áâãàçéêíóôõúªº",
    "ro": "ăâîșțşţ", "sk": "áäčďéíĺľňóôŕšťúýž", "sl": "čšž", "sv": "åäöé",
}  # fmt: skip
"""Letters beyond a–z of the official languages, small; their capitals go with them."""


def made(run: RunDirectory) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in run.tokenizer.iterdir()}


@pytest.fixture
def copy(run, tmp_path) -> RunDirectory:
    """A run with the same corpus and nothing else."""
    shutil.copytree(run.corpus, tmp_path / "corpus")
    return RunDirectory(tmp_path)


def make(recipe, run):
    make_tokenizer(recipe, run, {"corpus": "0" * 64}, lambda line: None)


def test_made_again_it_is_the_same_in_every_byte(recipe, run, copy):
    make(recipe, copy)
    assert made(copy) == made(run)


def test_the_validation_split_does_not_decide_the_vocabulary(recipe, run, copy):
    for path in copy.corpus.glob("*/*/*.parquet"):
        rows = pq.read_table(path).to_pylist()
        for row in rows:
            if row["split"] == "validation":
                row["text"] = "Quixotry zaps jumbled fjord hymns. " * 400
        pq.write_table(pa.Table.from_pylist(rows), path)
    make(recipe, copy)
    assert made(copy)["tokenizer.model"] == made(run)["tokenizer.model"]
    assert made(copy)["measurement.json"] != made(run)["measurement.json"]


def test_text_that_spells_control_entries_does_not_reach_the_vocabulary(tokenizer, run):
    from tokenizers import Tokenizer

    vocabulary = Tokenizer.from_file(str(run.tokenizer / "tokenizer.json")).get_vocab()
    assert not [entry for entry in vocabulary if "<0x" in entry and tokenizer.bytes_of(vocabulary[entry]) > 1]
    assert not [entry for entry in vocabulary if "eod>" in entry and entry != "<eod>"]


@pytest.mark.parametrize("language", sorted(EU_OFFICIAL))
def test_every_letter_of_the_official_languages_is_an_entry(language, tokenizer):
    letters = ALPHABETS[language] + "abcdefghijklmnopqrstuvwxyz"
    capitals = [
        letter.upper() for letter in letters if len(letter.upper()) == 1
    ]  # ß, ΐ, ΰ have none of their own
    for letter in {*letters, *capitals}:
        ids = tokenizer.encode(letter)
        assert len(ids) == 1, f"{letter} falls to bytes"
        assert tokenizer.bytes_of(ids[0]) == len(letter.encode())


def test_punctuation_and_ascii_are_entries(tokenizer):
    for character in [*map(chr, range(32, 127)), *"«»„“”‘’‚‹›–—…·€°§№¿¡"]:
        assert len(tokenizer.encode(character)) == 1


def test_token_bytes_are_what_the_ids_decode_to(tokenizer, run):
    values = json.loads((run.tokenizer / "token_bytes.json").read_text())
    entries = [bytes.fromhex(entry) for entry in values["bytes"]]
    assert values["format"] == "soofi.token-bytes/1"
    assert tokenizer.token_byte_counts().dtype == np.int32
    assert tokenizer.token_byte_counts().tolist() == [len(entry) for entry in entries]
    assert [entries[id] for id in tokenizer.byte_ids()] == [bytes([byte]) for byte in range(256)]
    for id in sorted(set(range(tokenizer.vocabulary_size)) - set(tokenizer.byte_ids())):
        assert tokenizer.decode([id]).encode() == entries[id]


def test_control_entries_come_first_in_the_order_of_the_specification(tokenizer, recipe, run):
    count = len(recipe.tokenizer.control_tokens)
    assert (tokenizer.pad_id, tokenizer.eod_id) == (0, 1)
    assert tokenizer.vocabulary_size == recipe.tokenizer.vocabulary_size
    assert not tokenizer.token_byte_counts()[: count + 1].any()  # and <unk>
    assert tokenizer.token_byte_counts()[count + 1 :].all()


def test_measurement_counts_the_held_out_documents(tokenizer, run, texts):
    measurement = json.loads((run.tokenizer / "measurement.json").read_text())
    assert set(measurement["languages"]) == set(texts)
    for language, documents in texts.items():
        held_out = documents[2::3]
        ids = [id for text in held_out for id in tokenizer.encode(text)]
        figures = measurement["languages"][language]
        assert figures["documents"] == len(held_out)
        assert figures["bytes"] == sum(len(text.encode()) for text in held_out)
        assert figures["words"] == sum(len(text.split()) for text in held_out)
        assert figures["tokens"] == len(ids)
        assert figures["byte_tokens"] == len([id for id in ids if id in tokenizer.byte_ids()])
        assert figures["bytes_per_token"] == pytest.approx(figures["bytes"] / len(ids), abs=1e-4)
        assert figures["tokens_per_word"] == pytest.approx(len(ids) / figures["words"], abs=1e-4)
    assert measurement["total"]["tokens"] == sum(f["tokens"] for f in measurement["languages"].values())


def test_the_manifest_and_facts_describe_what_was_made(run, recipe):
    manifest = read_manifest(run.tokenizer)
    assert manifest.unchanged({"corpus": "0" * 64}, tokenizer_governing(recipe))
    assert {output.path for output in manifest.outputs} == {
        "tokenizer.model", "tokenizer.json", "tokenizer_config.json", "token_bytes.json", "measurement.json",
    }  # fmt: skip
    facts = tokenizer_facts(run)
    assert facts["vocabulary_size"] == recipe.tokenizer.vocabulary_size
    assert set(facts["bytes_per_token"]) == {path.name for path in run.corpus.glob("*/*")}
    assert all(figure > 1 for figure in facts["bytes_per_token"].values())


def test_the_ledger_can_vouch_for_it(recipe, copy):
    make(recipe, copy)
    shutil.rmtree(copy.corpus)
    from soofi.ledger import manifest_sha256

    copy.ledger.append("tokenizer", "tokenizer", {"manifest_sha256": manifest_sha256(copy.tokenizer)})
    assert verify_run(copy)["files"] == 6


def test_too_little_text_says_which_size_fits(recipe, copy):
    with pytest.raises(ValueError, match=r"vocabulary_size 60000 .* set it to \d+ or less"):
        make(recipe.model_copy(update={"tokenizer": _with(recipe, vocabulary_size=60_000)}), copy)
    assert not copy.tokenizer.exists()


def test_too_small_a_vocabulary_is_refused_with_a_sentence(recipe, copy):
    path = next(copy.corpus.glob("*/de/*.parquet"))
    text = " ".join(map(chr, range(0x4E00, 0x5300)))  # more characters than the vocabulary has room for
    pq.write_table(pa.table({"id": ["x"], "text": [text], "split": ["train"]}), path)
    with pytest.raises(
        ValueError, match=r"vocabulary_size 1200 has no room for all characters: set it higher"
    ):
        make(recipe, copy)


def test_no_corpus_is_said_in_one_sentence(recipe, tmp_path):
    with pytest.raises(FileNotFoundError, match="make the corpus first"):
        make(recipe, RunDirectory(tmp_path))


@pytest.mark.parametrize("name", ["tokenizer.model", "token_bytes.json"])
def test_damaged_and_missing_files_are_named(name, run, tmp_path):
    for file in ("tokenizer.model", "token_bytes.json"):
        shutil.copy(run.tokenizer / file, tmp_path)
    (tmp_path / name).write_bytes(b"\xff\xfe no")
    with pytest.raises(ValueError, match=f"{name} is damaged"):
        SentencePieceTokenizer(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(FileNotFoundError, match=name):
        SentencePieceTokenizer(tmp_path)


def test_token_bytes_of_a_newer_format_are_refused(run, tmp_path):
    shutil.copy(run.tokenizer / "tokenizer.model", tmp_path)
    (tmp_path / "token_bytes.json").write_text('{"format": "soofi.token-bytes/2", "bytes": []}')
    with pytest.raises(ValueError, match="use a newer soofi"):
        SentencePieceTokenizer(tmp_path)


def _with(recipe, **changes):
    return type(recipe.tokenizer).model_validate(recipe.tokenizer.model_dump() | changes)
