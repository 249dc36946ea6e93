"""Near-duplicates: signatures, buckets, clusters and filtered documents, with the same parameters on both sides.

datatrove's four steps of MinHash beside our phases, each in this process and on one core, from one Parquet file to the documents that
stay. datatrove's words are parted by spaCy's rules for English, whatever the language (`pip install spacy orjson`). What ours does
besides: exact duplicates, and true Jaccard similarity of every pair that shares a band.
"""

import json
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from corpus_peers.case import Case, Text, text_bytes
from soofi.corpus import locate
from soofi.corpus.batches import WORKING
from soofi.corpus.documents import ParquetFileWriter
from soofi.corpus.duplicates.deduplicate import find_copies
from soofi.corpus.duplicates.digests import with_digests
from soofi.corpus.duplicates.keys import load_keys
from soofi.corpus.duplicates.near import find_near_duplicates
from soofi.corpus.duplicates.signature_files import Signatures
from soofi.corpus.engine import phases
from soofi.corpus.engine.tasks import tasks_of
from soofi.corpus.engine.work import Job, Work, open_work, read_job
from soofi.corpus.reading.readers import read_batches
from soofi.ledger import RunDirectory
from soofi.recipe import Recipe, parse_recipe

BANDS, ROWS, WORDS = 14, 8, 5
SIMILARITY = round((1 / BANDS) ** (1 / ROWS), 2)
"""Where the rate of found pairs rises; datatrove joins whatever shares a band."""


def cases(texts: Sequence[Text]) -> list[Case]:
    """The search, from documents on disk to those that stay."""
    folder = Path(tempfile.mkdtemp(prefix="near-duplicates-"))
    lines = (json.dumps({"text": one.text, "id": one.id}) for one in texts)
    (folder / "texts").mkdir()
    (folder / "texts/00000.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    work, job = _prepared(folder)
    size = text_bytes(texts)
    return [
        Case(
            "near-duplicates: signatures, buckets, clusters, filtered documents",
            size,
            lambda: search(work, job),
            lambda: datatrove(work.documents(0).parent, folder / "datatrove"),
        ),
    ]


def search(work: Work, job: Job) -> int:
    """Signatures to filtered documents; returns the number of documents kept."""
    for folder in ("signatures", "near"):
        shutil.rmtree(work.path / folder, ignore_errors=True)
    signatures = Signatures(job.corpus.deduplicate.near)
    with pq.ParquetFile(work.documents(0)) as file:
        for batch in file.iter_batches(1024, columns=["text"]):
            signatures.add(batch["text"])
    signatures.publish(work.signatures(0))
    keys = load_keys(work, job.tasks, threads=1)
    copies = find_copies(keys, [])
    near = find_near_duplicates(work, job, keys, copies, _carry_out)
    keep = copies.first
    keep[near["row"][near["row"] != near["representative"]]] = False
    first = kept = 0
    with pq.ParquetFile(work.documents(0)) as file:
        for batch in file.iter_batches(1024, columns=["id", "text"]):
            kept += batch.filter(pa.array(keep[first : first + batch.num_rows])).num_rows
            first += batch.num_rows
    return kept


def datatrove(documents: Path, output: Path) -> int:
    """datatrove's four steps; returns the number of documents kept."""
    from datatrove.pipeline.dedup import (
        MinhashDedupBuckets,
        MinhashDedupCluster,
        MinhashDedupFilter,
        MinhashDedupSignature,
    )
    from datatrove.pipeline.dedup.minhash import MinhashConfig
    from datatrove.pipeline.readers import ParquetReader

    shutil.rmtree(output, ignore_errors=True)
    config = MinhashConfig(n_grams=WORDS, num_buckets=BANDS, hashes_per_bucket=ROWS)
    signatures, buckets, clusters = (str(output / name) for name in ("signatures", "buckets", "clusters"))

    reader = ParquetReader(str(documents), doc_progress=False)

    def carry_out(*steps: Any, tasks: int = 1) -> int:
        documents = 0
        for rank in range(tasks):
            data: Any = None
            for step in steps:
                data = step.run(data, rank, tasks)
            documents += _consume(data)
        return documents

    carry_out(reader, MinhashDedupSignature(signatures, config, language="en"))
    carry_out(MinhashDedupBuckets(signatures, buckets, config=config), tasks=BANDS)
    carry_out(MinhashDedupCluster(buckets, clusters, config))
    return carry_out(reader, MinhashDedupFilter(clusters))


def _consume(data: Iterable[Any] | None) -> int:
    return sum(1 for _ in data or ())


def _prepared(folder: Path) -> tuple[Work, Job]:
    """A work directory with the documents of one task, as they are when the search begins."""
    recipe = _recipe(folder / "texts")
    tasks = tasks_of(locate(recipe.corpus.sources[0]).files)
    work = open_work(recipe, RunDirectory(folder / "work"), {}, tasks)
    job = read_job(work)
    with ParquetFileWriter(work.documents(0), WORKING) as file:
        for batch in read_batches(tasks[0], recipe.corpus.sources[0]):
            file.write(with_digests(batch))
    return work, job


def _carry_out(work: Work, phase: str, sizes: Sequence[int]) -> None:
    steps = phases.prepare_phase(phase, work, read_job(work))
    for task in range(len(sizes)):
        data: Any = None
        for step in steps():
            data = step.run(data, task, len(sizes))
        _consume(data)


def _recipe(texts: Path) -> Recipe:
    near = {"similarity": SIMILARITY, "bands": BANDS, "rows": ROWS, "shingle_words": WORDS}
    width = {"hidden_size": 64, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 1}
    return parse_recipe(
        {
            "name": "near-duplicates",
            "languages": ["en"],
            "corpus": {
                "sources": [{"name": "texts", "paths": [str(texts)], "language": "en"}],
                "deduplicate": {"near": near},
            },
            "tokenizer": {"name": "small", "vocabulary_size": 2048},
            "model": width | {"num_key_value_heads": 1, "head_dim": 64, "max_position_embeddings": 64},
            "stages": [{"name": "main", "tokens": 64, "sequence_length": 64, "batch_samples": 1}],
            "train": {"optimizer": {"learning_rate": 0.01}},
        }
    )
