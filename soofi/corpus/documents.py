"""The columns of a document, the files that hold them, and reading them back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from soofi.corpus.quality.figures import FIGURES
from soofi.recipe.privacy import PERSONAL_DATA_TYPES

Split = Literal["train", "validation"]

STAGES = (
    "read", "consent", "licence", "extract", "identify", "quality", "privacy", "decontaminate", "deduplicate",
)  # fmt: skip
"""Stages of the corpus in order; every dropped document names the one that dropped it."""

EDITING = ("extract", "identify", "privacy", "deduplicate")
"""Stages that may change a text; the account says by how many bytes."""

UNDETERMINED = "und"
"""BCP-47 for text whose language nobody knows; used in accounts, never for a kept document."""

QUALITY = pa.struct(
    [
        ("characters", pa.int64()),
        *((name, pa.float64()) for name in FIGURES[1:5]),
        *((name, pa.float32()) for name in FIGURES[5:]),
        ("score", pa.float32()),
    ]
)
"""Figures of a text (`quality/figures.py` says which); `score`: of the recipe's classifier, null without one."""

CONSENT = pa.struct([(name, pa.string()) for name in ("rule", "found_at", "snapshot_sha256", "decision")])
PII = pa.struct([(name, pa.int32()) for name in PERSONAL_DATA_TYPES])
"""How often each type of personal data was found; null for a type that was not looked for."""

DOCUMENT = pa.schema(
    [
        ("id", pa.string()),
        ("text", pa.string()),
        ("language", pa.string()),
        ("language_score", pa.float32()),
        ("source", pa.string()),
        ("url", pa.string()),
        ("date", pa.string()),
        ("licence", pa.string()),
        ("domain", pa.string()),
        ("text_sha256", pa.string()),
        ("consent", CONSENT),
        ("quality", QUALITY),
        ("pii", PII),
        ("duplicate_of", pa.string()),
        ("split", pa.string()),
    ]
)
"""A kept document. What a stage has not looked at is null."""


def dropped_schema(keep_text: bool) -> pa.Schema:
    """A dropped document: `evidence` is a JSON object, `text_bytes` the length of its text as UTF-8."""
    names = ["id", "source", "language", "url", "stage", "reason", "evidence", "duplicate_of"]
    fields = [(name, pa.string()) for name in names] + [("text_bytes", pa.int64())]
    return pa.schema(fields + ([("text", pa.string())] if keep_text else []))


@dataclass(frozen=True, order=True)
class CorpusShard:
    """One Parquet file of kept documents."""

    source: str
    language: str
    part: int
    path: Path


def corpus_shards(corpus_directory: Path) -> list[CorpusShard]:
    """Shards of a published corpus, sorted by source, language and part; dropped documents are not among them."""
    shards = []
    for path in corpus_directory.glob("*/*/part-*.parquet"):
        source, language = path.parts[-3:-1]
        shards.append(CorpusShard(source, language, int(path.stem.removeprefix("part-")), path))
    return sorted(shards)


def iterate_documents(
    path: Path, split: Split | None = None, columns: Sequence[str] = ("id", "text")
) -> Iterator[tuple[Any, ...]]:
    """Yield the named columns of a shard's documents in file order, of one split or (None) of both.

    Reads a few hundred rows at a time. Raises ValueError for an unknown column.
    """
    with pq.ParquetFile(path, memory_map=True) as file:
        unknown = [name for name in columns if name not in file.schema_arrow.names]
        if unknown:
            raise ValueError(
                f"{path} has no column '{unknown[0]}': it has {', '.join(file.schema_arrow.names)}"
            )
        for batch in file.iter_batches(512, columns=list(dict.fromkeys([*columns, "split"]))):
            if split is not None:
                batch = batch.filter(pc.equal(batch["split"], split))
            yield from zip(*(batch[name].to_pylist() for name in columns), strict=True)


class ParquetFileWriter:
    """Writes one Parquet file whose bytes depend on its rows and the calls alone; a context manager."""

    def __init__(self, path: Path, schema: pa.Schema):
        path.parent.mkdir(parents=True, exist_ok=True)
        # Texts and digests hardly repeat: dictionaries and minima of them would only cost room.
        repeating = [
            n
            for n in schema.names
            if n in {"language", "source", "licence", "domain", "stage", "reason", "split"}
        ]
        self._writer = pq.ParquetWriter(
            path,
            schema,
            compression="zstd",
            compression_level=3,
            use_dictionary=repeating,
            write_statistics=repeating,
        )
        self.rows = 0

    def write(self, rows: pa.Table | pa.RecordBatch, row_group_rows: int = 4096) -> None:
        """Append rows in row groups of at most `row_group_rows`."""
        table = rows if isinstance(rows, pa.Table) else pa.Table.from_batches([rows])
        self._writer.write_table(table, row_group_size=row_group_rows)
        self.rows += table.num_rows

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()
