"""The house stands: rooms import only from floors below, files stay small, every room is known."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOOFI = Path(__file__).resolve().parents[1] / "soofi"
FLOORS = [
    {"recipe", "ledger"},
    {"corpus", "tokenizer", "model", "metrics"},
    {"tokens", "plan", "checkpoint"},
    {"train"},
    {"export", "evaluate", "launch"},
    {"report"},
    {"pipeline"},
    {"cli"},
]
FLOOR_OF = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}


def imports(path: Path) -> Iterator[str]:
    """Rooms that a file imports from, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        for name in names:
            parts = name.split(".")
            if parts[0] == "soofi" and len(parts) > 1:
                yield parts[1]


def test_every_room_has_its_floor() -> None:
    rooms = {path.name for path in SOOFI.iterdir() if path.is_dir() and not path.name.startswith("__")}
    assert rooms == set(FLOOR_OF)


@pytest.mark.parametrize("room", sorted(FLOOR_OF))
def test_a_room_imports_only_from_floors_below(room: str) -> None:
    for path in (SOOFI / room).rglob("*.py"):
        for other in imports(path):
            assert other == room or FLOOR_OF[other] < FLOOR_OF[room], (
                f"{path.relative_to(SOOFI)} imports {other}"
            )


def test_files_have_one_subject_and_a_name_that_says_it() -> None:
    for path in SOOFI.rglob("*.py"):
        assert path.stem not in {"utils", "util", "helpers", "common", "misc"}, path
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 400, path
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), (
            f"{path} does not say what it is for"
        )
