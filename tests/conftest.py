"""Fixtures for every folder of tests, whether one process runs them or several (pytest-xdist)."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with a file that needs the finished run, then come to files that do not: a second test process has work while
    the first one makes that run, and at the end short files are left to share."""
    needing: dict[Path, bool] = {}
    for item in items:
        needing[item.path] = needing.get(item.path, False) or "finished" in item.fixturenames
    long = [path for path, needs in needing.items() if needs]
    short = [path for path, needs in needing.items() if not needs]
    half = len(short) // 2
    order = {path: place for place, path in enumerate([*long[:1], *short[:half], *long[1:], *short[half:]])}
    items.sort(key=lambda item: order[item.path])


@contextmanager
def shared_folder(factory: pytest.TempPathFactory, name: str) -> Iterator[Path]:
    """A folder that all test processes of this session share. One at a time is inside: the first fills it."""
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    folder.mkdir(exist_ok=True)
    with (folder / "in-turn.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


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
    """`soofi run recipes/smoke.yaml`, once for all tests. They must not change it, nor run it again: copy it instead."""
    with shared_folder(tmp_path_factory, "finished") as root:
        said = root / "said.txt"
        if not said.is_file():
            done = soofi("run", smoke_recipe, f"run_root={root}")
            assert done.returncode == 0, done.stdout + done.stderr
            said.write_text(done.stdout, encoding="utf-8")
        return FinishedRun(root / "smoke", said.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def tiny(
    finished: FinishedRun, smoke_recipe: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Course]:
    """The recipe of a tiny run that saves often, and what it does undisturbed, once for all tests."""
    with shared_folder(tmp_path_factory, "tiny") as directory:
        recipe, course = directory / "tiny.yaml", directory / "course.json"
        if not course.is_file():
            write_recipe(smoke_recipe, recipe)
            course.write_text(Course.record(finished.directory, recipe, directory / "undisturbed").to_json())
        return recipe, Course.from_json(course.read_text())


@pytest.fixture
def untrained(finished: FinishedRun, tmp_path: Path) -> Path:
    """A copy of the finished run without what training and later stages made."""
    run = tmp_path / "runs" / "smoke"
    copy_untrained(finished.directory, run)
    return run
