"""Fixtures for every folder of tests."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

from tests.kills import Course, write_recipe
from tests.runs import copy_untrained

REPOSITORY = Path(__file__).resolve().parents[1]

# No test asserts a time: an example may take as long as a busy machine lets it.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def start_python() -> Callable[..., subprocess.Popen]:
    """Start a fresh interpreter on a piece of code, with arguments in `sys.argv[1:]`."""

    def start(code: str, *arguments: object) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-c", code, *map(str, arguments)],
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


@pytest.fixture(scope="session")
def smoke_recipe() -> Path:
    """The recipe that goes the whole way on the texts that come with the sources."""
    return REPOSITORY / "recipes" / "smoke.yaml"


@pytest.fixture(scope="session")
def soofi() -> Callable[..., subprocess.CompletedProcess]:
    """Run the command line as a person would, in a process of its own."""

    def run(
        *arguments: object,
        cwd: Path | None = None,
        timeout: float = 280,
        **environment: str,
    ):
        return subprocess.run(
            [sys.executable, "-m", "soofi", *map(str, arguments)],
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY), **environment},
            capture_output=True,
            text=True,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
        )

    return run


@dataclass(frozen=True)
class FinishedRun:
    """A run that went the whole way, and what the command printed."""

    directory: Path
    output: str


@pytest.fixture(scope="session")
def finished(smoke_recipe: Path, soofi, tmp_path_factory: pytest.TempPathFactory) -> FinishedRun:
    """`soofi run recipes/smoke.yaml`, once for all tests. They must not change it: copy it instead."""
    root = tmp_path_factory.mktemp("runs")
    done = soofi("run", smoke_recipe, f"run_root={root}")
    assert done.returncode == 0, done.stdout + done.stderr
    return FinishedRun(root / "smoke", done.stdout)


@pytest.fixture(scope="session")
def tiny(
    finished: FinishedRun, smoke_recipe: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Course]:
    """The recipe of a tiny run that saves often, and what it does undisturbed, once for all tests."""
    directory = tmp_path_factory.mktemp("tiny")
    recipe = write_recipe(smoke_recipe, directory / "tiny.yaml")
    return recipe, Course.record(finished.directory, recipe, directory / "undisturbed")


@pytest.fixture
def untrained(finished: FinishedRun, tmp_path: Path) -> Path:
    """A copy of the finished run without what training and later stages made."""
    run = tmp_path / "runs" / "smoke"
    copy_untrained(finished.directory, run)
    return run
