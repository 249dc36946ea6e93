"""Pages of packages as a web crawl: hosts, headers and robots files made up around real HTML."""

import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

from fastwarc.warc import WarcRecord, WarcRecordType

from .documents import DECLARATION_FILES, files_below
from .packages import Package

HELP_LANGUAGES = ("de", "el", "fr", "it", "pl", "sk")  # Debian's Slovak help is a link to the Czech one
FORMAT = "soofi.sample_corpus/1"
_CRAWLED, _LATER = "2026-03-01T12:00:00Z", "2026-06-01T12:00:00Z"


@dataclass(frozen=True)
class Page:
    """One page as a server might have sent it."""

    host: str
    path: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Its address."""
        return f"https://{self.host}/{self.path}"


@dataclass(frozen=True)
class Stored:
    """One stored robots file, a row of the snapshot."""

    host: str
    fetched: str
    status: int
    path: str
    body: str


_ROBOTS = "/robots.txt"
SNAPSHOT = (
    Stored("help-de.example", _CRAWLED, 200, _ROBOTS, "User-agent: *\nAllow: /\n"),
    # All of French was open when it was crawled; a later file reserves a folder for every training crawler.
    Stored("help-fr.example", _CRAWLED, 404, _ROBOTS, ""),
    Stored("help-fr.example", _LATER, 200, _ROBOTS, "User-agent: GPTBot\nUser-agent: CCBot\nDisallow: /text/scalc/\n"),
    Stored("help-pl.example", _CRAWLED, 200, _ROBOTS, "User-agent: *\nContent-Usage: /text/simpress/ train-ai=n\nAllow: /\n"),
    Stored("help-it.example", _CRAWLED, 200, _ROBOTS, "User-agent: *\nDisallow: /private/\n"),
    Stored(
        "help-it.example", _CRAWLED, 200, "/.well-known/tdmrep.json",
        json.dumps([{"location": "/text/sbasic/*", "tdm-reservation": 1}]),
    ),
    Stored("help-el.example", _CRAWLED, 200, _ROBOTS, "User-agent: *\nAllow: /\n"),
    Stored("help-sk.example", _CRAWLED, 200, _ROBOTS, "User-agent: *\nAllow: /\n"),
)  # fmt: skip
"""What each host reserves; the hosts of the Declaration have no file at all."""


def help_pages(root: Path, pages_per_language: int) -> Iterator[Page]:
    """Pages of the help, those with the lowest digests of their names; in Greek every tenth has a header that says `noai`."""
    for language in HELP_LANGUAGES:
        folder = f"usr/share/libreoffice/help/{language}"
        found = list(files_below(root / folder, "text/**/*.html"))
        found.sort(key=lambda one: hashlib.sha256(one[0].encode()).digest())
        for number, (name, path) in enumerate(sorted(found[:pages_per_language])):
            headers = {"X-Robots-Tag": "noai"} if language == "el" and number % 10 == 0 else {}
            yield Page(f"help-{language}.example", name, path.read_bytes(), headers)


def declaration_pages(root: Path) -> Iterator[Page]:
    """The Declaration in every language, a page each: articles 16 to 30 are among them, which no corpus may hold."""
    for language, file in DECLARATION_FILES.items():
        body = (root / "package" / "declaration" / f"{file}.html").read_bytes()
        yield Page(f"rights-{language}.example", "declaration.html", body)


def write_crawl(pages: Sequence[Page], packages: Sequence[Package], folder: Path) -> dict[str, int]:
    """Write WARC, snapshot and manifest into the empty `folder`; returns pages by host."""
    with open(folder / "pages.warc.gz", "wb") as file:
        for page in pages:
            record = BytesIO()
            _record(page).write(record, checksum_data=True)
            file.write(
                gzip.compress(record.getvalue(), mtime=0)
            )  # a member for each record, as crawlers write them
    rows = "".join(json.dumps(asdict(one)) + "\n" for one in SNAPSHOT)
    (folder / "robots.jsonl").write_text(rows, encoding="utf-8")
    files = [_described(folder / name) for name in ("pages.warc.gz", "robots.jsonl")]
    named = [{key: value for key, value in asdict(one).items() if key != "path"} for one in packages]
    manifest = {"format": FORMAT, "packages": named, "files": files}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return dict(Counter(page.host for page in pages))


def _record(page: Page) -> WarcRecord:
    record = WarcRecord()
    record.init_headers(record_type=WarcRecordType.response)
    headers = record.headers
    headers["WARC-Target-URI"], headers["WARC-Date"] = page.url, _CRAWLED
    digest = hashlib.sha256(page.url.encode()).hexdigest()
    headers["WARC-Record-ID"] = (
        f"<urn:uuid:{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}>"
    )
    lines = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Length": str(len(page.body)),
        **page.headers,
    }
    head = "HTTP/1.1 200 OK\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + "\r\n"
    record.is_http = True
    headers["Content-Type"] = "application/http; msgtype=response"
    record.set_bytes_content(head.encode() + page.body)
    return record


def _described(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    return {"path": path.name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


__all__ = ["HELP_LANGUAGES", "SNAPSHOT", "Page", "Stored", "declaration_pages", "help_pages", "write_crawl"]
