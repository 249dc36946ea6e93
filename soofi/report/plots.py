"""Plots of a run."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np


def plot_loss(metrics: Sequence[dict[str, Any]], path: Path, title: str) -> None:
    """Write a PNG: training loss and held-out bits per byte over tokens seen. `metrics`: lines of metrics.jsonl."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    tokens = np.array([line["tokens_seen"] for line in metrics]) / 1e6
    loss = np.array(
        [np.nan if line["loss"] is None else line["loss"] for line in metrics],
        dtype=float,
    )
    figure, left = pyplot.subplots(figsize=(8, 4.5), dpi=120, layout="constrained")
    left.plot(tokens, loss, color="#9db7d5", linewidth=0.7, label="loss of each step")
    left.plot(tokens, _smooth(loss), color="#1f4e8c", linewidth=1.8, label="loss, smoothed")
    left.set(xlabel="tokens seen (millions)", ylabel="nats per token", title=title)
    measured = [line for line in metrics if line.get("bits_per_byte")]
    if measured:
        right = left.twinx()
        seen = [line["tokens_seen"] / 1e6 for line in measured]
        mean = [np.mean(list(line["bits_per_byte"].values())) for line in measured]
        right.plot(
            seen,
            mean,
            color="#c0562f",
            marker="o",
            markersize=4,
            label="held-out text, mean of languages",
        )
        right.set_ylabel("bits per byte")
        handles = [*left.get_lines(), *right.get_lines()]
        left.legend(handles, [str(line.get_label()) for line in handles], frameon=False)
    figure.savefig(path, metadata={"Software": None})
    pyplot.close(figure)


def _smooth(values: np.ndarray, half_life_steps: float = 15.0) -> np.ndarray:
    """Exponential mean, corrected for its start."""
    keep = 0.5 ** (1 / half_life_steps)
    result, mean, weight = np.empty_like(values), 0.0, 0.0
    for i, value in enumerate(values):
        if np.isfinite(value):
            mean, weight = keep * mean + (1 - keep) * value, keep * weight + (1 - keep)
        result[i] = mean / weight if weight else np.nan
    return result
