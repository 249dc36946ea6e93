"""How files are written, by their endings."""

from pathlib import PurePath
from typing import Literal

Format = Literal["jsonl", "text", "parquet", "html", "warc", "dataset"]
"""`warc` is WET too; `dataset` is whatever the `datasets` library reads and we do not."""

COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}

_FORMATS: dict[str, Format] = {
    ".jsonl": "jsonl", ".txt": "text", ".md": "text", ".html": "html", ".htm": "html", ".xhtml": "html",
    ".warc": "warc", ".wet": "warc",
}  # fmt: skip

ENDINGS = ".jsonl, .txt, .md, .html, .warc, .wet or .parquet"


def compression_of(name: str) -> str | None:
    """The compression that a file's ending tells (`gzip`, `zstd`), or None."""
    return COMPRESSIONS.get(PurePath(name).suffix.lower())


def format_of_ending(name: str) -> Format | None:
    """How a file is written by its ending, or None if that says nothing."""
    path = PurePath(name)
    kind = path.suffix.lower()
    if kind in COMPRESSIONS:
        kind = PurePath(path.stem).suffix.lower()
        # Plain .json is one value over many lines as a rule; what is compressed under that name is JSON Lines.
        return "jsonl" if kind == ".json" else _FORMATS.get(kind)
    return "parquet" if kind == ".parquet" else _FORMATS.get(kind)
