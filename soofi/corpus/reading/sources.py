"""Which files a recipe's sources name, how each is written, and what it is called in a document's identity."""

import glob
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from soofi.recipe import Source

Format = Literal["jsonl", "text", "parquet"]

COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}

_FORMATS: dict[str, Format] = {".jsonl": "jsonl", ".txt": "text", ".md": "text"}
_ENDINGS = ".jsonl, .txt, .md or .parquet"


@dataclass(frozen=True)
class SourceFile:
    """One input file. `origin` names it inside its source, without the place where the source happens to stand."""

    source: str
    path: Path
    origin: str
    format: Format


@dataclass(frozen=True)
class Located:
    """Files of one source, sorted by origin, and those in its folders and patterns that no reader knows."""

    files: list[SourceFile]
    left_out: list[Path]

    def said(self) -> str | None:
        """One line about what was left out, or None."""
        if not self.left_out:
            return None
        return f"source '{self.files[0].source}': left out {_counted(self.left_out)}, which `format: auto` does not know"


def locate(source: Source) -> Located:
    """Find the files of one source; one that two of its paths lead to comes once.

    A path is a folder (everything below it), a file, or a pattern. Under `format: auto` the ending says how a file is
    written. An origin is the path below the folder, or below the part of the pattern that has no * in it. Where two
    files of a source would be called the same, the names of the folders above are added until they differ.

    Raises FileNotFoundError for a path without one file to read, ValueError for a file whose ending says nothing and for
    a broken link, PermissionError for a folder that cannot be listed; each in one sentence.
    """
    origins: dict[Path, Path] = {}
    formats: dict[Path, Format] = {}
    left_out: set[Path] = set()
    for named in source.paths:
        root, found = _matches(named)
        known: dict[Path, Format] = {}
        for path in found:
            form = _format_of_ending(path) if source.format == "auto" else source.format
            if form:
                known[path] = form
        if named in found and not known:
            raise ValueError(
                f"source '{source.name}': the ending of {named} does not say how it is written: set `format` of the "
                f"source to jsonl, text or parquet"
            )
        unknown = [path for path in found if path not in known]
        if not known:
            raise FileNotFoundError(_nothing_found(source, named, unknown))
        for path in known:
            if not path.is_file():
                raise ValueError(
                    f"source '{source.name}': {path} is a broken link or no ordinary file: mend it or remove it"
                )
            origins.setdefault(path, path.relative_to(root))
        formats |= known
        left_out.update(unknown)
    while clashes := {name for name, count in Counter(origins.values()).items() if count > 1}:
        for path, origin in origins.items():
            if origin in clashes:
                origins[path] = Path(*path.parts[-len(origin.parts) - 1 :])
    files = [
        SourceFile(source.name, path, origin.as_posix(), formats[path]) for path, origin in origins.items()
    ]
    return Located(sorted(files, key=lambda file: file.origin), sorted(left_out))


def compression_of(path: Path) -> str | None:
    """pyarrow's name of the compression that a file's ending tells, or None."""
    return COMPRESSIONS.get(path.suffix.lower())


def _format_of_ending(path: Path) -> Format | None:
    kind = path.suffix.lower()
    if kind in COMPRESSIONS:
        kind = Path(path.stem).suffix.lower()
        # Plain .json is one value over many lines as a rule; what is compressed under that name is JSON Lines.
        return "jsonl" if kind == ".json" else _FORMATS.get(kind)
    return "parquet" if kind == ".parquet" else _FORMATS.get(kind)


def _matches(named: Path) -> tuple[Path, list[Path]]:
    """The folder against which names are taken, and what a path of the recipe leads to, sorted."""
    if named.is_file():
        return named.parent, [named]
    if named.is_dir():
        return named, sorted(_files_below(named))
    found: set[Path] = set()
    # Hidden names are left out, as everywhere with patterns: half-written files are called so.
    for path in map(Path, glob.glob(str(named), recursive=True)):
        if not path.is_dir():
            found.add(path)
        elif _format_of_ending(path):  # such as the folder of parts that Spark calls texts.parquet
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


def _nothing_found(source: Source, named: Path, unknown: list[Path]) -> str:
    if unknown:
        return (
            f"source '{source.name}': {named} leads only to {_counted(unknown)}: put {_ENDINGS} files there, or set "
            f"`format` of the source to jsonl, text or parquet"
        )
    if named.is_dir():
        return f"source '{source.name}': no file is in {named}: put {_ENDINGS} files there"
    sentence = f"source '{source.name}': no file matches {named}"
    if "data/sample" in named.as_posix():
        return f"{sentence}: run `python scripts/sample_corpus.py` first, which makes it"
    return f"{sentence}: correct corpus.sources or put the files there"


def _counted(paths: list[Path]) -> str:
    """`3 files (2 .pdf, 1 without ending)`: the five most frequent endings."""
    kinds = Counter(path.suffix.lower() or "without ending" for path in paths)
    ranked = sorted(kinds.items(), key=lambda item: (-item[1], item[0]))
    shown = [f"{count} {kind}" for kind, count in ranked[:5]] + ["…"] * (len(ranked) > 5)
    return f"{len(paths)} file{'s' * (len(paths) > 1)} ({', '.join(shown)})"
