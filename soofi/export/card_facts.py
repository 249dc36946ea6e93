"""What a model card says, read from the files and the ledger of a run."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow.parquet as pq

from soofi.checkpoint import checkpoint_facts
from soofi.corpus import corpus_shards
from soofi.ledger import RunDirectory, manifest_sha256, read_manifest
from soofi.train import INITIAL_WEIGHTS, Fork, read_fork, read_metrics

ACCOUNTING_FORMAT = "soofi.accounting/1"


@dataclass(frozen=True)
class Amount:
    """An amount of training text; `bytes` are UTF-8."""

    documents: int
    bytes: int
    tokens: int


@dataclass(frozen=True)
class SourceFacts:
    """A source's training text, and its documents by declared licence (None where a document declares none)."""

    name: str
    amount: Amount
    licences: Mapping[str | None, int]


@dataclass(frozen=True)
class ModelCardFacts:
    """Everything on a model card that the recipe and the weights do not say.

    `languages`: training text by BCP-47 tag. `bits_per_byte`: held-out text by language, of the newest measurement up to
    the checkpoint; empty where there was none. `ledger_sha256`: digest of the ledger's entry for the checkpoint, which
    seals every entry before it; None where the ledger has no such entry. `begun_from_sha256`: digest of the configuration and
    weights that training began from; None for a model that began from nothing. `fork`: where a child run begins.
    """

    languages: Mapping[str, Amount]
    sources: tuple[SourceFacts, ...]
    steps: int
    tokens_seen: int
    bits_per_byte: Mapping[str, float]
    checkpoint: str
    checkpoint_sha256: str
    ledger_sha256: str | None
    begun_from_sha256: str | None
    fork: Fork | None = None

    @property
    def total(self) -> Amount:
        """All training text."""
        return _sum(self.languages.values())


def read_card_facts(run: RunDirectory, checkpoint: Path) -> ModelCardFacts:
    """Facts of a run as of a checkpoint, from its accounting, corpus, token shards, metrics and ledger.

    Raises FileNotFoundError for a file that is missing and ValueError for one that is damaged or does not agree with the
    others, each with one sentence.
    """
    streams = _streams(run)
    state = checkpoint_facts(checkpoint)
    by_language, by_source = defaultdict(list), defaultdict(list)
    for (source, language), amount in streams.items():
        by_language[language].append(amount)
        by_source[source].append(amount)
    licences = _licences(run.corpus)
    entry = run.ledger.newest("checkpoint", f"{run.checkpoints.name}/{checkpoint.name}")
    return ModelCardFacts(
        languages={language: _sum(amounts) for language, amounts in sorted(by_language.items())},
        sources=tuple(
            SourceFacts(source, _sum(amounts), licences.get(source, {}))
            for source, amounts in sorted(by_source.items())
        ),
        steps=state["step"],
        tokens_seen=state["tokens_seen"],
        bits_per_byte=_bits_per_byte(run, state["step"]),
        checkpoint=checkpoint.name,
        checkpoint_sha256=manifest_sha256(checkpoint),
        ledger_sha256=entry.sha256 if entry else None,
        begun_from_sha256=read_manifest(checkpoint).inputs.get(INITIAL_WEIGHTS),
        fork=read_fork(run),
    )


def _streams(run: RunDirectory) -> dict[tuple[str, str], Amount]:
    """Training text by source and language; the corpus and the token shards must count the same documents."""
    tokens: Counter[tuple[str, str]] = Counter()
    encoded: Counter[tuple[str, str]] = Counter()
    for output in read_manifest(run.tokens).outputs:
        path = PurePosixPath(output.path)
        if path.suffix == ".bin" and path.parts[0] == "train":
            if output.tokens is None or output.rows is None:
                raise ValueError(f"{run.tokens}: the manifest does not count {path}: make the tokens again")
            tokens[path.parts[1], path.parts[2]] += output.tokens
            encoded[path.parts[1], path.parts[2]] += output.rows
    file = run.corpus / "accounting.json"
    streams = {}
    for source, languages in _accounting(file).items():
        for language, table in languages.items():
            try:
                train = table["split"]["train"]
                amount = Amount(train["documents"], train["bytes"], tokens[source, language])
            except (KeyError, TypeError):
                raise ValueError(f"{file} is damaged: make the corpus again") from None
            if amount.documents != encoded[source, language]:
                raise ValueError(
                    f"the corpus has {amount.documents} training documents of {source}/{language}, the token shards "
                    f"{encoded[source, language]}: make the tokens again"
                )
            if amount.documents:
                streams[source, language] = amount
    return streams


def _accounting(file: Path) -> dict[str, dict[str, Any]]:
    if not file.is_file():
        raise FileNotFoundError(f"{file} is not there: make the corpus first")
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
        form, sources = values["format"], values["sources"]
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"{file} is damaged: make the corpus again") from None
    if form != ACCOUNTING_FORMAT:
        raise ValueError(
            f"{file} has format {form}; this version of soofi reads {ACCOUNTING_FORMAT}: use a newer soofi"
        )
    return sources


def _licences(corpus: Path) -> dict[str, Counter[str | None]]:
    """Training documents by source and licence, from the documents' own rows."""
    counts: dict[str, Counter[str | None]] = defaultdict(Counter)
    for shard in corpus_shards(corpus):
        with pq.ParquetFile(shard.path) as file:
            for batch in file.iter_batches(columns=["licence", "split"]):
                rows = zip(*(column.to_pylist() for column in batch.columns), strict=True)
                counts[shard.source].update(licence for licence, split in rows if split == "train")
    return counts


def _bits_per_byte(run: RunDirectory, steps: int) -> dict[str, float]:
    """The newest measurement of held-out text up to the checkpoint; figures that were not finite are left out."""
    for line in reversed(read_metrics(run.metrics)):
        if line["step"] < steps and line.get("bits_per_byte"):
            figures = line["bits_per_byte"].items()
            return {language: figure for language, figure in sorted(figures) if figure is not None}
    return {}


def _sum(amounts: Any) -> Amount:
    amounts = list(amounts)
    return Amount(
        sum(amount.documents for amount in amounts),
        sum(amount.bytes for amount in amounts),
        sum(amount.tokens for amount in amounts),
    )
