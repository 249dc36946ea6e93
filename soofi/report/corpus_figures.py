"""What a corpus's account and its files say, gathered for a person: flows, reasons, personal data, consent, examples."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from soofi.corpus import corpus_shards
from soofi.ledger import RunDirectory, read_manifest

EXAMPLE_CHARACTERS = 600
"""How much of a dropped text is shown."""


@dataclass(frozen=True)
class Flow:
    """Documents and bytes through one stage, of a stream or of all. `removed_bytes`: taken out of texts that went on."""

    stage: str
    documents: int
    bytes: int
    dropped_documents: int
    dropped_bytes: int
    removed_bytes: int


@dataclass(frozen=True)
class Example:
    """A dropped document. `text`: its beginning, None where the corpus keeps no dropped text."""

    id: str
    source: str
    language: str | None
    url: str | None
    evidence: dict[str, Any]
    duplicate_of: str | None
    text: str | None


@dataclass
class Reason:
    """Why documents were dropped: how many, how much, in which languages, and some of them."""

    stage: str
    reason: str
    documents: int = 0
    bytes: int = 0
    languages: Counter[str] = field(default_factory=Counter)
    examples: list[Example] = field(default_factory=list)


@dataclass(frozen=True)
class CorpusFigures:
    """Everything on the page. Streams are (source, language); `tokens`: by stream, empty before tokenisation.

    `placeholders`: by language and type, how many personal data were replaced in kept documents; `consent`, `licences`:
    kept documents by rule and by licence; `mistaken`: dropped documents by (declared language, identified language).
    """

    stages: tuple[str, ...]
    total: tuple[Flow, ...]
    streams: dict[tuple[str, str], tuple[Flow, ...]]
    split: dict[str, dict[str, int]]
    tokens: dict[tuple[str, str], int]
    reasons: tuple[Reason, ...]
    placeholders: dict[str, Counter[str]]
    consent: Counter[str]
    licences: Counter[str]
    mistaken: Counter[tuple[str, str]]

    @property
    def by_language(self) -> dict[str, tuple[Flow, ...]]:
        """Flows summed over sources."""
        grouped: dict[str, list[tuple[Flow, ...]]] = defaultdict(list)
        for (_, language), flows in self.streams.items():
            grouped[language].append(flows)
        return {language: _added(flows) for language, flows in sorted(grouped.items())}


def read_figures(run: RunDirectory, examples: int) -> CorpusFigures:
    """Gather the figures of a run's published corpus, with at most `examples` dropped documents for each reason.

    Examples are spread over languages and sources, the same ones every time. Raises FileNotFoundError without a corpus.
    """
    path = run.corpus / "accounting.json"
    if not path.is_file():
        raise FileNotFoundError(f"{run.path} has no corpus: run `soofi corpus RECIPE` first")
    account = json.loads(path.read_text(encoding="utf-8"))
    stages = tuple(account["stages"])
    streams = {
        (source, language): _flows(stages, table)
        for source, tables in account["sources"].items()
        for language, table in tables.items()
    }
    reasons, mistaken = _dropped(run.corpus, examples)
    placeholders, consent, licences = _kept(run.corpus)
    return CorpusFigures(
        stages, _flows(stages, account["total"]), streams, account["total"]["split"], _tokens(run), reasons,
        placeholders, consent, licences, mistaken,
    )  # fmt: skip


def _flows(stages: tuple[str, ...], table: dict[str, Any]) -> tuple[Flow, ...]:
    return tuple(
        Flow(
            stage,
            one["in"]["documents"],
            one["in"]["bytes"],
            one["dropped"]["documents"],
            one["dropped"]["bytes"],
            one["removed_bytes"],
        )
        for stage, one in ((stage, table["stages"][stage]) for stage in stages)
    )


def _added(many: list[tuple[Flow, ...]]) -> tuple[Flow, ...]:
    return tuple(
        Flow(
            flows[0].stage,
            sum(flow.documents for flow in flows),
            sum(flow.bytes for flow in flows),
            sum(flow.dropped_documents for flow in flows),
            sum(flow.dropped_bytes for flow in flows),
            sum(flow.removed_bytes for flow in flows),
        )
        for flows in zip(*many, strict=True)
    )


def _tokens(run: RunDirectory) -> dict[tuple[str, str], int]:
    tokens: Counter[tuple[str, str]] = Counter()
    if (run.tokens / "manifest.json").is_file():
        for output in read_manifest(run.tokens).outputs:
            if output.path.endswith(".bin"):
                _, source, language, _ = PurePosixPath(output.path).parts
                tokens[source, language] += output.tokens or 0
    return dict(tokens)


def _dropped(corpus: Path, examples: int) -> tuple[tuple[Reason, ...], Counter[tuple[str, str]]]:
    reasons: dict[tuple[str, str], Reason] = {}
    mistaken: Counter[tuple[str, str]] = Counter()
    for batch in _dropped_batches(corpus):
        for row in batch.to_pylist():
            key = (row["stage"], row["reason"])
            reason = reasons.setdefault(key, Reason(*key))
            language = row["language"] or "und"
            reason.documents += 1
            reason.bytes += row["text_bytes"] or 0
            reason.languages[language] += 1
            evidence = json.loads(row["evidence"] or "{}")
            if row["reason"] == "not_declared_language":
                mistaken[evidence["declared"] or "none", evidence["identified"]] += 1
            # A new language or source is worth more than one more example of those there are.
            shown = {(one.source, one.language) for one in reason.examples}
            if len(reason.examples) < examples and (
                (row["source"], row["language"]) not in shown or reason.documents > 50 * len(reason.examples)
            ):
                text = row.get("text")
                reason.examples.append(
                    Example(
                        row["id"], row["source"], row["language"], row["url"], evidence, row["duplicate_of"],
                        text and text[:EXAMPLE_CHARACTERS],
                    )
                )  # fmt: skip
    ranked = sorted(reasons.values(), key=lambda one: (-one.bytes, -one.documents, one.stage, one.reason))
    return tuple(ranked), mistaken


def _dropped_batches(corpus: Path) -> Iterator[pa.RecordBatch]:
    for path in sorted(corpus.glob("dropped/*.parquet")):
        with pq.ParquetFile(path) as file:
            yield from file.iter_batches(1024)


def _kept(corpus: Path) -> tuple[dict[str, Counter[str]], Counter[str], Counter[str]]:
    placeholders: dict[str, Counter[str]] = {}
    consent: Counter[str] = Counter()
    licences: Counter[str] = Counter()
    for shard in corpus_shards(corpus):
        table = pq.read_table(shard.path, columns=["pii", "consent", "licence"])
        pii = table["pii"].combine_chunks()
        counts = placeholders.setdefault(shard.language, Counter())
        for name in [one.name for one in pii.type]:
            if found := pc.sum(pc.struct_field(pii, name)).as_py():
                counts[name] += found
        for column, into in (
            (pc.struct_field(table["consent"], "rule"), consent),
            (table["licence"], licences),
        ):
            for value in pc.value_counts(column.combine_chunks()).to_pylist():
                into[value["values"] or "none recorded"] += value["counts"]
    return placeholders, consent, licences
