"""Bits per byte of the exported model on held-out documents, language by language, beside a unigram."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from soofi.ledger import RunDirectory, publish_directory, write_json, write_manifest
from soofi.metrics import bits_per_byte, unigram_nats
from soofi.recipe import Recipe
from soofi.tokenizer import open_tokenizer
from soofi.tokens import Shard, Stream, is_erased, open_streams

FORMAT = "soofi.bits-per-byte/1"
_NAME = "bits_per_byte.json"


@dataclass(frozen=True)
class LanguageFigures:
    """One language. `unigram_bits_per_byte`: under the token unigram of the language's own training text."""

    documents: int
    bytes: int
    tokens: int
    training_bytes: int
    bits_per_byte: float
    unigram_bits_per_byte: float

    @property
    def below(self) -> float:
        """How far the model is below the unigram, in bits per byte."""
        return self.unigram_bits_per_byte - self.bits_per_byte


def evaluation_governing(recipe: Recipe) -> Any:
    """What decides the figures beside the export and the token shards."""
    return {"bytes_per_language": recipe.evaluate.bytes_per_language}


def make_evaluation(
    recipe: Recipe,
    run: RunDirectory,
    inputs: Mapping[str, str],
    say: Callable[[str], None],
) -> None:
    """Measure the exported model with stock `transformers` and publish the figures.

    Every document is read from its beginning, after the end-of-document id, in windows of the model's length that
    overlap by half; every token is scored once, with at least half a window before it where the document has that much.
    """
    figures = measure_languages(recipe, run, say)
    with publish_directory(run.evaluation) as partial:
        values = {language: asdict(one) for language, one in figures.items()}
        write_json(partial / _NAME, {"format": FORMAT, "languages": values})
        write_manifest(
            partial,
            "evaluate",
            inputs,
            evaluation_governing(recipe),
            libraries=("torch", "transformers"),
        )


def read_evaluation(run: RunDirectory) -> dict[str, LanguageFigures]:
    """The published figures by language."""
    values = json.loads((run.evaluation / _NAME).read_text(encoding="utf-8"))
    if values["format"] != FORMAT:
        raise ValueError(f"{run.evaluation / _NAME} has format {values['format']}; this soofi reads {FORMAT}")
    return {language: LanguageFigures(**one) for language, one in values["languages"].items()}


def evaluation_facts(run: RunDirectory) -> dict[str, Any]:
    """Bits per byte by language, for the ledger."""
    return {
        "bits_per_byte": {
            language: round(one.bits_per_byte, 4) for language, one in read_evaluation(run).items()
        }
    }


def measure_languages(
    recipe: Recipe, run: RunDirectory, say: Callable[[str], None]
) -> dict[str, LanguageFigures]:
    """Figures of every language that has held-out text."""
    from soofi.evaluate.scoring import Scorer

    tokenizer = open_tokenizer(run.tokenizer)
    token_bytes = tokenizer.token_byte_counts()
    training = _training_counts(
        open_streams(run.tokens, "train"), tokenizer.vocabulary_size, tokenizer.pad_id
    )
    scorer = Scorer(run.export, tokenizer.eod_id)
    figures = {}
    for language, streams in sorted(_by_language(open_streams(run.tokens, "validation")).items()):
        documents = list(
            _documents(streams, token_bytes, recipe.evaluate.bytes_per_language, tokenizer.pad_id)
        )
        byte_count = sum(int(token_bytes[document].sum()) for document in documents)
        if not byte_count:
            continue
        counts = training.get(language, np.zeros(tokenizer.vocabulary_size, np.int64))
        baseline = sum(unigram_nats(counts, document) for document in documents)
        figures[language] = LanguageFigures(
            documents=len(documents),
            bytes=byte_count,
            tokens=sum(len(document) for document in documents),
            training_bytes=int(counts @ token_bytes.astype(np.int64)),
            bits_per_byte=bits_per_byte(scorer.nats(documents), byte_count),
            unigram_bits_per_byte=bits_per_byte(baseline, byte_count),
        )
    say(
        f"evaluate: {sum(one.bytes for one in figures.values()) / 1000:,.0f} kB of held-out text in {len(figures)} languages read"
    )
    return figures


def _by_language(streams: Mapping[str, Stream]) -> dict[str, list[Stream]]:
    grouped: dict[str, list[Stream]] = {}
    for stream in streams.values():
        grouped.setdefault(stream.language, []).append(stream)
    return grouped


def _training_counts(
    streams: Mapping[str, Stream], vocabulary_size: int, padding: int, chunk: int = 1 << 22
) -> dict[str, np.ndarray]:
    counts: dict[str, np.ndarray] = {}
    for stream in streams.values():
        total = counts.setdefault(stream.language, np.zeros(vocabulary_size, np.int64))
        for start in range(0, stream.tokens, chunk):
            total += np.bincount(stream.read(start, chunk), minlength=vocabulary_size)
    for total in counts.values():
        total[padding] = 0  # what was erased
    return counts


def _documents(
    streams: list[Stream], token_bytes: np.ndarray, byte_limit: int, padding: int
) -> Iterator[np.ndarray]:
    """Held-out documents, each with its closing end-of-document id, until the limit is reached; none that was erased."""
    read = 0
    for path in (path for stream in streams for path in stream.paths):
        shard = Shard(Path(path))
        for start, length in zip(shard.starts, shard.lengths, strict=True):
            if read >= byte_limit:
                return
            document = shard.read(int(start), int(length)).astype(np.int64)
            if is_erased(document, padding):
                continue
            read += int(token_bytes[document].sum())
            yield document
