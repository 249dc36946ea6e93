"""The README's words about a user's own text, carried out as they stand there."""

import gzip
import json
import re
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from soofi.corpus import corpus_shards, iterate_documents

REPOSITORY = Path(__file__).resolve().parents[2]


def readme_recipe() -> str:
    section = (REPOSITORY / "README.md").read_text(encoding="utf-8").split("\n## Your own text\n")[1]
    (block,) = re.findall(r"^```yaml\n(.*?)^```$", section.split("\n## ")[0], re.DOTALL | re.MULTILINE)
    return block


LETTER = (
    "Liebe Johanna, gestern ist endlich der Schrank gekommen, auf den wir seit dem Frühling warten. Die beiden Träger mussten ihn über "
    "den Balkon heben, weil das Treppenhaus zu eng war. Jetzt steht er im Flur, und ich räume deine Bücher hinein. Bis bald, Martin"
)


def texts(language: str) -> list[str]:
    lines = (REPOSITORY / f"tests/data/texts/{language}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["text"] for line in lines]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, soofi) -> Path:
    """A project as the README describes it, after `soofi corpus recipes/mine.yaml`."""
    project = tmp_path_factory.mktemp("project")
    for name in ("recipes", "tokenizer"):
        shutil.copytree(REPOSITORY / name, project / name)
    (project / "recipes/mine.yaml").write_text(readme_recipe(), encoding="utf-8")
    german, french = texts("de"), texts("fr")
    letters = project / "data/letters"
    (letters / "old/scans").mkdir(parents=True)
    records = [{"text": text, "language": "de", "licence": "CC-BY-4.0"} for text in german[:4]]
    lines = [json.dumps(record, ensure_ascii=False) for record in records] + ["{broken"]
    (letters / "new.jsonl.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    for number, text in enumerate(german[4:]):
        (letters / f"old/{number}.txt").write_text(text, encoding="utf-8-sig")
    (letters / "old/9.md").write_bytes("Grüße aus Ulm".encode("latin-1"))
    table = {"text": [*french, None], "url": [f"https://example.org/{n}" for n in range(len(french) + 1)]}
    pq.write_table(pa.table(table), letters / "french.parquet")
    (letters / "old/scans/1.jpeg").write_bytes(b"\xff\xd8")
    (letters / "old/.hidden.txt").write_text("never read")
    done = soofi("corpus", "recipes/mine.yaml", cwd=project)
    assert done.returncode == 0, done.stderr
    said = "source 'letters': left out 1 file (1 .jpeg), which `format: auto` does not know"
    assert said in done.stderr
    return project


def test_every_document_of_every_kind_is_kept(project: Path) -> None:
    kept = {}
    for shard in corpus_shards(project / "runs/mine/corpus"):
        rows = iterate_documents(shard.path, None, ("text", "language", "url", "licence"))
        kept |= {text: rest for text, *rest in rows}
    german, french = texts("de"), texts("fr")
    assert kept == (
        {text: ["de", None, "CC-BY-4.0"] for text in german[:4]}
        | {text: ["de", f"old/{n}.txt", None] for n, text in enumerate(german[4:])}
        | {text: ["fr", f"https://example.org/{n}", None] for n, text in enumerate(french)}
    )


def test_the_account_says_why_the_others_are_not(project: Path) -> None:
    account = json.loads((project / "runs/mine/corpus/accounting.json").read_text(encoding="utf-8"))
    reasons = account["total"]["stages"]["read"]["reasons"]
    assert {reason: amount["documents"] for reason, amount in reasons.items()} == {
        "not_json": 1,
        "no_text": 1,
        "not_utf8": 1,
    }
    rows = pq.read_table(project / "runs/mine/corpus/dropped").to_pylist()
    evidence = {row["reason"]: json.loads(row["evidence"]) for row in rows}
    assert evidence == {
        "not_json": {"file": "new.jsonl.gz", "line": 5},
        "no_text": {"file": "french.parquet", "row": len(texts("fr")) + 1},
        "not_utf8": {"file": "old/9.md"},
    }


def test_the_same_again_is_skipped_and_a_new_letter_is_not(project: Path, soofi) -> None:
    again = soofi("corpus", "recipes/mine.yaml", cwd=project)
    assert "nothing has changed" in again.stderr
    new = project / "data/letters/old/new.txt"
    new.write_text(LETTER, encoding="utf-8")
    try:
        more = soofi("corpus", "recipes/mine.yaml", cwd=project)
        assert more.returncode == 0, more.stderr
        assert "kept 17 documents" in more.stderr
    finally:
        new.unlink()
