"""The whole way from JSON Lines to Parquet on one core: `soofi corpus` beside a pipeline of datatrove, each a process of its own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from corpus_peers.case import Text

HOME = Path(__file__).resolve().parents[2]
QUALITY = HOME / "recipes" / "corpus" / "quality.yaml"
QUICKSTART = HOME / "recipes" / "quickstart.yaml"
ADDRESSES = {
    name: {"action": "ignore"} for name in ("phone", "iban", "payment_card", "person_number", "tax_number")
}
"""Personal data as datatrove sees it: e-mail and IP addresses."""


@dataclass(frozen=True)
class Spent:
    """What a process and all that it started has used."""

    cpu_seconds: float
    wall_seconds: float
    output: str


def write_lines(texts: Iterable[Text], folder: Path) -> Path:
    """One file of JSON Lines for each language."""
    folder.mkdir(parents=True, exist_ok=True)
    by_language: dict[str, list[Text]] = {}
    for one in texts:
        by_language.setdefault(one.language, []).append(one)
    for language, own in by_language.items():
        rows = ({"id": one.id, "text": one.text, "language": one.language} for one in own)
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / f"{language}.jsonl").write_text(lines, encoding="utf-8")
    return folder


def write_recipe(path: Path, documents: Path, corpus: Mapping[str, Any] | None = None) -> Path:
    """A recipe of all stages that these texts allow; `corpus` changes its section. The rest is the quickstart's."""
    quickstart = yaml.safe_load(QUICKSTART.read_text(encoding="utf-8"))
    rest = {key: quickstart[key] for key in ("languages", "model", "stages", "train")}
    values = {
        "extends": str(QUALITY),
        "name": path.stem,
        **rest,
        "tokenizer": {"specification": str(HOME / "tokenizer" / "european-8k.yaml")},
        "corpus": {"sources": [{"name": "sample", "paths": [str(documents)]}], "workers": 1}
        | dict(corpus or {}),
    }
    path.write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")
    return path


def run_ours(recipe: Path, root: Path, *overrides: str) -> Spent:
    """`soofi corpus` into a new run below `root`."""
    return spend([sys.executable, "-m", "soofi", "corpus", str(recipe), f"run_root={root}", *overrides])


def run_datatrove(documents: Path, output: Path) -> Spent:
    """datatrove's pipeline; its output ends with the counts of documents as JSON."""
    return spend([sys.executable, "-m", "corpus_peers.datatrove_pipeline", str(documents), str(output)])


def spend(command: Sequence[str]) -> Spent:
    """Run a command to its end. Raises ChildProcessError with what it printed if it fails."""
    path = os.pathsep.join([str(HOME), str(HOME / "benchmarks"), os.environ.get("PYTHONPATH", "")])
    began = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=os.environ | {"PYTHONPATH": path}
    )
    assert process.stdout is not None
    output = process.stdout.read().decode(errors="replace")
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise ChildProcessError(f"{' '.join(command)} failed: {output[-3000:]}")
    return Spent(used.ru_utime + used.ru_stime, time.perf_counter() - began, output)
