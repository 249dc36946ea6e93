"""Manifests, and the judgement whether a stage can be skipped."""

import json
import os
from importlib.metadata import version

import pytest

from soofi.ledger import (
    PARTIAL,
    DigestCache,
    is_finished,
    manifest_sha256,
    read_manifest,
    sha256_file,
    sha256_values,
    write_manifest,
)

INPUTS = {"web": "11" * 32, "law": "22" * 32}
GOVERNING = {"minimum": 0.5, "sources": [{"name": "web"}]}


@pytest.fixture
def directory(tmp_path):
    """A stage's directory with two files and a manifest."""
    path = tmp_path / "run/corpus"
    (path / "web/de").mkdir(parents=True)
    (path / "web/de/0.parquet").write_bytes(b"rows of text")
    (path / "accounting.json").write_bytes(b"{}")
    write_manifest(
        path, "corpus", INPUTS, GOVERNING, rows={"web/de/0.parquet": 7}, tokens={}, libraries=["pydantic"]
    )
    return path


@pytest.fixture
def cache(tmp_path):
    return DigestCache(tmp_path / "run/.digests.json")


def test_a_manifest_says_what_went_in_and_what_came_out(directory):
    manifest = read_manifest(directory)
    assert manifest.stage == "corpus"
    assert manifest.inputs == INPUTS
    assert manifest.recipe_sha256 == sha256_values(GOVERNING)
    assert manifest.libraries == {"pydantic": version("pydantic")}
    outputs = {output.path: output for output in manifest.outputs}
    assert set(outputs) == {"accounting.json", "web/de/0.parquet"}
    shard = outputs["web/de/0.parquet"]
    assert (shard.bytes, shard.rows, shard.tokens) == (12, 7, None)
    assert shard.sha256 == sha256_file(directory / "web/de/0.parquet")
    assert json.loads((directory / "manifest.json").read_bytes())["format"] == "soofi.manifest/1"


def test_the_manifest_does_not_depend_on_the_order_of_writing(directory):
    before = manifest_sha256(directory)
    os.rename(directory / "accounting.json", directory / "x")
    os.rename(directory / "x", directory / "accounting.json")
    write_manifest(
        directory,
        "corpus",
        dict(reversed(INPUTS.items())),
        dict(reversed(GOVERNING.items())),
        rows={"web/de/0.parquet": 7},
        libraries=["pydantic"],
    )
    assert manifest_sha256(directory) == before


def test_what_is_not_published_is_no_output(directory):
    (directory / f"{PARTIAL}next").mkdir()
    (directory / f"{PARTIAL}next/half.bin").touch()
    (directory / f"web/{PARTIAL}1.parquet").touch()
    manifest = write_manifest(directory, "corpus", INPUTS, GOVERNING)
    assert [output.path for output in manifest.outputs] == ["accounting.json", "web/de/0.parquet"]


def test_a_directory_without_one_did_not_finish(tmp_path):
    with pytest.raises(FileNotFoundError, match="did not finish") as caught:
        read_manifest(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("form", ["soofi.manifest/2", "soofi.corpus/1", 5])
def test_another_format_is_refused_in_a_sentence(directory, form):
    path = directory / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), "format": form}), encoding="utf-8")
    with pytest.raises(
        ValueError, match=f"manifest.json has format {form}; .* reads soofi.manifest/1"
    ) as caught:
        read_manifest(directory)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"5", b'"text"', b"{}", b"\xff", b'{"format": "soofi.manifest/1"}']
)
def test_a_damaged_manifest_is_refused_in_a_sentence(directory, cache, content):
    (directory / "manifest.json").write_bytes(content)
    with pytest.raises(ValueError, match=r"manifest.json is damaged$"):
        read_manifest(directory)
    assert not is_finished(directory, INPUTS, GOVERNING, cache)


@pytest.mark.parametrize(
    "outputs", [None, 5, ["a"], [{"path": 5, "bytes": 0, "sha256": ""}], [{"name": "x"}]]
)
def test_a_manifest_with_outputs_of_another_shape_is_not_finished(directory, cache, outputs):
    path = directory / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), "outputs": outputs}), encoding="utf-8")
    assert not is_finished(directory, INPUTS, GOVERNING, cache)


class TestIsFinished:
    """A stage is skipped if inputs, recipe part and files are as they were; bytes are hashed again only where needed."""

    def test_as_it_was_left(self, directory, cache):
        assert is_finished(directory, INPUTS, GOVERNING, cache)
        assert is_finished(directory, dict(reversed(INPUTS.items())), GOVERNING, cache)

    @pytest.mark.parametrize(
        "inputs", [{}, {"web": "11" * 32}, {**INPUTS, "new": "33" * 32}, {**INPUTS, "web": "33" * 32}]
    )
    def test_other_inputs(self, directory, cache, inputs):
        assert not is_finished(directory, inputs, GOVERNING, cache)

    @pytest.mark.parametrize(
        "governing", [{}, {**GOVERNING, "minimum": 0.6}, {**GOVERNING, "sources": []}, None]
    )
    def test_another_recipe(self, directory, cache, governing):
        assert not is_finished(directory, INPUTS, governing, cache)

    def test_no_directory(self, tmp_path, cache):
        assert not is_finished(tmp_path / "none", INPUTS, GOVERNING, cache)

    def test_a_missing_file(self, directory, cache):
        (directory / "web/de/0.parquet").unlink()
        assert not is_finished(directory, INPUTS, GOVERNING, cache)

    def test_a_file_that_the_stage_did_not_make(self, directory, cache):
        (directory / "web/de/1.parquet").write_bytes(b"who wrote this?")
        assert not is_finished(directory, INPUTS, GOVERNING, cache)

    def test_what_an_interrupted_writer_left_does_not_matter(self, directory, cache):
        (directory / f"web/{PARTIAL}1.parquet").touch()
        assert is_finished(directory, INPUTS, GOVERNING, cache)

    def test_a_longer_file(self, directory, cache):
        with open(directory / "web/de/0.parquet", "ab") as file:
            file.write(b"!")
        assert not is_finished(directory, INPUTS, GOVERNING, cache)

    def test_a_touched_file_with_the_same_bytes(self, directory, cache):
        assert is_finished(directory, INPUTS, GOVERNING, cache)
        os.utime(directory / "web/de/0.parquet", ns=(1, 1))
        assert is_finished(directory, INPUTS, GOVERNING, cache)

    def test_changed_bytes_of_the_same_size(self, directory, cache):
        assert is_finished(directory, INPUTS, GOVERNING, cache)
        (directory / "web/de/0.parquet").write_bytes(b"rows of tExt")
        os.utime(directory / "web/de/0.parquet", ns=(1, 1))
        assert not is_finished(directory, INPUTS, GOVERNING, cache)

    def test_a_directory_that_was_moved(self, directory, cache, tmp_path):
        os.rename(directory, tmp_path / "run/elsewhere")
        assert is_finished(tmp_path / "run/elsewhere", INPUTS, GOVERNING, cache)


class TestDigestCache:
    """Files are hashed again only where size or modification time changed."""

    def test_it_remembers_across_processes_by_size_and_time(self, directory, cache, tmp_path):
        path = directory / "web/de/0.parquet"
        digest, status = cache.sha256(path), path.stat()
        assert digest == sha256_file(path)
        cache.save()
        path.write_bytes(b"rows of tExt")  # same size; put back the time, so that only hashing could tell
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        again = DigestCache(tmp_path / "run/.digests.json")
        assert again.sha256(path) == digest
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
        assert again.sha256(path) == sha256_file(path) != digest

    @pytest.mark.parametrize(
        "content", [b"", b"{", b"[]", b"\xff", b'{"format": "soofi.digest-cache/2", "files": {}}']
    )
    def test_a_damaged_or_newer_cache_costs_time_only(self, directory, tmp_path, content):
        place = tmp_path / "run/.digests.json"
        place.write_bytes(content)
        cache = DigestCache(place)
        assert is_finished(directory, INPUTS, GOVERNING, cache)
        cache.save()
        assert json.loads(place.read_bytes())["format"] == "soofi.digest-cache/1"

    def test_a_missing_file_is_not_remembered(self, directory, cache):
        cache.sha256(directory / "accounting.json")
        (directory / "accounting.json").unlink()
        with pytest.raises(FileNotFoundError):
            cache.sha256(directory / "accounting.json")


def test_digests_of_values_follow_the_values_and_not_their_order():
    assert sha256_values({"a": 1, "b": [1.0, "ß"]}) == sha256_values({"b": [1, "ß"], "a": 1})
    assert sha256_values({"a": [1, 2]}) != sha256_values({"a": [2, 1]})
    # RFC 8785 of {} and [] is two characters each
    assert sha256_values({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
