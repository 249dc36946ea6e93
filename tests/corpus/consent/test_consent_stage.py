"""The consent stage: from stored robots files to a decision about every document, and what becomes of bad ones."""

import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from soofi.corpus.batches import WORKING
from soofi.corpus.consent.consent import ConsentStage
from soofi.corpus.consent.files import consent_files, snapshot_files
from soofi.corpus.consent.snapshot import write_arrow
from soofi.ledger import RunDirectory
from soofi.recipe import Consent, Recipe

ROBOTS = "/robots.txt"
TDMREP = "/.well-known/tdmrep.json"
REFUSES_ALL = "User-agent: GPTBot\nDisallow: /\n"
REFUSES_PART = "User-agent: *\nDisallow: /private/\n"
Row = dict[str, Any]


def row(
    host: str, body: str, path: str = ROBOTS, fetched: str = "2026-01-01", status: int | None = 200
) -> Row:
    return {"host": host, "fetched": fetched, "status": status, "path": path, "body": body}


@pytest.fixture
def snapshot(tmp_path: Path) -> Callable[..., Path]:
    def write(*rows: Row, name: str = "robots.jsonl") -> Path:
        path = tmp_path / name
        path.write_text("".join(json.dumps(r) + "\n" for r in rows))
        return path

    return write


def judged(consent: Consent, *documents: str | Row) -> list[Row]:
    """The rows of a batch after the stage; a document may be given by its URL."""
    rows = [{"url": d} if isinstance(d, str) else d for d in documents]
    return ConsentStage(consent)(pa.RecordBatch.from_pylist(rows, WORKING)).to_pylist()


def reasons(consent: Consent, *documents: str | Row) -> list[str | None]:
    return [found["reason"] for found in judged(consent, *documents)]


def test_every_document_keeps_the_rule_that_decided(snapshot: Callable[..., Path]) -> None:
    path = snapshot(
        row("a.eu", REFUSES_PART),
        row("b.eu", REFUSES_ALL),
        row("c.eu", "User-agent: *\nAllow: /\n"),
        row("d.eu", "", status=404),
    )
    found = judged(
        Consent(snapshots=[path]),
        "https://a.eu/private/1", "https://a.eu/public", "http://B.eu:80", "http://c.eu/x", "http://d.eu/", "http://e.eu/",
    )  # fmt: skip
    assert [(f["stage"], f["reason"]) for f in found] == [
        ("consent", "reserved_by_robots"), (None, None), ("consent", "reserved_by_robots"), (None, None), (None, None), (None, None)
    ]  # fmt: skip
    assert [(f["consent"]["rule"], f["consent"]["found_at"], f["consent"]["decision"]) for f in found] == [
        ("*: Disallow: /private/", "a.eu/robots.txt of 2026-01-01", "reserved"),
        ("no reservation found", "a.eu/robots.txt of 2026-01-01", "allowed"),
        ("GPTBot: Disallow: /", "b.eu/robots.txt of 2026-01-01", "reserved"),
        ("*: Allow: /", "c.eu/robots.txt of 2026-01-01", "allowed"),
        ("no reservation found", "d.eu/robots.txt of 2026-01-01 (status 404)", "allowed"),
        ("no snapshot of this host", None, "allowed"),
    ]
    assert json.loads(found[2]["evidence"]) == found[2]["consent"]
    assert len(found[0]["consent"]["snapshot_sha256"]) == 64
    assert found[0]["consent"]["snapshot_sha256"] != found[2]["consent"]["snapshot_sha256"]


def test_rows_dropped_earlier_pass_untouched(snapshot: Callable[..., Path]) -> None:
    dropped = {"url": "https://b.eu/", "stage": "read", "reason": "not_json", "evidence": "{}"}
    found = judged(Consent(snapshots=[snapshot(row("b.eu", REFUSES_ALL))]), dropped, "https://b.eu/")
    assert (found[0]["reason"], found[0]["consent"]) == ("not_json", None)
    assert found[1]["reason"] == "reserved_by_robots"


@pytest.mark.parametrize(
    ("dates", "expected"),
    [  # refused in 2024, granted in 2025, refused in 2026 for /new/ alone
        ("newest", [None, None, None, "reserved_by_robots", None]),
        ("nearest", ["reserved_by_robots", None, None, None, None]),
        ("both", ["reserved_by_robots", None, None, "reserved_by_robots", None]),
    ],
)
def test_snapshots_of_several_days(
    dates: Any, expected: list[str | None], snapshot: Callable[..., Path]
) -> None:
    path = snapshot(
        row("a.eu", "User-agent: *\nDisallow: /new/\n", fetched="2026-01-01T10:00:00Z"),
        row("a.eu", REFUSES_ALL, fetched="2024-01-01"),
        row("a.eu", "", fetched="2025-01-01"),
    )
    documents = [
        {"url": "https://a.eu/x", "date": "2024-03-01"},
        {"url": "https://a.eu/x", "date": "2025-03"},
        {"url": "https://a.eu/x", "date": "2026-03-01T00:00:00"},
        {"url": "https://a.eu/new/x", "date": "2025"},
        {"url": "https://a.eu/x"},
    ]
    assert reasons(Consent(snapshots=[path], dates=dates), *documents) == expected


def test_a_host_that_failed(snapshot: Callable[..., Path]) -> None:
    path = snapshot(
        row("down.eu", "", status=503),
        row("once.eu", REFUSES_PART, fetched="2025-01-01"),
        row("once.eu", "", status=500),
    )
    documents = ["https://down.eu/x", "https://once.eu/x", "https://once.eu/private/x"]
    expected = ["robots_unreachable", None, "reserved_by_robots"]
    assert reasons(Consent(snapshots=[path]), *documents) == expected
    assert reasons(Consent(snapshots=[path], unreachable_host="allow"), *documents) == [None, *expected[1:]]


def test_unknown_hosts_and_documents_without_url(snapshot: Callable[..., Path]) -> None:
    path = snapshot(row("a.eu", ""))
    documents: list[Any] = [
        "https://a.eu/",
        "https://unknown.eu/",
        {"url": None},
        "mailto:x@a.eu",
        "file:///a",
    ]
    assert reasons(Consent(snapshots=[path]), *documents) == [None] * 5
    assert (
        reasons(Consent(snapshots=[path], unknown_host="drop"), *documents)
        == [None] + ["consent_unknown"] * 4
    )
    assert [f["consent"]["rule"] for f in judged(Consent(), *documents)[1:]] == [
        "no snapshot of this host", "no URL", "no URL", "no URL",
    ]  # fmt: skip


def test_of_one_day_the_later_file_counts_wherever_it_stands(snapshot: Callable[..., Path]) -> None:
    late = row("a.eu", REFUSES_ALL, fetched="2026-01-01T18:00:00Z")
    early = row("a.eu", "", fetched="2026-01-01T09:00:00+01:00")
    for number, rows in enumerate(([late, early], [early, late])):
        written = snapshot(*rows, name=f"{number}.jsonl")
        arrow = written.with_suffix(".arrow")
        write_arrow([written], arrow)
        for path in (written, arrow):
            assert reasons(Consent(snapshots=[path]), "https://a.eu/x") == ["reserved_by_robots"]


def test_days_are_those_of_one_zone(snapshot: Callable[..., Path]) -> None:
    path = snapshot(
        row("a.eu", "", fetched="2026-01-01"),
        row("a.eu", REFUSES_ALL, fetched="2026-01-03"),
        row("a.eu", "", fetched="2026-02-01"),
    )
    # In Greenwich it is the evening of the 1st, and the night before the 3rd.
    documents = [
        {"url": "https://a.eu/x", "date": f"2026-01-02T{time}"}
        for time in ("00:30:00+02:00", "23:30:00-05:00")
    ]
    assert reasons(Consent(snapshots=[path], dates="nearest"), *documents) == [None, "reserved_by_robots"]


def test_of_tdmrep_the_statement_nearest_to_the_page_counts(snapshot: Callable[..., Path]) -> None:
    path = snapshot(row("a.eu", '[{"location": "/", "tdm-reservation": 1}]', TDMREP), row("a.eu", ""))
    headers = json.dumps({"tdm-reservation": "0"})
    markup = '<html><head><meta name="tdm-reservation" content="{}"></head><body>'
    url = "https://a.eu/x"
    documents = [
        {"url": url},
        {"url": url, "headers": headers},
        {"url": url, "headers": headers, "markup": markup.format(1)},
        {"url": url, "markup": markup.format(0)},
        {"url": url, "markup": "<p>nothing</p>"},
    ]
    expected = ["reserved_by_tdmrep", None, "reserved_by_tdmrep", None, "reserved_by_tdmrep"]
    found = judged(Consent(snapshots=[path]), *documents)
    assert [f["reason"] for f in found] == expected
    assert [f["consent"]["found_at"] for f in found[1:4]] == [
        "header tdm-reservation", "meta tdm-reservation", "meta tdm-reservation",
    ]  # fmt: skip


def test_pages_that_speak_for_themselves_and_switched_off_signals() -> None:
    documents = [
        {"markup": '<head><meta name="robots" content="noai"></head>'},
        {"url": "https://a.eu/", "headers": json.dumps({"content-usage": "train-ai=n"})},
        {"url": "https://a.eu/", "markup": '<head></head><body><meta name="robots" content="noai">'},
    ]
    assert reasons(Consent(), *documents) == ["reserved_by_robots_tags", "reserved_by_content_usage", None]
    assert reasons(Consent(signals=["robots"]), *documents) == [None, None, None]
    assert reasons(Consent(robots_tags=["noindex"]), documents[0]) == [None]


def test_block_list(tmp_path: Path) -> None:
    listed = tmp_path / "blocked.txt"
    listed.write_text("# hosts\nlisted.eu\n*.stars.eu  # all of it\nhttps://Part.eu/private/\n\n")
    consent = Consent(blocked=["bad.com", "half.com/a/"], block_lists=[listed])
    urls = [
        "https://bad.com/", "https://www.BAD.com/x", "https://notbad.com/", "https://half.com/a/b", "https://half.com/b",
        "https://listed.eu", "https://x.stars.eu/", "https://part.eu/private/x", "https://part.eu/x",
    ]  # fmt: skip
    found = [reason is not None for reason in reasons(consent, *urls)]
    assert found == [True, True, False, True, False, True, True, True, False]


def as_warc(path: Path, *rows: Row) -> Path:
    from fastwarc.warc import WarcRecord, WarcRecordType

    buffer = io.BytesIO()
    for values in rows:
        record = WarcRecord()
        record.init_headers(record_type=WarcRecordType.response)
        record.headers.append("WARC-Target-URI", f"https://{values['host']}{values['path']}")
        record.headers["WARC-Date"] = f"{values['fetched']}T00:00:00Z"
        body = values["body"].encode()
        head = f"HTTP/1.1 {values['status']} X\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n"
        record.set_bytes_content(head.encode() + body)
        record.headers["Content-Type"] = "application/http; msgtype=response"
        record.write(buffer)
    path.write_bytes(gzip.compress(buffer.getvalue()) if path.suffix == ".gz" else buffer.getvalue())
    return path


def in_format(kind: str, folder: Path, rows: list[Row]) -> Path:
    if kind in ("warc", "warc.gz"):
        return as_warc(folder / f"robots.{kind}", *rows)
    if kind == "folder":
        for values in rows:
            name = "robots.txt" if values["path"] == ROBOTS else "tdmrep.json"
            path = folder / values["fetched"] / values["host"] / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(values["body"])
        return folder
    table = pa.Table.from_pylist(rows)
    path = folder / f"robots.{kind}"
    if kind == "parquet":
        pq.write_table(table, path)
    elif kind == "sorted.arrow":
        pq.write_table(table, folder / "robots.parquet")
        assert write_arrow(snapshot_files(folder / "robots.parquet"), path) == len(rows)
    else:
        with pa.ipc.new_file(path, table.schema) as writer:
            writer.write_table(table, max_chunksize=2)
    return path


@pytest.mark.parametrize("kind", ["parquet", "arrow", "sorted.arrow", "warc", "warc.gz", "folder"])
def test_every_format_gives_the_same_decisions(
    kind: str, tmp_path: Path, snapshot: Callable[..., Path]
) -> None:
    rows = [
        row("z.eu", REFUSES_ALL), row("b.eu", REFUSES_PART), row("M.eu", "", fetched="2025-01-01"), row("m.eu", REFUSES_ALL),
        row("b.eu", '[{"location": "/tdm/", "tdm-reservation": 1}]', TDMREP), row("b.eu", "irrelevant", "/humans.txt"),
    ]  # fmt: skip
    urls = [
        "https://z.eu/",
        "https://b.eu/private/",
        "https://b.eu/tdm/x",
        "https://b.eu/",
        "https://m.eu/",
        "https://a.eu/",
    ]
    if kind == "folder":
        rows = rows[:-1]
    path = in_format(kind, tmp_path, rows)
    consent = Consent(snapshots=[path], dates="newest")
    expected = judged(Consent(snapshots=[snapshot(*rows, name="other.jsonl")], dates="newest"), *urls)
    assert judged(consent, *urls) == expected
    assert [found["reason"] for found in expected] == [
        "reserved_by_robots", "reserved_by_robots", "reserved_by_tdmrep", None, "reserved_by_robots", None,
    ]  # fmt: skip


def test_robots_files_of_10_mb_and_of_binary_are_kept_apart_by_their_rule(
    snapshot: Callable[..., Path],
) -> None:
    path = snapshot(
        row("big.eu", REFUSES_PART + "# filler\n" * 1_100_000),
        row("binary.eu", "\x00\x01\ufffd" * 5000),
        row("ok.eu", REFUSES_ALL),
    )
    found = judged(
        Consent(snapshots=[path]),
        "https://big.eu/private/",
        "https://big.eu/",
        "https://binary.eu/",
        "https://ok.eu/",
    )
    assert [f["reason"] for f in found] == ["reserved_by_robots", None, None, "reserved_by_robots"]
    assert found[0]["consent"]["found_at"].endswith("(its first 500 KiB)")
    assert found[2]["consent"]["rule"] == "robots.txt holds nothing that can be read"


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.jsonl", b'{"host": "a.eu"}\n', "line 1 is no row of a snapshot"),
        ("a.jsonl", b"\n\xff\n", "line 2 is no row of a snapshot"),
        ("a.jsonl", b"[" * 100_000, "line 1 is no row of a snapshot"),
        ("a.jsonl.gz", gzip.compress(b"{}" * 5000, mtime=0)[:40], "is damaged or cut off"),
        ("a.parquet", b"PAR1" + b"\0" * 50, "is damaged or cut off"),
        ("a.arrow", b"ARROW1\0\0" + b"\0" * 50, "is damaged or cut off"),
        ("a.warc", b"", "is empty"),
        ("today/a.eu/robots.txt", b"User-agent: *\n", "does not say when it was fetched"),
        ("a.csv", b"host,body\n", "holds no snapshot"),
    ],
)
def test_bad_snapshots_are_named(name: str, content: bytes, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    with pytest.raises((ValueError, FileNotFoundError), match=sentence):
        ConsentStage(Consent(snapshots=[path]))


def test_a_day_that_is_none_and_missing_columns_are_named(
    tmp_path: Path, snapshot: Callable[..., Path]
) -> None:
    stage = ConsentStage(Consent(snapshots=[snapshot(row("a.eu", "", fetched="soon"))]))
    with pytest.raises(ValueError, match="'soon' of host a.eu is no date"):
        stage(pa.RecordBatch.from_pylist([{"url": "https://a.eu/"}], WORKING))
    pq.write_table(pa.table({"host": ["a.eu"]}), tmp_path / "a.parquet")
    with pytest.raises(ValueError, match="has no column 'fetched'"):
        ConsentStage(Consent(snapshots=[tmp_path / "a.parquet"]))


def test_agents_are_product_tokens() -> None:
    for agent in ("*", "GPT Bot", "GPTBot/1.0", ""):
        with pytest.raises(ValueError):
            Consent(agents=[agent])


def test_the_stage_in_a_corpus(
    tmp_path: Path,
    jsonl: Callable[..., Path],
    recipe_of: Callable[..., Recipe],
    make: Callable[..., RunDirectory],
    prose: Callable[[str, int], str],
    snapshot: Callable[..., Path],
) -> None:
    records = [
        {"id": i, "language": "de", "text": prose("de", i), "url": f"https://{host}/{i}", "licence": licence}
        for i, (host, licence) in enumerate(
            [("a.eu", "CC BY-SA 4.0")] * 6
            + [("b.eu", "MIT")] * 2
            + [("a.eu", "All rights reserved"), ("a.eu", None)]
        )
    ]
    source = {"name": "web", "paths": [str(jsonl(tmp_path / "web.jsonl", *records))]}
    path = snapshot(row("a.eu", ""), row("b.eu", REFUSES_ALL))
    recipe = recipe_of(
        [source], ["de"], consent={"snapshots": [str(path)]}, licence={"allow": ["share-alike", "permissive"]}
    )
    assert consent_files(recipe.corpus.consent) == {"snapshots/0/robots.jsonl": path}
    run = make(recipe, tmp_path / "run")
    account = json.loads((run.corpus / "accounting.json").read_text())["total"]["stages"]
    assert account["consent"]["reasons"]["reserved_by_robots"]["documents"] == 2
    assert account["licence"]["reasons"]["licence_unknown"]["documents"] == 2
    table = pq.read_table(next(run.corpus.glob("web/de/*.parquet")))
    assert set(table["licence"].to_pylist()) == {"CC-BY-SA-4.0"}
    assert {found["rule"] for found in table["consent"].to_pylist()} == {"no reservation found"}
    assert {found["decision"] for found in table["consent"].to_pylist()} == {"allowed"}
