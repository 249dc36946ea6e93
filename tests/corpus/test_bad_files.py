"""Files as accidents leave them: cut short, empty, unreadable, of the wrong kind."""

import gzip
import json
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from soofi.corpus.engine.tasks import tasks_of
from soofi.corpus.reading.readers import read_batches
from soofi.corpus.reading.sources import locate
from soofi.recipe import Source

NOBODY = 65534
LINES = b"".join(b'{"text": "Text %d"}\n' % number for number in range(5000))


def read(path, **source):
    source = Source(name="texts", paths=[path], **source)
    batches = [batch for task in tasks_of(locate(source).files) for batch in read_batches(task, source)]
    return [row for batch in batches for row in batch.to_pylist()]


def whole(ending: str) -> bytes:
    if ending == ".parquet":
        sink = pa.BufferOutputStream()
        texts = [f"Text {number}" for number in range(5000)]
        pq.write_table(pa.table({"text": texts}), sink, row_group_size=500)
        return sink.getvalue().to_pybytes()
    return gzip.compress(LINES) if ending.endswith(".gz") else pa.compress(LINES, codec="zstd", asbytes=True)


@pytest.mark.parametrize("ending", [".jsonl.gz", ".jsonl.zst", ".txt.gz", ".txt.zst", ".parquet"])
@pytest.mark.parametrize("share", [0, 0.3, 0.999])
def test_a_file_cut_short_is_named_in_one_sentence(tmp_path, ending, share):
    data = whole(ending)
    path = tmp_path / f"a{ending}"
    path.write_bytes(data)
    assert len(read(path)) == (1 if ".txt" in ending else 5000)
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(ValueError, match=rf"^\S+a{ending} is damaged or cut off: fetch or make it again$"):
        read(path)


def test_a_parquet_file_damaged_in_its_middle_is_named_too(tmp_path):
    data = bytearray(whole(".parquet"))
    middle = slice(len(data) // 3, len(data) // 3 + 400)
    data[middle] = b"\xff" * 400
    path = tmp_path / "a.parquet"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r"a\.parquet is damaged or cut off"):
        read(path)


def test_nuls_are_no_json_and_no_part_of_a_text(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(
        b'{"text": "raw \0 nul"}\n' + b"\0" * 5000 + b'\n{"text": "spelt \\u0000 nul"}\n{"text": "good"}\n'
    )
    rows = read(path)
    assert [row["reason"] for row in rows] == ["not_json", "not_json", None, None]
    assert [row["text"] for row in rows[2:]] == ["spelt  nul", "good"]


def test_an_empty_file_beside_others_is_no_harm(tmp_path):
    (tmp_path / "a.jsonl").touch()
    (tmp_path / "b.jsonl").write_bytes(LINES)
    assert len(read(tmp_path)) == 5000


@contextmanager
def without_permission(path: Path):
    """Take all rights to a path away, and from root its power to ignore that."""
    path.chmod(0)
    user = os.geteuid()
    try:
        if user == 0:
            os.seteuid(NOBODY)
        yield
    finally:
        os.seteuid(user)
        path.chmod(0o700)


@pytest.fixture
def open_folder():
    """A folder that everybody may enter; pytest's own belong to one user."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.txt", "a.parquet"])
def test_a_file_without_permission_is_not_called_damaged(open_folder, name):
    path = open_folder / name
    path.write_bytes(whole(path.suffix) if path.suffix in (".gz", ".parquet") else LINES)
    with (
        without_permission(path),
        pytest.raises(ValueError, match=rf"^\S+{name} cannot be read: .*Permission denied"),
    ):
        read(path)


def test_a_folder_without_permission_is_not_taken_for_empty(open_folder):
    (open_folder / "a.jsonl").write_bytes(LINES)
    (open_folder / "closed").mkdir()
    (open_folder / "closed/b.jsonl").write_bytes(LINES)
    with (
        without_permission(open_folder / "closed"),
        pytest.raises(PermissionError, match=r"^\S+closed cannot be listed: Permission denied$"),
    ):
        read(open_folder)


def test_a_broken_link_is_not_left_out_in_silence(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(LINES)
    (tmp_path / "b.jsonl").symlink_to(tmp_path / "away.jsonl")
    for named in (tmp_path, tmp_path / "*.jsonl"):
        with pytest.raises(ValueError, match=r"source 'texts': \S+b\.jsonl is a broken link or no ordinary"):
            read(named)


@pytest.mark.parametrize("ending", [".jsonl.zst", ".parquet"])
def test_the_command_ends_with_that_sentence_and_leaves_no_corpus(tmp_path, soofi, smoke_recipe, ending):
    path = tmp_path / f"a{ending}"
    path.write_bytes(whole(ending)[:-20])
    done = soofi("corpus", smoke_recipe, f"run_root={tmp_path}", f"corpus.sources.0.paths=[{path}]")
    assert done.returncode == 2, done.stderr
    *progress, sentence = done.stderr.splitlines()
    assert sentence == f"soofi: {path} is damaged or cut off: fetch or make it again"
    assert all(line.startswith("corpus: ") for line in progress)
    assert not (tmp_path / "smoke/corpus").exists()
    assert not list(tmp_path.glob("smoke/.work/corpus/*/documents/*"))


MEASURED = """
import resource, sys
from pathlib import Path
from soofi.corpus import make_corpus
from soofi.ledger import RunDirectory
from soofi.recipe import load_recipe
make_corpus(load_recipe(sys.argv[1]), RunDirectory(Path(sys.argv[2])), {"texts": "0" * 64}, lambda line: None)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


@pytest.mark.nightly
@pytest.mark.parametrize("kind", ["one character", "words"])
def test_a_line_of_100_megabytes_is_a_document_like_others(
    tmp_path, jsonl, prose, recipe_of, start_python, kind
):
    from soofi.recipe import dump_recipe

    text = "x" * 100_000_000 if kind == "one character" else prose("de", 1) * 400_000
    path = jsonl(tmp_path / "a.jsonl", *({"text": prose("de", n)} for n in range(8)), {"text": text})
    assert path.stat().st_size > 80_000_000
    recipe = recipe_of([{"name": "web", "paths": [str(path)]}], ["de"])
    (tmp_path / "recipe.yaml").write_text(dump_recipe(recipe))
    process = start_python(MEASURED, tmp_path / "recipe.yaml", tmp_path / "run")
    out, problems = process.communicate(timeout=200)
    assert process.returncode == 0, problems
    account = json.loads((tmp_path / "run/corpus/accounting.json").read_text())["total"]["stages"]
    assert account["read"]["in"]["documents"] == account["read"]["kept"]["documents"] == 9
    assert account["deduplicate"]["kept"]["documents"] == 8  # the long one is no prose: a rule says so
    print(kind, int(out) >> 10, "MiB")
    assert int(out) << 10 < 3 << 30
