"""Erasing documents that others repeat, word for word or nearly, and ids that several records claim."""

import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from soofi.corpus import corpus_shards, make_corpus
from soofi.ledger import RunDirectory
from soofi.pipeline import exposure
from soofi.pipeline.erasure import erase
from soofi.recipe import load_recipe

ACTION = "corpus.sources=[{{name: texts, paths: [{0}/texts.jsonl], language: de}}]"


def prose(number: int) -> str:
    return " ".join(
        f"Im Jahr {number + i} wurde die Brücke bei Kilometer {number * i} neu gebaut und für Fußgänger geöffnet."
        for i in range(12)
    )


@pytest.fixture(scope="module")
def made(smoke_recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    """A corpus with a text, a near copy of it twice over, a text of two ids, and an id of two texts."""
    folder = tmp_path_factory.mktemp("copies")
    near = prose(100).replace("Brücke bei Kilometer 1100", "Straße")
    texts = [
        ("long", prose(100)), ("near", near), ("near again", near), ("twice", prose(300)), ("same", prose(300)),
        ("claimed", prose(500)), ("claimed", prose(700)), *((str(n), prose(n)) for n in range(1000, 1600, 100)),
    ]  # fmt: skip
    lines = [json.dumps({"id": name, "text": text, "url": name}) + "\n" for name, text in texts]
    (folder / "texts.jsonl").write_text("".join(lines), encoding="utf-8")
    changes = ["languages=[de]", ACTION.format(folder), "corpus.keep_dropped_text=true", f"run_root={folder}"]
    recipe = load_recipe(smoke_recipe, [*changes, "generate.prompts={de: Im}"])
    run = RunDirectory(folder / "run")
    make_corpus(recipe, run, {"texts": "0" * 64}, lambda _: None)
    return run


@pytest.fixture
def run(made: RunDirectory, tmp_path: Path) -> RunDirectory:
    shutil.copytree(made.path, tmp_path / "run")
    return RunDirectory(tmp_path / "run")


def rows(run: RunDirectory) -> tuple[list[dict], list[dict]]:
    """Kept and dropped documents."""
    kept = [row for shard in corpus_shards(run.corpus) for row in pq.read_table(shard.path).to_pylist()]
    paths = sorted(run.corpus.glob("dropped/*.parquet"))
    return kept, [row for path in paths for row in pq.read_table(path).to_pylist()]


def ids(run: RunDirectory, url: str) -> list[str]:
    kept, dropped = rows(run)
    return [row["id"] for row in [*kept, *dropped] if row["url"] == url]


def texts_left(run: RunDirectory) -> list[str]:
    kept, dropped = rows(run)
    return [row["text"] for row in [*kept, *dropped] if row["text"]]


def test_a_near_copy_goes_without_the_document_that_it_nearly_repeats(run) -> None:
    for name in ("near again", "near"):
        other = RunDirectory(run.path.with_name(name))
        shutil.copytree(run.path, other.path)
        (document,), (long,) = ids(other, name), ids(other, "long")
        said: list[str] = []
        erase(other, [document], said.append)
        assert said[0].startswith(f"erase: {document} is a near copy of {long}, which stays")
        assert said[1].startswith("erase: 0 documents left the corpus, 0 were overwritten")
        assert long in {row["id"] for row in rows(other)[0]}
        assert not any("Straße" in text for text in texts_left(other))  # of its twin neither


def test_what_is_named_is_not_said_to_stay(run) -> None:
    (near,), (long,) = ids(run, "near"), ids(run, "long")
    said: list[str] = []
    erase(run, [near, long], said.append)
    assert len(said) == 1 and said[0].startswith("erase: 1 document left the corpus")
    assert not any("Straße" in text or text == prose(100) for text in texts_left(run))


def test_an_exact_copy_takes_the_kept_document_with_it(run) -> None:
    dropped = next(row for row in rows(run)[1] if row["url"] in ("twice", "same"))
    erase(run, [dropped["id"]], lambda _: None)
    assert prose(300) not in texts_left(run)


def test_an_id_of_two_records_is_the_kept_one_and_both_go(run) -> None:
    name = ids(run, "claimed")[0]
    assert ids(run, "claimed") == [name, name]
    (found,) = exposure.where(run, [name])
    assert found.corpus is not None and found.corpus.reason is None
    assert [copy.reason for copy in found.copies] == ["repeated_id"]
    said: list[str] = []
    erase(run, [name], said.append)
    assert len(said) == 1 and said[0].startswith("erase: 1 document left the corpus")
    assert not {prose(500), prose(700)} & set(texts_left(run))
