"""A small valid recipe as a tree of plain values, and as a file."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

TREE = {
    "name": "small",
    "languages": ["de", "mt"],
    "corpus": {
        "sources": [{"name": "web", "paths": ["raw/*.jsonl"]}, {"name": "law", "paths": ["law/a.jsonl"]}]
    },
    "tokenizer": {"name": "small-2k", "vocabulary_size": 2048},
    "model": {
        "hidden_size": 64,
        "intermediate_size": 160,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 16,
        "max_position_embeddings": 128,
    },
    "stages": [
        {"name": "main", "tokens": 8192, "sequence_length": 64, "batch_samples": 8},
        {"name": "long", "tokens": 8192, "sequence_length": 128, "batch_samples": 4},
    ],
    "train": {"optimizer": {"learning_rate": 0.01}},
}


@pytest.fixture
def tree() -> dict[str, Any]:
    return deepcopy(TREE)


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, Any], Path]:
    """Write a tree (or text) below the test's folder; returns the file's path."""

    def write(name: str, content: Any) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else yaml.safe_dump(content), encoding="utf-8")
        return path

    return write


@pytest.fixture
def recipe_file(tree: dict[str, Any], write: Callable[[str, Any], Path]) -> Path:
    return write("small.yaml", tree)
