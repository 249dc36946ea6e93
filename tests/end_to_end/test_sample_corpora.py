"""The two sample corpora, out of real packages: their known defects are found, with counts."""

import json
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from soofi.corpus import corpus_shards
from soofi.ledger import RunDirectory

pytestmark = pytest.mark.nightly
REPOSITORY = Path(__file__).resolve().parents[2]


def made(script: str, output: Path) -> Path:
    done = subprocess.run(
        [sys.executable, REPOSITORY / "scripts" / script, "--output", output], capture_output=True, text=True
    )
    if done.returncode == 3:
        pytest.skip(done.stderr.splitlines()[-1])
    assert done.returncode == 0, done.stderr
    return output


def corpus(soofi, recipe: str, root: Path, sources: dict[int, Path], *overrides: str) -> RunDirectory:
    paths = [f"corpus.sources.{number}.paths=[{path}]" for number, path in sources.items()]
    done = soofi(
        "corpus", REPOSITORY / "recipes" / recipe, f"run_root={root}", *paths, *overrides, timeout=1200
    )
    assert done.returncode == 0, done.stderr
    return RunDirectory(next(path for path in root.iterdir() if path.is_dir()))


def figures(soofi, run: RunDirectory) -> dict:
    done = soofi("corpus", "report", run.path)
    assert done.returncode == 0, done.stderr
    return json.loads((run.path / "corpus_report/figures.json").read_text())


@pytest.mark.timeout(1500)
def test_the_defects_of_the_packages_are_found(soofi, tmp_path) -> None:
    sample = made("sample_corpus.py", tmp_path / "sample")
    names = ["gnome-user-docs", "libreoffice-help", "libreoffice-l10n", "mediawiki", "udhr"]
    sources = {number: sample / name / "*.jsonl.zst" for number, name in enumerate(names)}
    run = corpus(soofi, "quickstart.yaml", tmp_path / "runs", sources)
    found = figures(soofi, run)
    reasons = {reason["reason"]: reason for reason in found["reasons"]}
    mistaken = {(one["declared"], one["identified"]): one["documents"] for one in found["mistaken_languages"]}
    print({name: one["documents"] for name, one in reasons.items()}, mistaken)
    untranslated = sum(count for (declared, identified), count in mistaken.items() if identified == "en")
    assert untranslated > 800 and min(mistaken[tag, "en"] for tag in ("lt", "ro")) > 100
    assert mistaken["sk", "cs"] > 100
    assert reasons["near_duplicate"]["documents"] > 20 and reasons["exact_duplicate"]["documents"] > 5
    assert sum(counts.get("email", 0) for counts in found["placeholders"].values()) > 500
    texts = [
        text
        for shard in corpus_shards(run.corpus)
        for text in pq.read_table(shard.path, columns=["text"])["text"].to_pylist()
    ]
    assert sum("<email>" in text for text in texts) > 300
    account = json.loads((run.corpus / "accounting.json").read_text())
    for table in [account["total"], *(t for tables in account["sources"].values() for t in tables.values())]:
        for stage, following in zip(account["stages"], [*account["stages"][1:], None], strict=True):
            one = table["stages"][stage]
            for unit in ("documents", "bytes"):
                removed = one["removed_bytes"] if unit == "bytes" else 0
                assert one["in"][unit] == one["kept"][unit] + one["dropped"][unit] + removed
                assert following is None or table["stages"][following]["in"][unit] == one["kept"][unit]


@pytest.mark.timeout(1500)
def test_a_web_crawl_with_every_kind_of_reservation(soofi, tmp_path) -> None:
    crawl = made("sample_web.py", tmp_path / "web")
    run = corpus(
        soofi,
        "corpus/web-sample.yaml",
        tmp_path / "runs",
        {0: crawl / "*.warc.gz"},
        f"corpus.consent.snapshots=[{crawl / 'robots.jsonl'}]",
    )
    reasons = {reason["reason"]: reason["documents"] for reason in figures(soofi, run)["reasons"]}
    reserved = ("blocked", "robots", "content_usage", "tdmrep", "robots_tags")
    for reason in (name if name == "blocked" else f"reserved_by_{name}" for name in reserved):
        assert reasons[reason] > 0, reasons
    assert reasons["contaminated"] > 15  # the Declaration's articles 16 to 30, whatever the language
    rows = [
        row
        for shard in corpus_shards(run.corpus)
        for row in pq.read_table(shard.path, columns=["url", "text", "consent", "licence"]).to_pylist()
    ]
    assert len(rows) > 100
    for row in rows:
        assert "/text/scalc/" not in row["url"] or "help-fr" not in row["url"]
        assert row["consent"]["decision"] in ("allowed", "unknown") and row["consent"]["rule"]
        assert row["licence"] == "MPL-2.0" and "<p" not in row["text"] and "function(" not in row["text"]
