"""The whole stage over small files, by real worker processes."""

import json
import re
from collections import Counter
from itertools import pairwise

import pyarrow.parquet as pq
import pytest

from soofi.corpus import corpus_facts, corpus_governing, corpus_shards, iterate_documents, stage
from soofi.corpus.documents import DOCUMENT
from soofi.corpus.writing import decisions, gather, scatter
from soofi.corpus.writing import dropped as dropped_files
from soofi.ledger import DigestCache, is_finished

SHARED = 5  # documents that both sources have


def sources(folder):
    return [
        {"name": "web", "paths": [str(folder / "web/*.jsonl")], "language": "de", "licence": "CC0-1.0"},
        {"name": "law", "paths": [str(folder / "law/*.jsonl")], "domain": "law"},
    ]


@pytest.fixture(scope="module")
def texts(tmp_path_factory, jsonl, prose):
    """Two sources, three languages, duplicates across sources, and lines of every defect."""
    folder = tmp_path_factory.mktemp("texts")
    german = [{"text": prose("de", n), "url": f"https://example.org/{n}"} for n in range(60)]
    jsonl(folder / "web/b.jsonl", *german)
    jsonl(
        folder / "web/a.jsonl",
        b"{broken",
        {"text": 5},
        {"text": "zu kurz, um etwas zu lernen, aber deutlich genug für ein Urteil"},
        {"text": prose("en", 1)},
        {"text": prose("de", 0)},  # again inside the source
        {"text": prose("de", 900), "id": "same"},
        {"text": prose("de", 901), "id": "same"},
    )
    croatian = [{"text": prose("hr", n), "language": "hr", "id": n} for n in range(20)]
    english = [{"text": prose("en", n)} for n in range(12)]
    jsonl(folder / "law/c.jsonl", *german[:SHARED], *croatian, *english, {"text": "12 345"})
    return folder


@pytest.fixture(scope="module")
def recipe(texts, recipe_of):
    return recipe_of(sources(texts), ["de", "hr", "en"], workers=2)


@pytest.fixture(scope="module")
def run(recipe, make, tmp_path_factory):
    return make(recipe, tmp_path_factory.mktemp("run") / "two-workers")


def dropped(run):
    paths = sorted(run.corpus.glob("dropped/*.parquet"))
    return [row for path in paths for row in pq.read_table(path).to_pylist()]


def kept(run):
    return [row for shard in corpus_shards(run.corpus) for row in pq.read_table(shard.path).to_pylist()]


def test_shards_stand_by_source_and_language_with_the_columns_of_a_document(run):
    found = corpus_shards(run.corpus)
    assert [(shard.source, shard.language, shard.part) for shard in found] == [
        ("law", "de", 0),
        ("law", "en", 0),
        ("law", "hr", 0),
        ("web", "de", 0),
    ]
    for shard in found:
        assert pq.read_schema(shard.path).equals(DOCUMENT)
        for row in pq.read_table(shard.path).to_pylist():
            assert (row["source"], row["language"]) == (shard.source, shard.language)
            assert re.fullmatch("[0-9a-f]{64}", row["id"]) and row["split"] in ("train", "validation")
            assert row["licence"] == ("CC0-1.0" if shard.source == "web" else None)
            assert row["domain"] == ("law" if shard.source == "law" else "general")
            assert row["quality"]["characters"] == len(row["text"])


def test_every_dropped_document_has_its_reason(run):
    reasons = Counter((row["stage"], row["reason"]) for row in dropped(run))
    assert reasons == {
        ("read", "not_json"): 1,
        ("read", "text_not_a_string"): 1,
        ("quality", "minimum_characters"): 1,
        ("identify", "not_declared_language"): 1,
        ("identify", "uncertain_language"): 1,
        ("deduplicate", "exact_duplicate"): SHARED + 1,
        ("deduplicate", "repeated_id"): 1,
    }
    assert all(isinstance(json.loads(row["evidence"]), dict) for row in dropped(run))
    assert "text" not in dropped(run)[0]


def test_of_equal_texts_the_one_with_the_smallest_id_stays(run):
    by_id = {row["id"]: row for row in kept(run)}
    again = [row for row in dropped(run) if row["reason"] == "exact_duplicate"]
    assert {row["source"] for row in again} | {by_id[row["duplicate_of"]]["source"] for row in again} == {
        "law",
        "web",
    }
    for row in again:
        original = by_id[row["duplicate_of"]]
        assert row["id"] > original["id"]
        assert json.loads(row["evidence"]) == {"text_sha256": original["text_sha256"]}
    assert len({row["text"] for row in by_id.values()}) == len(by_id)


def test_splits_share_no_text_and_hold_the_minimum(run):
    rows = kept(run)
    for language in ("de", "hr", "en"):
        held_out = [row for row in rows if (row["language"], row["split"]) == (language, "validation")]
        train = [row for row in rows if (row["language"], row["split"]) == (language, "train")]
        assert len(held_out) >= 2 and sum(len(row["text"].encode()) for row in held_out) >= 1000
        assert len(held_out) <= len(train)
        assert not {row["text_sha256"] for row in held_out} & {row["text_sha256"] for row in train}


def test_documents_are_iterated_in_file_order_by_split(run):
    for shard in corpus_shards(run.corpus):
        table = pq.read_table(shard.path).to_pylist()
        assert list(iterate_documents(shard.path)) == [(row["id"], row["text"]) for row in table]
        for split in ("train", "validation"):
            found = list(iterate_documents(shard.path, split, ("text", "split", "language")))
            assert found == [(r["text"], split, r["language"]) for r in table if r["split"] == split]
    with pytest.raises(ValueError, match="no column 'words': it has id, text"):
        list(iterate_documents(shard.path, columns=("words",)))


def test_every_stage_takes_in_what_it_keeps_and_drops(run, texts):
    account = json.loads((run.corpus / "accounting.json").read_text())
    assert account["format"] == "soofi.accounting/1"
    lines = sum(path.read_bytes().count(b"\n") for path in texts.rglob("*.jsonl"))
    assert account["total"]["stages"]["read"]["in"]["documents"] == lines
    tables = [table for languages in account["sources"].values() for table in languages.values()]
    for unit in ("documents", "bytes"):
        for table in [*tables, account["total"]]:
            stages = [table["stages"][name] for name in account["stages"]]
            for one in stages:
                assert one["in"][unit] == one["kept"][unit] + one["dropped"][unit]
                assert one["dropped"][unit] == sum(reason[unit] for reason in one["reasons"].values())
            for before, after in pairwise(stages):
                assert before["kept"][unit] == after["in"][unit]
            assert stages[-1]["kept"][unit] == sum(table["split"][s][unit] for s in ("train", "validation"))
        for name in account["stages"]:
            of_stage = [table["stages"][name]["in"][unit] for table in tables]
            assert account["total"]["stages"][name]["in"][unit] == sum(of_stage)
    assert account["total"]["split"]["train"]["bytes"] == sum(
        len(row["text"].encode()) for row in kept(run) if row["split"] == "train"
    )
    assert account["sources"]["law"]["und"]["stages"]["identify"]["dropped"]["documents"] == 1


def test_the_manifest_and_the_facts_describe_the_directory(run, recipe):
    assert is_finished(
        run.corpus, {"texts": "0" * 64}, corpus_governing(recipe), DigestCache(run.digest_cache)
    )
    facts = corpus_facts(run)
    assert facts["kept"]["documents"] == len(kept(run)) == sum(facts["languages"].values())
    assert sum(facts["dropped"].values()) == len(dropped(run))
    assert facts["languages"].keys() == {"de", "hr", "en"}


def test_nothing_is_left_behind_and_libraries_speak_into_the_log(run, capfd):
    assert sorted(path.name for path in run.path.iterdir()) == ["corpus", "logs"]
    assert "Processing done" in (run.logs / "corpus.log").read_text()
    assert capfd.readouterr() == ("", "")


def test_one_worker_makes_the_same_bytes(run, texts, recipe_of, make, tmp_path, bytes_below):
    one = make(recipe_of(sources(texts), ["de", "hr", "en"], workers=1), tmp_path)
    assert bytes_below(one.corpus) == bytes_below(run.corpus)


def test_small_shards_hold_the_same_rows_and_dropped_text_is_kept_on_demand(
    run, texts, recipe_of, make, tmp_path, monkeypatch
):
    monkeypatch.setattr(stage, "SHARD_BYTES", 1500)
    monkeypatch.setattr(decisions, "GROUP_SHARDS", 4)
    monkeypatch.setattr(gather, "GROUP_SHARDS", 3)
    monkeypatch.setattr(scatter, "_HELD_BYTES", 3000)
    monkeypatch.setattr(dropped_files, "_ROW_GROUP_ROWS", 2)
    monkeypatch.setattr(dropped_files, "DROPPED_ROWS", 4)
    small = make(recipe_of(sources(texts), ["de", "hr", "en"], keep_dropped_text=True), tmp_path)
    assert len(corpus_shards(small.corpus)) > 10
    assert kept(small) == kept(run)
    assert len(list(small.corpus.glob("dropped/*.parquet"))) > 2
    assert [row["id"] for row in dropped(small)] == [row["id"] for row in dropped(run)]
    for row in dropped(small):
        assert row["text_bytes"] == len((row["text"] or "").encode())
    assert {row["text"] for row in dropped(small)} > {"12 345"}


def test_what_is_missing_is_said_in_one_sentence(tmp_path, jsonl, prose, recipe_of, make):
    jsonl(tmp_path / "good.jsonl", *({"text": prose("de", n)} for n in range(4)))
    jsonl(
        tmp_path / "single.jsonl",
        {"text": prose("lt", 1), "language": "lt"},
        {"text": "per trumpas", "language": "lt"},
    )
    jsonl(tmp_path / "bad.jsonl", b"{", b"[]", b"[]")
    good, single, bad = (
        {"name": n, "paths": [str(tmp_path / f"{n}.jsonl")]} for n in ("good", "single", "bad")
    )
    with pytest.raises(
        ValueError,
        match=r"^source 'bad' has no usable document \(dropped: 2 not_an_object, 1 not_json\): correct",
    ):
        make(recipe_of([good, bad], ["de"]), tmp_path / "run")
    with pytest.raises(
        ValueError,
        match=r"^language 'lt' has no usable validation document \(dropped: 1 \w+\); "
        r"'mt' has no usable training document: add text",
    ):
        make(recipe_of([good, single], ["de", "lt", "mt"]), tmp_path / "run")
    assert not (tmp_path / "run/corpus").exists()


def test_a_damaged_file_is_the_users_error_not_the_workers(tmp_path, recipe_of, make):
    (tmp_path / "a.jsonl.gz").write_bytes(b"not gzip at all")
    recipe = recipe_of([{"name": "web", "paths": [str(tmp_path / "a.jsonl.gz")]}], ["de"])
    with pytest.raises(ValueError, match=r"^\S+a\.jsonl\.gz is damaged or cut off: fetch or make it again$"):
        make(recipe, tmp_path / "run")
