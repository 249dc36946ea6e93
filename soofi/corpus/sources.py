"""Which files a recipe's sources name, and what each file is called in a document's identity."""

import glob
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from soofi.recipe import Recipe, Source


@dataclass(frozen=True)
class SourceFile:
    """One input file. `origin` names it inside its source, without the place where the source happens to stand."""

    source: str
    path: Path
    origin: str


def source_files(recipe: Recipe) -> dict[str, list[Path]]:
    """Files of each source in a fixed order; raises FileNotFoundError that names a pattern which matches nothing."""
    return {source.name: [file.path for file in located_files(source)] for source in recipe.corpus.sources}


def located_files(source: Source) -> list[SourceFile]:
    """Files of one source, sorted by origin; a file that two patterns match comes once.

    An origin is the path below the part of the pattern that has no * in it. Where two files of a source would be
    called the same, the names of the folders above are added until they differ.
    """
    origins: dict[Path, Path] = {}
    for pattern in source.paths:
        root = pattern.parent if pattern.is_file() else _fixed_part(pattern)
        # Hidden names are left out, as everywhere with patterns: half-written files are called so.
        found = [pattern] if pattern.is_file() else map(Path, glob.glob(str(pattern), recursive=True))
        matches = sorted(path for path in found if path.is_file())
        if not matches:
            raise FileNotFoundError(_nothing_matches(source, pattern))
        for path in matches:
            origins.setdefault(path, path.relative_to(root))
    while clashes := {name for name, count in Counter(origins.values()).items() if count > 1}:
        for path, origin in origins.items():
            if origin in clashes:
                origins[path] = Path(*path.parts[-len(origin.parts) - 1 :])
    files = [SourceFile(source.name, path, origin.as_posix()) for path, origin in origins.items()]
    return sorted(files, key=lambda file: file.origin)


def _fixed_part(pattern: Path) -> Path:
    """The folder above everything that the pattern leaves open."""
    fixed = pattern.parent
    while glob.has_magic(str(fixed)):
        fixed = fixed.parent
    return fixed


def _nothing_matches(source: Source, pattern: Path) -> str:
    sentence = f"source '{source.name}': no file matches {pattern}"
    if "data/sample" in pattern.as_posix():
        return f"{sentence}: run `python scripts/sample_corpus.py` first, which makes it"
    return f"{sentence}: correct corpus.sources or put the files there"
