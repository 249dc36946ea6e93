"""Decompression: whatever was compressed comes back, damage is found, and a bomb does not go off."""

import ast
import gzip
import io
import json
import subprocess
import sys
import zlib

import pyarrow as pa
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from soofi.corpus.reading import inflate
from soofi.corpus.reading.inflate import Damaged, Inflated

COMPRESS = {
    "gzip": gzip.compress,
    "zstd": zstandard.ZstdCompressor(level=1, write_checksum=True).compress,
}
KINDS = pytest.mark.parametrize("kind", COMPRESS)


def inflated(data: bytes, kind: str) -> tuple[bytes, Damaged | None]:
    stream = Inflated(io.BytesIO(data), kind)
    found = bytearray()
    try:
        while piece := stream.read(1000):
            found += piece
    except Damaged as damage:
        return bytes(found), damage
    return bytes(found), None


@KINDS
@settings(max_examples=40, deadline=None)
@given(parts=st.lists(st.binary(max_size=3000), min_size=1, max_size=4))
def test_members_end_to_end_are_their_contents_end_to_end(kind, parts):
    assert inflated(b"".join(map(COMPRESS[kind], parts)), kind) == (b"".join(parts), None)


@KINDS
@settings(max_examples=60, deadline=None)
@given(text=st.binary(min_size=1, max_size=5000), share=st.floats(0, 1, exclude_max=True))
def test_a_stream_cut_short_gives_a_beginning_and_then_damage(kind, text, share):
    data = COMPRESS[kind](text)
    found, damage = inflated(data[: int(len(data) * share)], kind)
    assert text.startswith(found)
    assert damage is not None and damage.reason == "damaged_file"


@KINDS
@settings(max_examples=60, deadline=None)
@given(text=st.binary(min_size=200, max_size=3000), place=st.integers(4, 10_000), value=st.integers(1, 255))
def test_a_changed_byte_is_found_or_changes_nothing(kind, text, place, value):
    data = bytearray(COMPRESS[kind](text))
    data[place % (len(data) - 4) + 4] ^= value
    found, damage = inflated(bytes(data), kind)
    assert damage is not None or found == text  # some bytes of a header mean nothing


@KINDS
def test_reading_can_go_on_at_the_next_member(kind):
    first, second, third = (COMPRESS[kind](bytes([n]) * 5000 + b"end") for n in (1, 2, 3))
    broken = bytearray(second)
    broken[len(broken) // 2 :] = b"\xff" * (len(broken) - len(broken) // 2)
    stream = Inflated(io.BytesIO(first + bytes(broken) + third), kind)
    assert stream.read(5003) == b"\1" * 5000 + b"end"
    with pytest.raises(Damaged):
        while stream.read(1000):
            pass
    with pytest.raises(Damaged):
        stream.read(1)  # until it is skipped
    assert stream.skip_damage()
    assert b"".join(iter(lambda: stream.read(1000), b"")) == b"\3" * 5000 + b"end"
    assert not stream.skip_damage()


def test_padding_behind_a_gzip_member_is_none_of_its_text():
    assert inflated(gzip.compress(b"text") + b"\0" * 10_000, "gzip") == (b"text", None)
    assert inflated(gzip.compress(b"text") + b"more", "gzip")[1] is not None


@KINDS
def test_a_file_that_expands_too_far_is_given_up(monkeypatch, kind):
    monkeypatch.setattr(inflate, "BOMB_BYTES", 4 << 20)
    found, damage = inflated(COMPRESS[kind](b"0" * (64 << 20)), kind)
    assert damage is not None and damage.reason == "decompression_bomb"
    assert len(found) <= 14 << 20  # 200 times the first 64 kB
    lines = b"".join(b"line %d of a text that repeats itself\n" % n for n in range(200_000))
    assert inflated(COMPRESS[kind](lines), kind) == (lines, None)


def test_a_frame_that_asks_for_a_huge_window_is_damage():
    frame = zstandard.ZstdCompressor(
        compression_params=zstandard.ZstdCompressionParameters(window_log=30)
    ).compressobj()
    data = frame.compress(b"x" * 1000) + frame.flush()
    found, damage = inflated(data, "zstd")
    assert not found and damage is not None and "memory" in damage.cause


READ = """
import resource, sys
from soofi.corpus.engine.tasks import tasks_of
from soofi.corpus.reading.readers import read_batches
from soofi.corpus.reading.sources import locate
from soofi.recipe import Source
source = Source(name="texts", paths=[sys.argv[1]])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
rows = [
    (reason, size)
    for task in tasks_of(locate(source).files)
    for batch in read_batches(task, source)
    for reason, size in zip(batch["reason"].to_pylist(), batch["text_bytes"].to_pylist())
]
print(rows, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10, sep="|")
"""


def measured(path) -> tuple[list[tuple[str | None, int]], int]:
    """What a process of its own reads, and by how many MiB it grew."""
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path)], capture_output=True, text=True, check=True, timeout=250
    )
    rows, mib = done.stdout.split("|")
    return ast.literal_eval(rows), int(mib)


@pytest.mark.nightly
@pytest.mark.parametrize("ending", [".jsonl.gz", ".jsonl.zst", ".html.gz", ".warc.gz", ".txt.zst"])
def test_a_bomb_of_two_gigabytes_takes_bounded_memory(tmp_path, ending):
    path = tmp_path / f"a{ending}"
    if ending.endswith(".gz"):
        packer = zlib.compressobj(9, wbits=31)
        data = b"".join(packer.compress(b"0" * (1 << 20)) for _ in range(2048)) + packer.flush()
    else:
        frame = zstandard.ZstdCompressor(level=3).compressobj()
        data = b"".join(frame.compress(b"0" * (1 << 20)) for _ in range(2048)) + frame.flush()
    path.write_bytes(data)
    assert len(data) < (2 << 30) / 900
    rows, mib = measured(path)
    assert len(rows) == 1 and rows[0][0] in (
        "decompression_bomb",
        "page_too_long",
        "damaged_record",
        "file_too_long",
    )
    assert rows[0][1] == 0
    assert mib < 800


@pytest.mark.nightly
def test_a_line_of_a_gigabyte_is_kept_aside_and_the_next_one_is_read(tmp_path):
    path = tmp_path / "a.jsonl"
    with path.open("wb") as file:
        file.write(b'{"text": "before"}\n{"text": "')
        for _ in range(1024):
            file.write(b"x" * (1 << 20))
        file.write(b'"}\n{"text": "after"}\n')
    rows, mib = measured(path)
    assert rows == [(None, 6), ("line_too_long", 0), (None, 5)]
    assert mib < 600


@pytest.mark.nightly
def test_reading_takes_the_same_memory_for_ten_times_the_text(tmp_path):
    grown = []
    for name, lines in (("small", 3000), ("large", 30_000)):
        path = tmp_path / f"{name}.jsonl.zst"
        texts = (f"{n} {n * 7919 % 10007} Worte und Zahlen. " * 120 for n in range(lines))
        data = b"".join(json.dumps({"text": text}).encode() + b"\n" for text in texts)
        path.write_bytes(pa.compress(data, codec="zstd", asbytes=True))
        grown.append(measured(path)[1])
    small, large = grown
    assert large < small + 64
