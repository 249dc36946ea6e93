"""A fastText model file in place of the models that come along."""

import pyarrow as pa
import pytest

from soofi.corpus.batches import WORKING
from soofi.corpus.identification.files import model_files
from soofi.corpus.identification.stage import prepare_identify
from soofi.corpus.identification.tags import classes_of, tag_of
from soofi.recipe.identification import Identify
from tests.corpus.conftest import prose_of

fasttext = pytest.importorskip("fasttext", reason="the extra `fasttext` is not installed")

LABELS = {"de": "deu_Latn", "lt": "lit_Latn", "hr": "hrv_Latn", "sr-Latn": "srp_Latn", "sr-Cyrl": "srp_Cyrl"}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A small model with labels as GlotLID's, learnt here."""
    folder = tmp_path_factory.mktemp("fasttext")
    lines = [
        f"__label__{name} {prose_of(tag, number)}" for number in range(60) for tag, name in LABELS.items()
    ]
    (folder / "lines.txt").write_text("\n".join(lines), encoding="utf-8")
    learnt = fasttext.train_supervised(
        str(folder / "lines.txt"), minn=2, maxn=4, dim=16, bucket=20000, lr=0.8, epoch=40, thread=1, verbose=0
    )
    learnt.save_model(str(folder / "model.bin"))
    return folder / "model.bin"


def identified(model, *rows, expected=()):
    batch = pa.RecordBatch.from_pylist([{"text": text, "language": tag} for tag, text in rows], WORKING)
    return prepare_identify(Identify(model=model), expected)(batch).to_pylist()


def test_a_given_model_identifies_and_its_labels_become_tags(model):
    rows = identified(model, *((None, prose_of(tag, 99)) for tag in LABELS))
    assert [row["language"] for row in rows] == list(LABELS)
    assert all(row["reason"] is None and row["language_score"] > 0.5 for row in rows)


def test_the_stage_drops_by_the_given_model_too(model):
    wrong, unknown, right = identified(
        model, ("de", prose_of("lt", 99)), ("mt", prose_of("lt", 99)), ("lt", prose_of("lt", 98) + "\nSo.")
    )
    assert wrong["reason"] == "not_declared_language"
    assert unknown["reason"] == "language_unknown_to_identifier"
    assert right["reason"] is None


def test_a_text_without_a_word_is_uncertain(model):
    [row] = identified(model, ("de", " \n "))
    assert row["reason"] == "uncertain_language"


def test_the_model_is_an_input_of_the_corpus_under_a_name_of_its_own(model):
    assert model_files(Identify(model=model)) == {"model": model}
    assert model_files(Identify()) == {}
    with pytest.raises(FileNotFoundError, match="where there is no file: give the path of a fastText model"):
        model_files(Identify(model=model.with_name("none.bin")))


def test_a_file_that_is_no_model_is_refused_in_a_sentence(model):
    with pytest.raises(ValueError, match="is no fastText model: give a .bin or .ftz file"):
        prepare_identify(Identify(model=model.with_name("lines.txt")), [])


@pytest.mark.parametrize(
    ("label", "tag"),
    [
        ("__label__hrv_Latn", "hr"),
        ("__label__ekk_Latn", "et"),
        ("__label__srp_Latn", "sr-Latn"),
        ("__label__srp_Cyrl", "sr-Cyrl"),
        ("__label__sr", "sr-Cyrl"),
        ("__label__mt", "mt"),
        ("__label__kab_Latn", "kab"),
    ],
)
def test_labels_of_glotlid_and_lid176_are_understood(label, tag):
    assert tag_of(label) == tag
    assert tag in classes_of(tag)
