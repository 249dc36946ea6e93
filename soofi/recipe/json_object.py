"""JSON files that others wrote."""

import json
from pathlib import Path
from typing import Any


def read_object(path: Path, fault: str) -> dict[str, Any]:
    """The object that a JSON file holds. Raises ValueError, the path and `fault`, where it holds something else or no JSON at all."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        raise ValueError(f"{path} {fault}")
    return values
