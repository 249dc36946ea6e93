"""Reading the texts that a tokenizer is measured on: by language, and parallel ones."""

import gzip
import hashlib
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
import zstandard

from soofi.tokenizer.measurement import MEASURED_BYTES, corpus_texts
from soofi.tokenizer.sample import corpus_files

UNKNOWN = "und"
"""BCP-47's tag for a language that nobody names."""

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_LINES = (".txt", ".jsonl", ".txt.gz", ".jsonl.gz", ".txt.zst", ".jsonl.zst")
_KINDS = (*_LINES, ".parquet")


@dataclass(frozen=True)
class Texts:
    """Texts by language. `sha256`: of the texts of each language, each closed by a zero byte."""

    by_language: dict[str, list[str]]
    sha256: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sha256", {name: _digest(texts) for name, texts in self.by_language.items()})

    def described(self) -> dict[str, Any]:
        """What was measured, for a second person: language → documents, bytes, digest."""
        return {
            language: {
                "texts": len(texts),
                "bytes": sum(len(text.encode()) for text in texts),
                "sha256": self.sha256[language],
            }
            for language, texts in self.by_language.items()
        }


def read_texts(paths: Sequence[Path], languages: Sequence[str] = ()) -> Texts:
    """Texts of files, folders and runs, at most MEASURED_BYTES of each language; of `languages` alone if any are named.

    A run gives its corpus's validation split, and so does a corpus. Elsewhere a record's field `language` says what a text is in,
    else the file's name (`de.txt`, `de.jsonl.zst`), else the folder's (`de/part-0.parquet`). A .txt file is one text.

    Raises FileNotFoundError or ValueError with one sentence.
    """
    found: dict[str, list[str]] = {}
    left: dict[str, int] = {}
    for path in paths:
        for language, text in _texts_below(path):
            if languages and language not in languages:
                continue
            if text and left.setdefault(language, MEASURED_BYTES) > 0:
                left[language] -= len(text.encode())
                found.setdefault(language, []).append(text)
    if paths and not found:
        raise ValueError(f"{', '.join(map(str, paths))} hold no text to measure on: name others with --text")
    return Texts(dict(sorted(found.items())))


def read_parallel(path: Path) -> Texts:
    """Parallel text: a folder of `<language>.txt` or `<language>.jsonl` (records with `text`), whose lines are one another's
    translations, or one file of JSON Lines whose records hold language → text. Lines that some language leaves empty are left out in
    all.

    Raises FileNotFoundError or ValueError with one sentence.
    """
    if not path.exists():
        raise FileNotFoundError(
            f"there is no parallel text {path}: name a folder of LANGUAGE.txt or a .jsonl file"
        )
    columns = _parallel_folder(path) if path.is_dir() else _parallel_records(path)
    kept = [row for row in zip(*columns.values(), strict=True) if all(row)]
    if len(columns) < 2 or not kept:
        raise ValueError(f"{path} is no parallel text: it needs the same sentences in two languages or more")
    return Texts(
        {language: list(column) for language, column in zip(columns, zip(*kept, strict=True), strict=True)}
    )


def _parallel_folder(path: Path) -> dict[str, list[str]]:
    columns: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    for file in sorted(path.iterdir()):
        language, _, kind = file.name.partition(".")
        if f".{kind}" in _LINES and _LANGUAGE.fullmatch(language):
            columns[language] = _lines_of(file)
            names[language] = file.name
    lengths = {language: len(lines) for language, lines in columns.items()}
    if len(set(lengths.values())) > 1:
        few, many = min(lengths, key=lengths.__getitem__), max(lengths, key=lengths.__getitem__)
        raise ValueError(
            f"{path} is not parallel: {names[few]} has {lengths[few]} lines and {names[many]} has {lengths[many]}, but line i of every "
            "file has to say the same"
        )
    return columns


def _lines_of(path: Path) -> list[str]:
    if ".jsonl" in path.suffixes:
        return [str(record.get("text", "")).strip() for _, record in _records(path)]
    lines = [line.strip() for line in _bytes_of(path).decode(errors="replace").split("\n")]
    return lines[:-1] if lines[-1] == "" else lines


def _parallel_records(path: Path) -> dict[str, list[str]]:
    records = [record for _, record in _records(path)]
    # Languages that some record lacks cannot be compared on all of them.
    languages = sorted(set.intersection(*(set(record) for record in records))) if records else []
    return {language: [str(record[language]).strip() for record in records] for language in languages}


def _texts_below(path: Path) -> Iterator[tuple[str, str]]:
    if not path.exists():
        raise FileNotFoundError(f"there is no text {path}: name a run, a folder or a file of text")
    if path.is_file():
        yield from _texts_of_file(path)
        return
    corpus = path / "corpus" if (path / "corpus").is_dir() else path
    if any(corpus.glob("*/*/part-*.parquet")):
        for language, files in corpus_files(corpus, "validation").items():
            for text in corpus_texts(files, "validation"):
                yield language, text
        return
    for file in sorted(path.rglob("*")):
        if file.is_file() and file.name.endswith(_KINDS):
            yield from _texts_of_file(file)


def _texts_of_file(path: Path) -> Iterator[tuple[str, str]]:
    language = _language_of(path)
    if path.name.endswith(".parquet"):
        yield from _texts_of_table(path, language)
    elif ".jsonl" in path.suffixes:
        for number, record in _records(path):
            if not isinstance(record.get("text"), str):
                raise ValueError(f"line {number} of {path} has no text: every record needs a field 'text'")
            yield str(record.get("language") or language), record["text"]
    elif ".txt" in path.suffixes:
        yield language, _bytes_of(path).decode(errors="replace")
    else:
        raise ValueError(
            f"{path} is no text that can be read: name .txt, .jsonl (also .gz, .zst) or .parquet files"
        )


def _texts_of_table(path: Path, language: str) -> Iterator[tuple[str, str]]:
    with pq.ParquetFile(path) as file:
        names = file.schema_arrow.names
        if "text" not in names:
            raise ValueError(f"{path} has no column 'text': name a table that has one")
        columns = [name for name in ("text", "language", "split") if name in names]
        for batch in file.iter_batches(1024, columns=columns):
            if "split" in columns:
                batch = batch.filter(pc.equal(batch["split"], "validation"))
            languages: Iterable[str | None] = (
                batch["language"].to_pylist() if "language" in columns else [None] * batch.num_rows
            )
            for own, text in zip(languages, batch["text"].to_pylist(), strict=True):
                yield own or language, text or ""


def _language_of(path: Path) -> str:
    for name in (path.name.partition(".")[0], path.parent.name):
        if _LANGUAGE.fullmatch(name):
            return name
    return UNKNOWN


def _records(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, line in enumerate(io.BytesIO(_bytes_of(path)), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            record = None
        if not isinstance(record, dict):
            raise ValueError(f"line {number} of {path} is no JSON object: correct it")
        yield number, record


def _bytes_of(path: Path) -> bytes:
    data = path.read_bytes()
    try:
        if path.suffix == ".gz":
            return gzip.decompress(data)
        if path.suffix == ".zst":
            with zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True) as stream:
                return stream.read()
    except (OSError, EOFError, zstandard.ZstdError):
        raise ValueError(f"{path} is damaged: it cannot be unpacked") from None
    return data


def _digest(texts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for text in texts:
        digest.update(text.encode() + b"\0")
    return digest.hexdigest()
