"""metrics.jsonl across a resume."""

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soofi.train import record
from soofi.train.record import Record, keep_steps, read_metrics


def test_a_resume_leaves_no_line_doubled_missing_or_torn(tmp_path: Path) -> None:
    metrics = tmp_path / "metrics.jsonl"
    with Record(metrics, tmp_path / "tensorboard", 0) as record:
        for step in range(7):
            record.write({"step": step, "loss": float(step)})
    with open(metrics, "a") as file:
        file.write('{"step": 7, "lo')  # killed while writing
    with Record(metrics, tmp_path / "tensorboard", 4) as record:
        for step in range(4, 9):
            record.write({"step": step, "loss": 10.0 + step, "bits_per_byte": {"de": 2.0}})
    lines = read_metrics(metrics)
    assert [line["step"] for line in lines] == list(range(9))
    assert [line["loss"] for line in lines] == [0, 1, 2, 3, 14, 15, 16, 17, 18]


def test_a_figure_that_is_not_finite_is_null(tmp_path: Path) -> None:
    with Record(tmp_path / "metrics.jsonl", tmp_path / "tensorboard", 0) as record:
        record.write({"step": 0, "gradient_norm": float("nan"), "bits_per_byte": {"de": float("inf")}})
    line = (tmp_path / "metrics.jsonl").read_text()
    assert json.loads(line, parse_constant=lambda name: 1 / 0) == {
        "step": 0,
        "gradient_norm": None,
        "bits_per_byte": {"de": None},
    }


@settings(derandomize=True, deadline=None, max_examples=200)
@given(
    sizes=st.lists(st.integers(0, 60), max_size=12),
    first=st.integers(0, 3),
    taken=st.integers(0, 15),
    torn=st.integers(0, 40),
    block=st.integers(1, 50),
)
def test_only_whole_lines_of_steps_that_were_taken_are_kept(sizes, first, taken, torn, block) -> None:
    """Wherever the blocks fall in which the file is read from its end."""
    lines = [json.dumps({"step": first + i, "text": "x" * size}) + "\n" for i, size in enumerate(sizes)]
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(record, "_BLOCK_BYTES", block)
        metrics = Path(folder) / "metrics.jsonl"
        metrics.write_text("".join(lines) + '{"step": 0, "loss": 1, "text": "more than forty bytes"}'[:torn])
        keep_steps(metrics, taken)
        assert metrics.read_text() == "".join(lines[: max(0, taken - first)])


def test_a_resume_reads_only_what_it_cuts_off(tmp_path: Path) -> None:
    """Half a gigabyte of earlier lines, which are not even JSON here, costs nothing."""
    metrics = tmp_path / "metrics.jsonl"
    lines = "".join(json.dumps({"step": step}) + "\n" for step in range(5))
    with open(metrics, "wb") as file:
        begin = file.truncate(2**29)
        file.seek(begin)
        file.write(b"\n" + lines.encode())
    keep_steps(metrics, 3)
    assert metrics.stat().st_size == begin + 1 + len(lines) // 5 * 3
    assert metrics.stat().st_blocks * 512 < 2**20


def test_what_a_power_cut_left_unreadable_is_cut_off(tmp_path: Path) -> None:
    metrics = tmp_path / "metrics.jsonl"
    metrics.write_bytes(b'{"step": 0}\n{"step": 1}\n\0\0\0\0\n{"step": 3}\n')
    keep_steps(metrics, 2)
    assert [line["step"] for line in read_metrics(metrics)] == [0, 1]
