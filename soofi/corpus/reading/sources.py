"""Which files a recipe's sources name, how each is written, and what it is called in a document's identity."""

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from soofi.corpus.reading import local_files, remote_files
from soofi.corpus.reading.formats import ENDINGS, Format, format_of_ending
from soofi.corpus.reading.hugging_face import data_files
from soofi.recipe import Source, is_url


@dataclass(frozen=True)
class SourceFile:
    """One input file: a local path or a URL.

    `origin` names it inside its source, without the place where the source happens to stand. `digest`: hex SHA-256 that
    stands for a remote file's content; None for a local file, whose bytes are hashed. `builder`: the module of
    `datasets` that reads a file of format `dataset`.
    """

    source: str
    place: str
    origin: str
    format: Format
    size_bytes: int = 0
    digest: str | None = None
    builder: str | None = None

    @property
    def path(self) -> Path:
        """Where a local file lies."""
        assert not is_url(self.place), self.place
        return Path(self.place)


@dataclass(frozen=True)
class Located:
    """Files of one source, sorted by origin, and those in its folders and patterns that no reader knows."""

    files: list[SourceFile]
    left_out: list[str]

    def said(self) -> str | None:
        """One line about what was left out, or None."""
        if not self.left_out:
            return None
        return f"source '{self.files[0].source}': left out {_counted(self.left_out)}, which `format: auto` does not know"


@dataclass(frozen=True)
class _Match:
    place: str
    below: PurePosixPath  # path below the folder of the recipe's path, or below the plain part of a pattern
    size_bytes: int
    digest: str | None = None


def locate(source: Source, what: str = "source", field: str = "corpus.sources") -> Located:
    """Find the files of one source; one that two of its paths lead to comes once. `what` it is, and the `field` that names it, are for errors.

    A path is a folder (everything below it), a file, or a pattern, local or as a URL. Under `format: auto` the ending
    says how a file is written. An origin is the path below the folder, or below the part of the pattern that has no *
    in it. Where two files of a source would be called the same, the names of the folders above are added until they
    differ. The files of a data set are those that `datasets` finds for its configuration and split.

    Raises FileNotFoundError for a path without one file to read, ValueError for a file whose ending says nothing, for a
    broken link and for a store that cannot be reached, PermissionError for a folder that cannot be listed; each in one
    sentence.
    """
    if source.dataset is not None:
        return Located(_of_data_set(source), [])
    found: dict[str, _Match] = {}
    formats: dict[str, Format] = {}
    left_out: set[str] = set()
    for named in source.paths:
        matched = _remote(source, named) if is_url(named) else _local(Path(named))
        known: dict[str, Format] = {}
        for place in matched:
            form = format_of_ending(place) if source.format == "auto" else source.format
            if form:
                known[place] = form
        is_file = [match.below.as_posix() for match in matched.values()] == [PurePosixPath(named).name]
        if is_file and not known:
            raise ValueError(
                f"{what} '{source.name}': the ending of {named} does not say how it is written: set `format` to "
                f"jsonl, text, parquet, html or warc"
            )
        unknown = [place for place in matched if place not in known]
        if not known:
            raise FileNotFoundError(_nothing_found(f"{what} '{source.name}'", named, unknown, field))
        for place in known:
            if not is_url(place) and not os.path.isfile(place):
                raise ValueError(
                    f"{what} '{source.name}': {place} is a broken link or no ordinary file: mend it or remove it"
                )
            found.setdefault(place, matched[place])
        formats |= known
        left_out.update(unknown)
    origins = _origins(found)
    files = [
        SourceFile(source.name, place, origins[place], formats[place], match.size_bytes, match.digest)
        for place, match in found.items()
    ]
    return Located(sorted(files, key=lambda file: file.origin), sorted(left_out))


def _local(named: Path) -> dict[str, _Match]:
    root, paths = local_files.matches(named)
    return {
        str(path): _Match(
            str(path),
            PurePosixPath(path.relative_to(root)),
            path.stat().st_size if path.is_file() else 0,
        )
        for path in paths
    }


def _remote(source: Source, named: str) -> dict[str, _Match]:
    root, remotes = remote_files.matches(named, source.storage_options)
    return {
        remote.url: _Match(
            remote.url,
            PurePosixPath(remote.url.removeprefix(root).lstrip("/")),
            remote.size_bytes,
            remote.digest,
        )
        for remote in remotes
    }


def _origins(found: dict[str, _Match]) -> dict[str, str]:
    """Place → name; names that clash grow by the folders above them."""
    origins = {place: match.below for place, match in found.items()}
    while clashes := {name for name, count in Counter(origins.values()).items() if count > 1}:
        for place, origin in origins.items():
            if origin in clashes:
                origins[place] = PurePosixPath(*PurePosixPath(place).parts[-len(origin.parts) - 1 :])
    return {place: origin.as_posix() for place, origin in origins.items()}


def _of_data_set(source: Source) -> list[SourceFile]:
    files = []
    for file in data_files(source):
        if is_url(file.place):
            size, digest = remote_files.digest_of(file.place, source.storage_options)
        else:
            size, digest = os.path.getsize(file.place), None
        files.append(
            SourceFile(source.name, file.place, file.origin, file.format, size, digest, file.builder)
        )
    return sorted(files, key=lambda file: file.origin)


def _nothing_found(called: str, named: str, unknown: list[str], field: str) -> str:
    if unknown:
        return (
            f"{called}: {named} leads only to {_counted(unknown)}: put {ENDINGS} files there, or set `format` to jsonl, text, "
            f"parquet, html or warc"
        )
    if os.path.isdir(named):
        return f"{called}: no file is in {named}: put {ENDINGS} files there"
    sentence = f"{called}: no file matches {named}"
    if "data/sample" in named:
        return f"{sentence}: run `python scripts/sample_corpus.py` first, which makes it"
    return f"{sentence}: correct {field} or put the files there"


def _counted(places: list[str]) -> str:
    """`3 files (2 .pdf, 1 without ending)`: the five most frequent endings."""
    kinds = Counter(PurePosixPath(place).suffix.lower() or "without ending" for place in places)
    ranked = sorted(kinds.items(), key=lambda item: (-item[1], item[0]))
    shown = [f"{count} {kind}" for kind, count in ranked[:5]] + ["…"] * (len(ranked) > 5)
    return f"{len(places)} file{'s' * (len(places) > 1)} ({', '.join(shown)})"
