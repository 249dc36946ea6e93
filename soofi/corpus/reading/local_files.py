"""Finding local files: what a path of the recipe leads to."""

import glob
import os
from collections.abc import Iterator
from pathlib import Path

from soofi.corpus.reading.formats import format_of_ending


def matches(named: Path) -> tuple[Path, list[Path]]:
    """The folder against which names are taken, and what a path of the recipe leads to, sorted.

    Raises PermissionError for a folder that cannot be listed.
    """
    if named.is_file():
        return named.parent, [named]
    if named.is_dir():
        return named, sorted(_files_below(named))
    found: set[Path] = set()
    # Hidden names are left out, as everywhere with patterns: half-written files are called so.
    for path in map(Path, glob.glob(str(named), recursive=True)):
        if not path.is_dir():
            found.add(path)
        elif format_of_ending(path.name):  # such as the folder of parts that Spark calls texts.parquet
            found.update(_files_below(path))
    root = named.parent
    while glob.has_magic(str(root)):
        root = root.parent
    return root, sorted(found)


def _files_below(folder: Path) -> Iterator[Path]:
    """Files below a folder that are not hidden; follows links, each folder once."""
    seen: set[tuple[int, int]] = set()
    for place, folders, names in os.walk(folder, followlinks=True, onerror=_refuse):
        status = os.stat(place)
        if (status.st_dev, status.st_ino) in seen:
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(place, name) for name in names if not name.startswith("."))


def _refuse(error: OSError) -> None:
    """A folder that cannot be listed would be text lost without a word."""
    raise PermissionError(f"{error.filename} cannot be listed: {error.strerror}") from None
