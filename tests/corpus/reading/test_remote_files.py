"""Files behind URLs: located, told apart by their content, streamed; a real S3 protocol on this machine."""

import gzip
import json
import socket
import subprocess
import sys
import time
import urllib.request

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from soofi.corpus.reading import remote_files
from soofi.corpus.reading.sources import locate
from soofi.ledger import DigestCache
from soofi.pipeline.graph import STAGES
from soofi.pipeline.stage import Context
from soofi.recipe import Source

LINES = b'{"text": "eins", "id": 1}\n{"text": "zwei", "id": 2}\n'


@pytest.fixture
def memory():
    """A folder of fsspec's file system in memory, as (URL, function that writes a file)."""
    import fsspec

    system = fsspec.filesystem("memory")
    system.store.clear()

    def write(name: str, data: bytes) -> None:
        system.pipe(f"/texts/{name}", data)

    yield "memory://texts", write
    system.store.clear()


@pytest.fixture(scope="session")
def s3():
    """A bucket of a local S3 server, as (client, options of a source)."""
    pytest.importorskip("s3fs")
    pytest.importorskip("moto.server")
    import boto3

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{url}/moto-api/", timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        client = boto3.client(
            "s3",
            endpoint_url=url,
            region_name="eu-central-1",
            aws_access_key_id="a",
            aws_secret_access_key="b",
        )
        client.create_bucket(Bucket="texts", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        yield client, {"endpoint_url": url}
    finally:
        server.kill()
        server.wait()


@pytest.fixture
def credentials(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")


def origins(*paths, **source):
    return [file.origin for file in locate(Source(name="texts", paths=list(paths), **source)).files]


def test_a_url_is_a_folder_a_file_or_a_pattern(memory):
    url, write = memory
    for name in ("de/a.jsonl", "de/b.jsonl.gz", "mt/a.jsonl", "de/.hidden.jsonl", ".git/a.jsonl", "note.pdf"):
        write(name, LINES)
    assert origins(url) == ["de/a.jsonl", "de/b.jsonl.gz", "mt/a.jsonl"]
    assert origins(f"{url}/de/a.jsonl") == ["a.jsonl"]
    assert origins(f"{url}/*/a.jsonl") == ["de/a.jsonl", "mt/a.jsonl"]
    assert origins(f"{url}/de", f"{url}/mt") == ["b.jsonl.gz", "de/a.jsonl", "mt/a.jsonl"]
    assert locate(Source(name="texts", paths=[url])).left_out == ["memory:///texts/note.pdf"]
    for nothing in (f"{url}/none", f"{url}/*.txt"):
        with pytest.raises(FileNotFoundError, match=r"source 'texts': no file matches memory://texts"):
            origins(nothing)
    with pytest.raises(ValueError, match="does not say how it is written"):
        origins(f"{url}/note.pdf")


def test_the_same_files_are_the_same_documents_wherever_they_stand(memory, tmp_path, read):
    url, write = memory
    table = pa.table({"text": ["drei", "vier"]})
    pq.write_table(table, tmp_path / "c.parquet")
    (tmp_path / "a.jsonl").write_bytes(LINES)
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(LINES))
    (tmp_path / "d.html").write_text("<p>fünf</p>", encoding="utf-8")
    (tmp_path / "e.txt").write_text("sechs", encoding="utf-8")
    (tmp_path / "f.jsonl.gz").write_bytes(gzip.compress(LINES)[:-4])
    for path in tmp_path.iterdir():
        write(path.name, path.read_bytes())
    assert read(url) == read(tmp_path)
    assert len(read(url)) == 11


def test_a_file_that_changes_has_another_digest(memory):
    url, write = memory
    write("a.jsonl", LINES)

    def digests():
        return [file.digest for file in locate(Source(name="texts", paths=[url])).files]

    before = digests()
    assert before == digests() and len(before[0]) == 64
    write("a.jsonl", LINES.replace(b"eins", b"EINS"))
    assert digests() != before


def test_the_place_of_a_source_is_no_part_of_a_recipes_digest(memory, recipe_of, tmp_path):
    from soofi.recipe import compose, governing

    one, other = (
        recipe_of([{"name": "web", "paths": [path], "storage_options": options}], ["de"])
        for path, options in (("s3://bucket/texts", {"endpoint_url": "http://one"}), (str(tmp_path), {}))
    )
    assert governing(one.corpus) == governing(other.corpus)
    (tmp_path / "r.yaml").write_text("corpus: {sources: [{name: a, paths: [s3://bucket/a, texts]}]}")
    assert compose(tmp_path / "r.yaml")["corpus"]["sources"][0]["paths"] == [
        "s3://bucket/a",
        str(tmp_path / "texts"),
    ]


def test_what_cannot_be_reached_is_said_in_one_sentence():
    for url, said in (
        ("nosuch://host/a.jsonl", "nosuch://host/a.jsonl cannot be read: .*look at the address"),
        ("http://127.0.0.1:9/a.jsonl", "no file matches http://127.0.0.1:9/a.jsonl: correct corpus.sources"),
    ):
        with pytest.raises((ValueError, FileNotFoundError), match=said):
            origins(url)


@pytest.mark.nightly
def test_files_of_a_bucket_are_read_and_enter_the_inputs(s3, credentials, read, recipe_of, tmp_path):
    client, options = s3
    data = b"".join(b'{"text": "Text %d"}\n' % number for number in range(20_000))
    client.put_object(Bucket="texts", Key="v1/de/a.jsonl.gz", Body=gzip.compress(data))
    pq.write_table(pa.table({"text": ["eins", "zwei"]}), tmp_path / "b.parquet")
    client.put_object(Bucket="texts", Key="v1/b.parquet", Body=(tmp_path / "b.parquet").read_bytes())
    client.put_object(Bucket="texts", Key="v1/c.jsonl.zst", Body=b"cut off")
    rows = read("s3://texts/v1", storage_options=options)
    assert [row["text"] for row in rows if row["text"]] == ["eins", "zwei"] + [
        f"Text {n}" for n in range(20_000)
    ]
    assert [row["reason"] for row in rows if row["reason"]] == ["damaged_file"]
    files = locate(Source(name="texts", paths=["s3://texts/v1/**/*.gz"], storage_options=options)).files
    assert [(file.origin, file.size_bytes) for file in files] == [("de/a.jsonl.gz", len(gzip.compress(data)))]

    recipe = recipe_of([{"name": "texts", "paths": ["s3://texts/v1"], "storage_options": options}], ["de"])
    context = Context(recipe, None, DigestCache(tmp_path / "digests.json"), print)
    before = STAGES["corpus"].inputs(context)
    assert list(before) == ["texts/b.parquet", "texts/c.jsonl.zst", "texts/de/a.jsonl.gz"]
    assert before == STAGES["corpus"].inputs(context)
    client.put_object(Bucket="texts", Key="v1/b.parquet", Body=b"other")
    after = STAGES["corpus"].inputs(context)
    assert [name for name in before if before[name] != after[name]] == ["texts/b.parquet"]
    with pytest.raises(FileNotFoundError, match="source 'texts': no file matches s3://nobody/a"):
        origins("s3://nobody/a", storage_options=options)


@pytest.mark.nightly
def test_a_bucket_is_made_into_a_corpus_by_the_workers(s3, credentials, prose, recipe_of, make, tmp_path):
    client, options = s3
    for part in range(3):
        records = [
            {"text": "\n".join(prose("de", part * 100 + n * 7 + k) for k in range(5))} for n in range(10)
        ]
        body = b"".join(json.dumps(record).encode() + b"\n" for record in records)
        client.put_object(Bucket="texts", Key=f"corpus/part-{part}.jsonl", Body=body)
    source = {"name": "web", "paths": ["s3://texts/corpus/*.jsonl"], "storage_options": options}
    run = make(recipe_of([source], ["de"]), tmp_path / "run")
    account = json.loads((run.corpus / "accounting.json").read_text())["total"]["stages"]
    assert account["read"]["in"]["documents"] == 30


def test_only_what_is_read_is_fetched(memory, monkeypatch):
    url, write = memory
    write("a.jsonl", LINES * 1000)
    with remote_files.open_remote(f"{url}/a.jsonl", {}) as file:
        assert file.read(5) == LINES[:5]
