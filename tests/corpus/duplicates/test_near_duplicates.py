"""Near-duplicates and repeated lines in the whole stage, by real worker processes where it says so."""

import json
import random
import subprocess
from collections import Counter
from contextlib import contextmanager

import pyarrow.parquet as pq
import pytest

from soofi.corpus import corpus_shards, stage
from soofi.corpus.duplicates import near, repeated_lines
from soofi.corpus.engine.after_documents import AFTER_DOCUMENTS
from soofi.corpus.engine.phases import prepare_phase
from soofi.corpus.engine.work import read_job
from soofi.recipe import RecipeError, dump_recipe

NOTICE = "Diese Seite wurde zuletzt im Januar geändert; alle Angaben ohne Gewähr."


@pytest.fixture(scope="module")
def long(prose):
    """A text of six paragraphs; another number gives another text."""
    return lambda language, number: "\n".join(prose(language, number * 100 + part) for part in range(6))


@pytest.fixture(scope="module")
def documents(long):
    """Records of two sources. Each fourth text of `web` stands in `law` again, with another last word or to the byte."""
    web = [
        {"text": f"{long('de', n)}\n{NOTICE}", "id": n, "url": f"https://example.org/{n}"} for n in range(24)
    ]
    law = [
        {
            "text": f"{web[n]['text']} {ending}".strip(),
            "id": f"{n}{ending}",
            "url": f"https://example.eu/{n}",
            "language": "de",
        }
        for n in range(0, 24, 4)
        for ending in ("Ende", "Schluss", "")
    ]
    alone = {"text": long("de", 90), "id": "alone", "url": "https://example.eu/90", "language": "de"}
    return {"web": web, "law": [*law, alone]}


@contextmanager
def in_this_process(corpus, log, say):
    """`executor` without processes: they take a second each to start."""

    def carry_out(work, phase, sizes):
        steps = prepare_phase(phase, work, read_job(work))
        for task in range(len(sizes)):
            data = None
            for step in steps():
                data = step.run(data, task, len(sizes))
            assert not list(data)

    yield carry_out


@pytest.fixture
def make_here(make, monkeypatch):
    def carry_out(*arguments):
        with monkeypatch.context() as patch:
            patch.setattr(stage, "executor", in_this_process)
            return make(*arguments)

    return carry_out


def written(folder, documents, files=1):
    sources = []
    for name, records in documents.items():
        for number in range(files):
            lines = [json.dumps(record) for record in records[number::files]]
            path = folder / name / f"{number}.jsonl"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("\n".join(lines) + "\n")
        sources.append({"name": name, "paths": [str(folder / name)], "language": "de"})
    return sources


@pytest.fixture(scope="module")
def sources(documents, tmp_path_factory):
    return written(tmp_path_factory.mktemp("texts"), documents)


@pytest.fixture(scope="module")
def run(sources, recipe_of, make, tmp_path_factory):
    """In as many parts as the search can be divided into, by this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage, "executor", in_this_process)
        patch.setattr(near, "PART_BYTES", 1)
        patch.setattr(near, "BUCKET_ROWS", 30)
        return make(recipe_of(sources, ["de"]), tmp_path_factory.mktemp("run") / "parts")


def dropped(run):
    return [row for path in sorted(run.corpus.glob("dropped/*")) for row in pq.read_table(path).to_pylist()]


def kept(run):
    return [row for shard in corpus_shards(run.corpus) for row in pq.read_table(shard.path).to_pylist()]


def fates(run):
    """What can be said of each document without the order of the dropped ones."""
    return {row["id"]: (row["reason"], row["evidence"], row["duplicate_of"]) for row in dropped(run)}


def test_of_near_duplicates_the_longest_stays_and_the_others_say_what_stands_for_them(run, documents):
    by_id = {row["id"]: row for row in kept(run)}
    reasons = Counter((row["stage"], row["reason"], row["source"]) for row in dropped(run))
    # "… Schluss" is longer than "… Ende" and than the text of `web`, whose copy in `law` is one to the byte.
    assert reasons.total() == 18
    assert {key[:2] for key in reasons} == {
        ("deduplicate", "near_duplicate"),
        ("deduplicate", "exact_duplicate"),
    }
    for row in dropped(run):
        stands = by_id[row["duplicate_of"]]
        assert stands["text"].endswith("Schluss") and stands["source"] == "law"
        evidence = json.loads(row["evidence"])
        assert 0.75 <= evidence["jaccard"] < 1
    assert len(by_id) == 25 and all(row["duplicate_of"] is None for row in by_id.values())


def test_the_account_names_what_near_duplicates_took(run):
    account = json.loads((run.corpus / "accounting.json").read_text())["total"]["stages"]["deduplicate"]
    for unit in ("documents", "bytes"):
        assert account["in"][unit] == account["kept"][unit] + account["dropped"][unit]
    counted = Counter(row["reason"] for row in dropped(run))
    assert {reason: amount["documents"] for reason, amount in account["reasons"].items()} == counted


def test_workers_division_and_the_place_of_files_change_nothing(
    run, documents, sources, recipe_of, make_here, tmp_path, bytes_below
):
    one = make_here(recipe_of(sources, ["de"], workers=2), tmp_path / "here")
    assert bytes_below(one.corpus) == bytes_below(run.corpus)
    backwards = {name: records[::-1] for name, records in documents.items()}
    others = written(tmp_path / "texts", backwards, files=4)[::-1]
    four = make_here(recipe_of(others, ["de"], workers=2), tmp_path / "four")
    assert fates(four) == fates(run)
    assert kept(four) == kept(run)


def test_a_search_that_was_interrupted_goes_on(
    run, sources, recipe_of, make_here, tmp_path, bytes_below, monkeypatch
):
    monkeypatch.setattr(near, "PART_BYTES", 1)
    recipe = recipe_of(sources, ["de"])
    for phase in ("buckets", "shingles", "compare"):
        prepare = AFTER_DOCUMENTS[phase]

        def interrupted(work, job, prepare=prepare):
            carry_out = prepare(work, job)

            def one(task):
                if task == 1:
                    raise KeyboardInterrupt
                carry_out(task)

            return one

        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setitem(AFTER_DOCUMENTS, phase, interrupted)
            make_here(recipe, tmp_path)
    assert list(tmp_path.glob(".work/corpus/*/near/verdicts/*"))
    make_here(recipe, tmp_path)
    assert bytes_below(tmp_path / "corpus") == bytes_below(run.corpus)


def test_a_preferred_source_stands_for_the_others(sources, recipe_of, make_here, tmp_path):
    preferring = make_here(recipe_of(sources, ["de"], deduplicate={"prefer": ["web"]}), tmp_path)
    assert Counter(row["source"] for row in dropped(preferring)) == {"law": 18}
    with pytest.raises(
        RecipeError, match=r"prefer names 'books', which is none of corpus.sources \(web, law\)"
    ):
        recipe_of(sources, ["de"], deduplicate={"prefer": ["books"]})
    with pytest.raises(RecipeError, match=r"deduplicate.prefer names 'web' twice: name each source once"):
        recipe_of(sources, ["de"], deduplicate={"prefer": ["web", "web"]})


def test_marked_near_duplicates_stay_and_a_cluster_is_on_one_side(sources, recipe_of, make_here, tmp_path):
    split = {"fraction": 0.4, "minimum_documents": 0, "minimum_bytes": 0}
    recipe = recipe_of(sources, ["de"], deduplicate={"near": {"action": "mark"}}, validation_split=split)
    rows = kept(make_here(recipe, tmp_path))
    assert len(rows) == 25 + 12  # without the copies to the byte
    by_id = {row["id"]: row for row in rows}
    marked = [row for row in rows if row["duplicate_of"]]
    assert len(marked) == 12
    for row in marked:
        assert by_id[row["duplicate_of"]]["split"] == row["split"]
        assert by_id[row["duplicate_of"]]["duplicate_of"] is None
    assert {row["split"] for row in marked} == {"train", "validation"}


def test_without_the_search_only_equal_texts_go(sources, recipe_of, make_here, tmp_path):
    rows = dropped(make_here(recipe_of(sources, ["de"], deduplicate={"near": {"action": "off"}}), tmp_path))
    assert {row["reason"] for row in rows} == {"exact_duplicate"} and len(rows) == 6
    assert all(json.loads(row["evidence"]).keys() == {"text_sha256"} for row in rows)


LINES = {"action": "remove", "documents": 20, "line_words": 4}


def test_repeated_lines_are_taken_out_before_near_duplicates_are_looked_for(
    sources, recipe_of, make_here, tmp_path, bytes_below, monkeypatch, long
):
    off = {"near": {"action": "off"}}
    run = make_here(recipe_of(sources, ["de"], deduplicate={"lines": LINES} | off), tmp_path / "one")
    assert not any(NOTICE in row["text"] for row in kept(run) if row["source"] == "web")
    # What `law` put behind the notice made other lines of it, of which there are only six each.
    endings = Counter(row["text"].rpartition(" ")[2] for row in kept(run) if row["source"] == "law")
    assert (endings["Ende"], endings["Schluss"]) == (6, 6)
    account = json.loads((run.corpus / "accounting.json").read_text())["total"]["stages"]["deduplicate"]
    assert account["removed_bytes"] == 30 * len(f"\n{NOTICE}".encode())
    assert account["in"]["bytes"] == sum(account[name]["bytes"] for name in ("kept", "dropped")) + 30 * len(
        f"\n{NOTICE}".encode()
    )
    monkeypatch.setattr(repeated_lines, "RANGE_BYTES", 200)
    again = make_here(
        recipe_of(sources, ["de"], workers=1, deduplicate={"lines": LINES} | off), tmp_path / "many"
    )
    assert bytes_below(again.corpus) == bytes_below(run.corpus)
    near_too = make_here(recipe_of(sources, ["de"], deduplicate={"lines": LINES}), tmp_path / "near")
    assert Counter(row["reason"] for row in dropped(near_too)) == {"exact_duplicate": 6, "near_duplicate": 12}
    assert {row["text"].rpartition("\n")[2] for row in kept(near_too) if row["source"] == "law"} == {
        f"{NOTICE} Schluss",
        long("de", 90).rpartition("\n")[2],
    }


def test_a_document_that_is_mostly_repeated_lines_goes(documents, recipe_of, make_here, tmp_path, long):
    menu = "\n".join(f"Das ist Zeile {n} von vielen, die auf jeder dieser Seiten stehen" for n in range(12))
    pages = [{"text": f"{menu}\n{long('de', 50 + n)[:150]}", "id": n} for n in range(5)]
    sources = written(tmp_path / "texts", {"web": [*documents["web"], *pages]})
    lines = LINES | {"action": "drop", "documents": 5}
    run = make_here(recipe_of(sources, ["de"], deduplicate={"lines": lines}), tmp_path / "run")
    gone = [row for row in dropped(run) if row["reason"] == "repeated_lines"]
    assert len(gone) == 5 and {row["stage"] for row in gone} == {"deduplicate"}
    for row in gone:
        assert json.loads(row["evidence"])["repeated_share"] > 0.5
    assert sum(NOTICE in row["text"] for row in kept(run)) == 24  # of these it is no great part


KILLED = """
import sys
from pathlib import Path
from soofi.corpus import make_corpus
from soofi.corpus.duplicates import near
from soofi.corpus.engine import execute
from soofi.ledger import RunDirectory
from soofi.recipe import load_recipe
execute.SMALL_BYTES, near.PART_BYTES, near.BUCKET_ROWS = -1, 1, 30
make_corpus(load_recipe(sys.argv[1]), RunDirectory(Path(sys.argv[2])), {"texts": "0" * 64}, print)
"""


@pytest.mark.nightly
def test_kills_at_any_moment_change_nothing(run, sources, recipe_of, start_python, tmp_path, bytes_below):
    """By processes, killed in every phase: whoever goes on finds what was finished and nothing else."""
    (tmp_path / "recipe.yaml").write_text(dump_recipe(recipe_of(sources, ["de"], workers=2)))
    chance, kills, patience_seconds = random.Random(7), 0, 1.0
    while True:
        process = start_python(KILLED, tmp_path / "recipe.yaml", tmp_path / "run")
        try:
            output = process.communicate(timeout=patience_seconds * (0.5 + chance.random()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            kills, patience_seconds = kills + 1, patience_seconds * 1.2
            continue
        assert process.returncode == 0, output
        break
    assert kills > 2
    assert bytes_below(tmp_path / "run/corpus") == bytes_below(run.corpus)
