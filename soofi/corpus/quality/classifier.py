"""A quality classifier: learnt from good and bad examples, kept in two plain files, and applied to batches."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from soofi.corpus.quality.characters import classes, lower_cases
from soofi.corpus.quality.classifier_files import DESCRIPTION, FORMAT, WEIGHTS, classifier_files
from soofi.corpus.quality.columns import text_buffers
from soofi.corpus.quality.features import LONGEST, SHORTEST, linear_scores
from soofi.ledger import publish_directory, sha256_file, write_json

_NOTHING = np.zeros(0)


@dataclass(frozen=True)
class Learning:
    """How a classifier is learnt."""

    seed: int = 0
    epochs: int = 5
    learning_rate: float = 0.3
    bits: int = 20
    """Base-2 logarithm of the number of weights."""
    maximum_bytes: int = 20_000
    """How much of a text is looked at."""
    held_out: float = 0.1
    """Share of the examples that is not learnt from but measured on."""


@dataclass(frozen=True)
class Classifier:
    """Weights (2^bits, float32) and bias of the linear score that `features.py` describes."""

    weights: NDArray[np.float32]
    bias: float
    maximum_bytes: int

    def scores(
        self, text: NDArray[np.uint8], offsets: NDArray[np.int64], rows: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Scores (0 to 1) of some rows of a text column (`columns.text_buffers`)."""
        out = np.zeros(len(rows))
        bias = np.array([self.bias, 0.0])
        linear_scores(
            text, offsets, rows, self.maximum_bytes, classes(), lower_cases(), self.weights,
            np.zeros(0, np.float32), bias, _NOTHING, _NOTHING, out,
        )  # fmt: skip
        return out


def load_classifier(directory: Path) -> Classifier:
    """Read what `save_classifier` wrote. Raises FileNotFoundError, or ValueError for files that are no such classifier."""
    description, stored = classifier_files(directory)
    try:
        described = json.loads(description.read_text(encoding="utf-8"))
        form, bits, maximum_bytes = (described[key] for key in ("format", "bits", "maximum_bytes"))
    except (KeyError, TypeError, ValueError):
        raise ValueError(f"the quality classifier in {directory} is damaged: make it again") from None
    if form != FORMAT:
        raise ValueError(f"{directory} has format {form}, but this soofi reads {FORMAT}: make it again")
    try:
        tensors = load_file(stored)
    except SafetensorError:
        tensors = {}
    weights, bias = tensors.get("weights"), tensors.get("bias")
    if weights is None or bias is None or weights.shape != (1 << bits,) or weights.dtype != np.float32:
        raise ValueError(f"the quality classifier in {directory} is damaged: make it again")
    return Classifier(weights, float(bias[0]), maximum_bytes)


def learn(good: Sequence[str], bad: Sequence[str], how: Learning) -> tuple[Classifier, dict[str, Any]]:
    """Learn a classifier of two sets of texts and measure it on the examples held out.

    Both sets count alike, however many texts they have. The same texts in the same order give the same bits.
    Returns the classifier and its figures: documents learnt from and held out, accuracy and area under the
    receiver operating characteristic on the held-out ones. Raises ValueError for a set that is too small.
    """
    for name, texts in (("good", good), ("bad", bad)):
        if len(texts) < 2:
            raise ValueError(
                f"there are {len(texts)} {name} examples: a classifier needs two or more of each kind"
            )
    column = pa.array([*good, *bad], pa.large_string())
    text, offsets = text_buffers(column)
    targets = np.repeat([1.0, 0.0], [len(good), len(bad)])
    generator = np.random.default_rng([how.seed, *b"quality classifier"])
    held = np.zeros(len(column), dtype=bool)
    for first, count in ((0, len(good)), (len(good), len(bad))):
        held[first + generator.permutation(count)[: max(1, round(how.held_out * count))]] = True
    learnt = np.flatnonzero(~held)
    balance = np.where(targets[learnt] == 1, 1.0, (targets[learnt] == 1).sum() / (targets[learnt] == 0).sum())
    balance /= balance.mean()
    weights = np.zeros(1 << how.bits, np.float32)
    gradients, bias = np.zeros_like(weights), np.zeros(2)
    for epoch in range(how.epochs):
        order = generator.permutation(len(learnt))
        rate = how.learning_rate * (1 - epoch / how.epochs)
        linear_scores(
            text, offsets, learnt[order], how.maximum_bytes, classes(), lower_cases(), weights, gradients, bias,
            targets[learnt[order]], rate * balance[order], np.zeros(len(order)),
        )  # fmt: skip
    classifier = Classifier(weights, float(bias[0]), how.maximum_bytes)
    rows = np.flatnonzero(held)
    scores = classifier.scores(text, offsets, rows)
    figures = {
        "good": len(good),
        "bad": len(bad),
        "held_out": len(rows),
        "accuracy": float(((scores > 0.5) == (targets[rows] == 1)).mean()),
        "area_under_curve": _area_under_curve(scores[targets[rows] == 1], scores[targets[rows] == 0]),
    }
    return classifier, figures


def _area_under_curve(good: NDArray[np.float64], bad: NDArray[np.float64]) -> float:
    """How often a good example scores above a bad one; a tie counts half."""
    ordered = np.sort(bad)
    below, upto = np.searchsorted(ordered, good, "left"), np.searchsorted(ordered, good, "right")
    return float((below + upto).sum() / (2 * len(good) * len(bad)))


def save_classifier(
    classifier: Classifier, how: Learning, figures: dict[str, Any], inputs: dict[str, str], directory: Path
) -> None:
    """Publish the two files; `inputs`: name of each file of examples to its hex SHA-256."""
    with publish_directory(directory) as partial:
        tensors = {"weights": classifier.weights, "bias": np.array([classifier.bias])}
        (partial / WEIGHTS).write_bytes(save(tensors))
        values = {
            "format": FORMAT,
            "bits": how.bits,
            "maximum_bytes": how.maximum_bytes,
            "character_n_grams": [SHORTEST, LONGEST],
            "word_n_grams": [1, 2],
            "learning": asdict(how),
            "figures": figures,
            "inputs": inputs,
            "sha256": sha256_file(partial / WEIGHTS),
        }
        write_json(partial / DESCRIPTION, values)
