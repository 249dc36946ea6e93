"""Data sets in the layouts of those that the recipe has presets for, read by the real `datasets`."""

import json
import os
import subprocess
import sys

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from soofi.corpus.reading.sources import locate
from soofi.recipe import Source
from tests.corpus.reading.hub import COMMIT, hub_of


def card(folder, **configurations):
    """README.md with the configurations of a data set: name → split → pattern."""
    text = ["---", "configs:"]
    for name, splits in configurations.items():
        text += [f"- config_name: {name}", "  data_files:"]
        for split, pattern in splits.items():
            text += [f"  - split: {split}", f"    path: {pattern}"]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "README.md").write_text("\n".join([*text, "---", ""]))


def table(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), path)


def data_set(tmp_path, **dataset):
    return {"path": tmp_path, **dataset}


def test_fineweb_2(tmp_path, read):
    card(
        tmp_path,
        deu_Latn={"train": "data/deu_Latn/train/*", "test": "data/deu_Latn/test/*"},
        srp_Cyrl={"train": "data/srp_Cyrl/train/*"},
    )
    for language, script, count in (("deu", "Latn", 2), ("srp", "Cyrl", 1)):
        for part in range(count):
            row = {
                "text": f"Text {part}", "id": f"<urn:uuid:{language}{part}>", "dump": "CC-MAIN-2024-10",
                "url": f"https://example.org/{part}", "date": "2024-03-05T17:04:09Z", "file_path": "s3://x", "language": language,
                "language_score": 0.99, "language_script": script, "minhash_cluster_size": 1, "top_langs": "{}",
            }  # fmt: skip
            table(tmp_path / f"data/{language}_{script}/train/000_0000{part}.parquet", [row])
    table(tmp_path / "data/deu_Latn/test/000_00000.parquet", [{"text": "held out"}])
    source = {"preset": "fineweb-2", "dataset": data_set(tmp_path, configuration="deu_Latn")}
    rows = read(**source)
    assert [(row["text"], row["language"], row["url"], row["date"]) for row in rows] == [
        ("Text 0", "de", "https://example.org/0", "2024-03-05T17:04:09Z"),
        ("Text 1", "de", "https://example.org/1", "2024-03-05T17:04:09Z"),
    ]
    files = locate(Source(name="texts", **source)).files
    assert [file.origin for file in files] == [f"data/deu_Latn/train/000_0000{n}.parquet" for n in range(2)]
    assert [
        row["language"]
        for row in read(preset="fineweb-2", dataset=data_set(tmp_path, configuration="srp_Cyrl"))
    ] == ["sr-Cyrl"]
    assert [
        row["text"]
        for row in read(
            preset="fineweb-2", dataset=data_set(tmp_path, configuration="deu_Latn", split="test")
        )
    ] == ["held out"]


def test_hplt_3(tmp_path, read):
    record = {
        "f": "x.warc.gz", "u": "https://example.org/1", "c": "text/html", "ts": "2016-10-27T11:56:19Z", "crawl_id": "wide15",
        "lang": ["mlt_Latn", "eng_Latn"], "prob": [0.9, 0.1], "text": "Bonġu", "seg_langs": ["mlt_Latn"], "id": "7",
        "doc_scores": [8.1, 9.0], "pii": [],
    }  # fmt: skip
    card(tmp_path, mlt_Latn={"train": "mlt_Latn/*.jsonl.zst"})
    (tmp_path / "mlt_Latn").mkdir()
    data = json.dumps(record).encode() + b"\n{broken\n" + json.dumps({**record, "id": "8"}).encode() + b"\n"
    (tmp_path / "mlt_Latn/8_1.jsonl.zst").write_bytes(pa.compress(data, codec="zstd", asbytes=True))
    first, broken, last = read(preset="hplt-3", dataset=data_set(tmp_path, configuration="mlt_Latn"))
    assert (first["text"], first["language"], first["url"]) == ("Bonġu", "mt", "https://example.org/1")
    assert first["date"] == "2016-10-27T11:56:19Z" and first["id"] != last["id"]
    assert broken["reason"] == "not_json"  # one bad line costs itself


def test_europarl(tmp_path, read):
    card(tmp_path, **{"de-en": {"train": "de-en/train-*"}})
    rows = [{"translation": {"de": f"Satz {n}.", "en": f"Sentence {n}."}} for n in range(40)]
    table(tmp_path / "de-en/train-00000-of-00001.parquet", rows)
    for language, word in (("de", "Satz"), ("en", "Sentence")):
        found = read(preset="europarl", language=language, dataset=data_set(tmp_path, configuration="de-en"))
        assert [row["text"].split("\n") for row in found] == [
            [f"{word} {n}." for n in range(32)],
            [f"{word} {n}." for n in range(32, 40)],
        ]


def test_eurlex_of_one_language_and_of_all(tmp_path, read):
    rows = {"de": "Verordnung", "mt": "Regolament"}
    card(tmp_path, de={"train": "de/*"}, all_languages={"train": "all/*"})
    table(tmp_path / "de/train.parquet", [{"celex_id": "32006D0213", "text": rows["de"], "labels": [1, 2]}])
    table(tmp_path / "all/train.parquet", [{"celex_id": "32006D0213", "text": rows, "labels": [1, 2]}])
    for configuration, language in (("de", "de"), ("all_languages", "de"), ("all_languages", "mt")):
        (row,) = read(
            preset="eurlex", language=language, dataset=data_set(tmp_path, configuration=configuration)
        )
        assert (row["text"], row["language"]) == (rows[language], language)


def test_wikipedia(tmp_path, read):
    card(tmp_path, **{"20231101.lt": {"train": "20231101.lt/train-*"}})
    row = {
        "id": "13",
        "url": "https://lt.wikipedia.org/wiki/Vilnius",
        "title": "Vilnius",
        "text": "Vilnius – sostinė.",
    }
    table(tmp_path / "20231101.lt/train-00000-of-00001.parquet", [row])
    (found,) = read(
        preset="wikipedia", language="lt", dataset=data_set(tmp_path, configuration="20231101.lt")
    )
    assert (found["text"], found["url"], found["language"]) == (row["text"], row["url"], "lt")


def test_what_only_datasets_reads_is_streamed_through_it(tmp_path, read):
    (tmp_path / "data").mkdir()
    texts = pa.table({"text": ["eins", "zwei"], "date": pa.array([0, 1], pa.timestamp("s"))})
    pyarrow.csv.write_csv(texts, tmp_path / "data/train.csv")
    rows = read(dataset=data_set(tmp_path))
    assert [row["text"] for row in rows] == ["eins", "zwei"]
    assert [row["url"] for row in rows] == [None, None] and len({row["id"] for row in rows}) == 2
    (tmp_path / "data/train.csv").write_bytes(b'text,id\n"never closed\n\xff\xfe')
    assert [row["reason"] for row in read(dataset=data_set(tmp_path))] == ["damaged_file"]


def test_what_is_not_there_is_named(tmp_path):
    card(tmp_path / "set", one={"train": "a.parquet"})
    table(tmp_path / "set/a.parquet", [{"text": "a"}])
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken/README.md").write_text("---\nconfigs: *x: [\n---\n")
    for dataset, sentence in (
        ({"path": tmp_path / "broken"}, "data set .*broken: found undefined alias"),
        ({"path": tmp_path / "none"}, "no data set is in .*none: correct dataset.path"),
        ({"path": tmp_path / "set", "configuration": "two"}, "data set .*set: .*two.*one"),
        (
            {"path": tmp_path / "set", "configuration": "one", "split": "test"},
            "has no split 'test': set dataset.split to one of train",
        ),
    ):
        with pytest.raises((ValueError, FileNotFoundError), match=sentence):
            locate(Source(name="texts", dataset=dataset))


def test_the_hub_is_asked_only_where_the_environment_says_so(monkeypatch):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(
        ValueError, match="data set open/set is on the Hub, which nothing asks unless it is told to"
    ):
        locate(Source(name="texts", dataset={"name": "open/set"}))


FROM_THE_HUB = """
import json, sys
from soofi.corpus.engine.tasks import tasks_of
from soofi.corpus.reading.readers import read_batches
from soofi.corpus.reading.sources import locate
from soofi.recipe import Source
from tests.corpus.reading.hub import COMMIT, hub_of
source = Source.model_validate_json(sys.argv[1])
files = locate(source).files
texts = [text for task in tasks_of(files) for batch in read_batches(task, source) for text in batch["text"].to_pylist()]
print(json.dumps({"texts": texts, "files": [[file.place, file.origin, file.digest] for file in files]}))
"""


@pytest.mark.nightly
def test_a_data_set_is_streamed_from_the_hub_by_its_name(tmp_path):
    def read(files):
        source = Source(
            name="web", preset="fineweb-2", dataset={"name": "open/set", "configuration": "deu_Latn"}
        )
        with hub_of("open/set", files) as address:
            done = subprocess.run(
                [sys.executable, "-c", FROM_THE_HUB, source.model_dump_json()],
                env=os.environ
                | {
                    "HF_ENDPOINT": address,
                    "HF_HOME": str(tmp_path / "home"),
                    "HF_HUB_OFFLINE": "0",
                    "NO_PROXY": "127.0.0.1",
                },
                capture_output=True,
                text=True,
                timeout=200,
            )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    folder = tmp_path / "set"
    card(folder, deu_Latn={"train": "data/deu_Latn/train/*"})
    table(
        folder / "data/deu_Latn/train/000_00000.parquet",
        [{"text": f"Text {n}", "id": f"{n}"} for n in range(3)],
    )
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }
    found = read(files)
    assert found["texts"] == ["Text 0", "Text 1", "Text 2"]
    ((place, origin, digest),) = found["files"]
    assert place == f"hf://datasets/open/set@{COMMIT}/data/deu_Latn/train/000_00000.parquet"
    assert origin == "data/deu_Latn/train/000_00000.parquet"
    assert read(files)["files"][0][2] == digest
    table(folder / origin, [{"text": "other"}])
    assert read(files | {origin: (folder / origin).read_bytes()})["files"][0][2] != digest
