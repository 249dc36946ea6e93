"""Manifests: what a stage's directory was made from and what it holds."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Any

from soofi.ledger.digest import DigestCache, sha256_file, sha256_values
from soofi.ledger.publish import PARTIAL, write_json

FORMAT = "soofi.manifest/1"
NAME = "manifest.json"


class FormatError(ValueError):
    """A file of another version of soofi: neither damaged nor to be made again."""


@dataclass(frozen=True)
class Output:
    """One file that a stage made. `path` is relative to the manifest's directory."""

    path: str
    bytes: int
    sha256: str
    rows: int | None = None
    tokens: int | None = None


@dataclass(frozen=True)
class Manifest:
    """What went in (name to digest), the governing part of the recipe (digest), what came out."""

    stage: str
    inputs: dict[str, str]
    recipe_sha256: str
    outputs: list[Output]
    libraries: dict[str, str]

    def unchanged(self, inputs: Mapping[str, str], governing: Any) -> bool:
        """Whether the same inputs and the same governing recipe part would make this directory again."""
        return self.inputs == dict(inputs) and self.recipe_sha256 == sha256_values(governing)


def write_manifest(
    directory: Path,
    stage: str,
    inputs: Mapping[str, str],
    governing: Any,
    *,
    rows: Mapping[str, int] | None = None,
    tokens: Mapping[str, int] | None = None,
    digests: Mapping[str, str] | None = None,
    libraries: Sequence[str] = (),
) -> Manifest:
    """Describe every file below `directory` and write its manifest.

    `inputs`: name of each input to its hex SHA-256. `governing`: plain values of the recipe part that decided the
    result. `rows`, `tokens`: counts by relative path. `digests`: SHA-256 by relative path of files whose writer has just
    computed it. `libraries`: distributions whose version mattered.
    """
    outputs = []
    for path in files_below(directory):
        name = path.relative_to(directory).as_posix()
        outputs.append(
            Output(
                name,
                path.stat().st_size,
                (digests or {}).get(name) or sha256_file(path),
                (rows or {}).get(name),
                (tokens or {}).get(name),
            )
        )
    manifest = Manifest(
        stage,
        dict(sorted(inputs.items())),
        sha256_values(governing),
        outputs,
        {name: version(name) for name in libraries},
    )
    values = asdict(manifest)
    values["outputs"] = [{k: v for k, v in output.items() if v is not None} for output in values["outputs"]]
    write_json(directory / NAME, {"format": FORMAT, **values})
    return manifest


def update_manifest(directory: Path, changed: Mapping[str, int | None]) -> None:
    """Describe again those files of a published directory that were changed or added after it was made.

    `changed`: rows (None: as before) by relative path. What went in stays as it was recorded.
    """
    values = json.loads((directory / NAME).read_text(encoding="utf-8"))
    outputs = {output["path"]: output for output in values["outputs"]}
    for name, rows in changed.items():
        path = directory / name
        output = outputs.setdefault(name, {"path": name})
        output |= {"bytes": path.stat().st_size, "sha256": sha256_file(path)}
        if rows is not None:
            output["rows"] = rows
    values["outputs"] = [outputs[name] for name in sorted(outputs, key=lambda name: Path(name))]
    write_json(directory / NAME, values)


def read_manifest(directory: Path) -> Manifest:
    """Read a directory's manifest; raises FileNotFoundError or ValueError (of another version: FormatError) with one
    sentence."""
    path = directory / NAME
    if not path.is_file():
        raise FileNotFoundError(f"{directory} has no {NAME}: the stage that makes it did not finish")
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        form = values.pop("format")
        if form != FORMAT:
            raise FormatError(
                f"{path} has format {form}; this soofi reads {FORMAT}: use the soofi that wrote it"
            )
        values["outputs"] = [Output(**output) for output in values["outputs"]]
        manifest = Manifest(**values)
        outside = [output.path for output in manifest.outputs if _leads_out(output.path)]
    except (
        KeyError,
        TypeError,
        AttributeError,
        UnicodeDecodeError,
        json.JSONDecodeError,
    ):
        raise ValueError(f"{path} is damaged") from None
    if outside:
        raise ValueError(f"{path} names {outside[0]}, which is not in its directory: it is damaged")
    return manifest


def manifest_sha256(directory: Path) -> str:
    """Digest that stands for the whole directory: that of its manifest file."""
    return sha256_file(directory / NAME)


def files_below(directory: Path) -> list[Path]:
    """Published files below a directory in a fixed order, its manifest left out."""
    found = [p for p in directory.rglob("*") if p.is_file() and p != directory / NAME]
    return sorted(
        p for p in found if not any(part.startswith(PARTIAL) for part in p.relative_to(directory).parts)
    )


def _leads_out(path: str) -> bool:
    return PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts


def damage(
    directory: Path, sha256: Callable[[Path], str] = sha256_file, part: int = 0, parts: int = 1
) -> str | None:
    """What is wrong with a published directory's files, or None.

    `sha256`: how to hash, such as a cache's method. `part` of `parts`: look at every parts-th file only, so that several
    processes can share the work. Raises FormatError for a directory that another version of soofi wrote.
    """
    try:
        outputs = read_manifest(directory).outputs
        for output in outputs[part::parts]:
            path = directory / output.path
            if not path.is_file():
                return f"{output.path} is missing"
            if path.stat().st_size != output.bytes or sha256(path) != output.sha256:
                return f"{output.path} is not as it was written"
    except FormatError:
        raise
    except (OSError, ValueError) as error:
        return str(error)
    return None


def is_finished(directory: Path, inputs: Mapping[str, str], governing: Any, cache: DigestCache) -> bool:
    """Whether a stage can be skipped: same inputs, same recipe part, and all its files, and no others, as it left them.

    Files are hashed again only where size or modification time changed since the cache saw them. Raises FormatError for
    a directory that another version of soofi wrote: it must not be written over.
    """
    try:
        manifest = read_manifest(directory)
        found = {path.relative_to(directory).as_posix() for path in files_below(directory)}
    except FormatError:
        raise
    except (OSError, ValueError):
        return False
    return (
        found == {out.path for out in manifest.outputs}
        and manifest.unchanged(inputs, governing)
        and damage(directory, cache.sha256) is None
    )
