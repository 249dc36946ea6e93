"""What is measured side by side, and the real documents that it is measured on."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zstandard

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "sample"


@dataclass(frozen=True)
class Text:
    """One real document."""

    id: str
    text: str
    language: str
    source: str


@dataclass(frozen=True)
class Case:
    """One piece of work, done by ours and by the peer; `bytes`: of text that both read. Compilation is no part of either."""

    name: str
    bytes: int
    ours: Callable[[], Any]
    peer: Callable[[], Any]


def sample_texts(bytes_per_language: int) -> list[Text]:
    """Documents of the sample corpus (scripts/sample_corpus.py), about so many bytes of each language, shortest source first.

    Raises FileNotFoundError if the sample has not been made.
    """
    if not (SAMPLE / "manifest.json").is_file():
        raise FileNotFoundError("data/sample is not there: run `python scripts/sample_corpus.py` first")
    taken: dict[str, int] = {}
    texts: list[Text] = []
    paths = sorted(SAMPLE.glob("*/*.jsonl.zst"), key=lambda path: (path.stat().st_size, path))
    for path in paths:
        for row in _rows(path):
            if taken.get(row["language"], 0) < bytes_per_language:
                taken[row["language"]] = taken.get(row["language"], 0) + len(row["text"].encode())
                texts.append(
                    Text(f"{path.parent.name}-{len(texts)}", row["text"], row["language"], path.parent.name)
                )
    return texts


def text_bytes(texts: Sequence[Text]) -> int:
    """UTF-8 bytes of all texts."""
    return sum(len(one.text.encode()) for one in texts)


def _rows(path: Path) -> list[dict[str, str]]:
    with zstandard.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]
