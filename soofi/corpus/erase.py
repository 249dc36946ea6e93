"""Documents in a published corpus: finding them and their copies, and removing them."""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from soofi.corpus.batches import Marks, evidence_json
from soofi.corpus.documents import ParquetFileWriter, corpus_shards
from soofi.ledger import publish_file, write_json

_ID = re.compile("[0-9a-f]{64}")

STAGE, REASON = "erase", "erased"
"""What a dropped document's row says of an erasure."""


@dataclass(frozen=True)
class CorpusPlace:
    """One document of a corpus. `path`: its shard, or the file of dropped documents, relative to the corpus.

    `reason`: why it was dropped, None of a kept one; `duplicate_of`: the kept document that it repeats, or None, `similarity` its
    Jaccard similarity with that one where it is a near copy, `text_sha256` of its own text where it is any copy.
    """

    id: str
    path: str
    source: str
    language: str | None
    split: str | None
    text_bytes: int
    reason: str | None = None
    duplicate_of: str | None = None
    similarity: float | None = None
    text_sha256: str | None = None

    @property
    def is_near_copy(self) -> bool:
        """Whether it says nearly what another document says; it may have the very text of another near copy."""
        return self.duplicate_of not in (None, self.id) and self.similarity is not None


def listed_documents(path: Path) -> list[str]:
    """Ids of documents that must not come (back) into a corpus: of a receipt of `soofi erase`, or of a file with one id a line.

    Raises FileNotFoundError or ValueError, with one sentence.
    """
    try:
        text = path.read_text(encoding="utf-8")
        found = json.loads(text)["documents"] if path.suffix == ".json" else text.split()
    except FileNotFoundError:
        raise FileNotFoundError(f"there is no {path}, which corpus.erased names: correct the path") from None
    except (OSError, ValueError, KeyError, TypeError):
        raise ValueError(f"{path} is no receipt of an erasure: correct corpus.erased") from None
    if wrong := [one for one in found if not _ID.fullmatch(str(one))]:
        raise ValueError(f"{path} names '{wrong[0]}', which is no document's id: correct it")
    return found


def without_erased(batch: pa.RecordBatch, erased: pa.Array) -> pa.RecordBatch:
    """Drop the documents of a batch (`batches.WORKING`) that were erased, text and all."""
    rows = pc.indices_nonzero(pc.is_in(batch["id"], value_set=erased)).to_pylist()
    if not rows:
        return batch
    marks = Marks(batch, "read")
    texts, markup = batch["text"].to_pylist(), batch["markup"].to_pylist()
    for row in set(rows) & set(marks.open_rows()):
        marks.drop(row, REASON, {})
        texts[row] = markup[row] = None
    return marks.onto(batch, text=texts, markup=markup)


def find_documents(corpus: Path, ids: Collection[str]) -> list[CorpusPlace]:
    """The kept documents of these ids, then every dropped one that has such an id or repeats one."""
    wanted = pa.array(sorted(ids), pa.string())
    found: list[CorpusPlace] = []
    for shard in corpus_shards(corpus):
        table = pq.read_table(shard.path, columns=["id", "split"])
        rows = pc.indices_nonzero(pc.is_in(table["id"], value_set=wanted)).to_pylist()
        if rows:
            texts = pq.read_table(shard.path, columns=["text"])["text"].take(rows).to_pylist()
            for row, text in zip(table.take(rows).to_pylist(), texts, strict=True):
                found.append(
                    CorpusPlace(
                        row["id"], _name(shard.path, corpus), shard.source, shard.language, row["split"],
                        len(text.encode()),
                    )
                )  # fmt: skip
    columns = ["id", "source", "language", "text_bytes", "reason", "duplicate_of", "evidence"]
    for path in _dropped_files(corpus):
        table = pq.read_table(path, columns=["id", "duplicate_of"])
        is_one = pc.or_(*(pc.is_in(table[name], value_set=wanted) for name in ("id", "duplicate_of")))
        if pc.any(is_one).as_py():
            for row in pq.read_table(path, columns=columns).filter(is_one).to_pylist():
                evidence = json.loads(row.pop("evidence") or "{}")
                found.append(
                    CorpusPlace(
                        path=_name(path, corpus), split=None, similarity=evidence.get("jaccard"),
                        text_sha256=evidence.get("text_sha256"), **row,
                    )
                )  # fmt: skip
    return found


def account_without(corpus: Path, erased: Collection[CorpusPlace]) -> dict[str, Any]:
    """The corpus's account after these kept documents are dropped by stage `erase`."""
    values: dict[str, Any] = json.loads((corpus / "accounting.json").read_text(encoding="utf-8"))
    if STAGE not in values["stages"]:
        last = values["stages"][-1]
        values["stages"].append(STAGE)
        tables = [one for of_source in values["sources"].values() for one in of_source.values()]
        for table in [values["total"], *tables]:
            kept = table["stages"][last]["kept"]
            table["stages"][STAGE] = {
                "in": dict(kept), "kept": dict(kept), "dropped": {"documents": 0, "bytes": 0}, "removed_bytes": 0,
                "reasons": {},
            }  # fmt: skip
    for place in erased:
        assert place.language is not None and place.split is not None
        for table in (values["sources"][place.source][place.language], values["total"]):
            _drop(table, place)
    return values


def remove_documents(
    corpus: Path, erased: Collection[CorpusPlace], ids: Collection[str], account: Mapping[str, Any], part: str
) -> dict[str, int | None]:
    """Take documents out of a corpus's shards, and their text out of the dropped ones; returns rows by changed path.

    `erased`: kept documents, each of which gets a row without text in `dropped/<part>.parquet`; `ids`: all that are to go,
    copies among the dropped documents included; `account`: of `account_without`. Doing it twice changes nothing more.
    """
    wanted = pa.array(sorted(ids), pa.string())
    changed: dict[str, int | None] = {}
    for path in _dropped_files(corpus):
        if "text" in pq.read_schema(path).names:
            table = pq.read_table(path)
            goes = pc.is_in(table["id"], value_set=wanted)
            if pc.any(goes).as_py():
                texts = pc.if_else(goes, pa.scalar(None, pa.string()), table["text"])
                _rewrite(path, table.set_column(table.schema.get_field_index("text"), "text", texts))
                changed[_name(path, corpus)] = table.num_rows
    for name in sorted({place.path for place in erased}):
        table = pq.read_table(corpus / name)
        table = table.filter(pc.invert(pc.is_in(table["id"], value_set=wanted)))
        _rewrite(corpus / name, table)
        changed[name] = table.num_rows
    if erased:
        schema = pq.read_schema(_dropped_files(corpus)[0])
        rows = [
            {"stage": STAGE, "reason": REASON, "evidence": evidence_json({})}
            | {name: getattr(place, name) for name in ("id", "source", "language", "text_bytes")}
            for place in sorted(erased, key=lambda place: place.id)
        ]
        added = corpus / "dropped" / f"{part}.parquet"
        _rewrite(added, pa.Table.from_pylist(rows, schema.remove_metadata()))
        changed[_name(added, corpus)] = len(rows)
        write_json(corpus / "accounting.json", account)
        changed["accounting.json"] = None
    return changed


def _drop(table: dict[str, Any], place: CorpusPlace) -> None:
    """Count one document as dropped by stage `erase`, in one table of the account."""
    amount = {"documents": 1, "bytes": place.text_bytes}
    stage = table["stages"][STAGE]
    for unit, count in amount.items():
        stage["kept"][unit] -= count
        stage["dropped"][unit] += count
        reasons = stage["reasons"].setdefault(REASON, {"documents": 0, "bytes": 0})
        reasons[unit] += count
        table["split"][place.split][unit] -= count


def _rewrite(path: Path, table: pa.Table) -> None:
    with publish_file(path) as partial, ParquetFileWriter(partial, table.schema) as writer:
        writer.write(table)


def _dropped_files(corpus: Path) -> list[Path]:
    return sorted(corpus.glob("dropped/*.parquet"))


def _name(path: Path, corpus: Path) -> str:
    return path.relative_to(corpus).as_posix()
