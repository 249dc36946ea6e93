"""metrics.jsonl across a resume."""

import json
from pathlib import Path

from soofi.train.record import Record, read_metrics


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
