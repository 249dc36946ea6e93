"""Writing a benchmark's result beside the command and the machine that gave it."""

import json
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

LIBRARIES = ("torch", "transformers", "deepspeed", "datatrove", "sentencepiece", "numpy", "pyarrow")


def write_result(name: str, figures: dict[str, Any]) -> Path:
    """Write `results/<name>.json`; returns its path."""
    values = {
        "command": " ".join(["python", f"benchmarks/{Path(sys.argv[0]).name}", *sys.argv[1:]]),
        "machine": {
            "processor": _processor(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            **{library: version(library) for library in LIBRARIES},
        },
        **figures,
    }
    path = Path(__file__).parent / "results" / f"{name}.json"
    path.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
    return path


def read_result(name: str) -> dict[str, Any]:
    """What `write_result` wrote last; nothing if it never did."""
    path = Path(__file__).parent / "results" / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
