"""The tokenizer stage: from a run's corpus to its vocabulary."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sentencepiece
import tokenizers

from soofi.ledger import RunDirectory, publish_directory, write_json, write_manifest, write_text
from soofi.recipe import Recipe, governing
from soofi.tokenizer.conversion import convert_to_huggingface, tokenizer_config
from soofi.tokenizer.measurement import measure
from soofi.tokenizer.processor import TOKEN_BYTES_FORMAT, SentencePieceTokenizer, token_bytes
from soofi.tokenizer.sample import corpus_files, language_shares, sample_lines
from soofi.tokenizer.training import train_sentencepiece


def make_tokenizer(
    recipe: Recipe, run: RunDirectory, inputs: dict[str, str], say: Callable[[str], None]
) -> None:
    """Learn, convert, measure and publish the vocabulary of `run` from the training split of its corpus.

    `inputs`: name of each input to its hex SHA-256, for the manifest. Raises FileNotFoundError where there is no corpus,
    ValueError where its text is too little for the vocabulary.
    """
    specification = recipe.tokenizer
    files = corpus_files(run.corpus, "train")
    if not files:
        raise ValueError("the corpus has no training text: widen corpus.sources or relax corpus.quality")
    sizes = {language: sum(paths.values()) for language, paths in files.items()}
    shares = language_shares(sizes, specification.language_exponent, specification.sample_bytes)
    say(
        f"tokenizer: learning {specification.vocabulary_size:,} entries from {sum(shares.values()) / 1e6:.1f} MB"
    )
    model = train_sentencepiece(specification, lambda: sample_lines(files, shares))
    with publish_directory(run.tokenizer) as directory:
        _write(directory, model, recipe)
        measurement = _measure(directory, recipe, run)
        measurement["sample_bytes"] = shares
        write_json(directory / "measurement.json", measurement)
        write_manifest(
            directory,
            "tokenizer",
            inputs,
            tokenizer_governing(recipe),
            libraries=("sentencepiece", "tokenizers"),
        )
    total = measurement["total"]
    say(
        f"tokenizer: {total['bytes_per_token']:.2f} bytes a token on {total['documents']:,} held-out documents"
    )


def tokenizer_governing(recipe: Recipe) -> Any:
    """Plain values of the recipe that decide the vocabulary."""
    return governing(recipe.tokenizer)


def tokenizer_facts(run: RunDirectory) -> dict[str, Any]:
    """For the ledger: size, sample and, by language, bytes per token of the published vocabulary."""
    measurement = json.loads((run.tokenizer / "measurement.json").read_text(encoding="utf-8"))
    return {
        "vocabulary_size": SentencePieceTokenizer(run.tokenizer).vocabulary_size,
        "sample_bytes": sum(measurement["sample_bytes"].values()),
        "bytes_per_token": {
            language: figures["bytes_per_token"] for language, figures in measurement["languages"].items()
        },
    }


def _write(directory: Path, model: bytes, recipe: Recipe) -> None:
    specification = recipe.tokenizer
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    (directory / "tokenizer.model").write_bytes(model)
    converted = convert_to_huggingface(processor, specification.user_defined_symbols)
    write_text(directory / "tokenizer.json", converted.to_str(pretty=True) + "\n")
    write_json(directory / "tokenizer_config.json", tokenizer_config(specification.control_tokens))
    entries = [data.hex() for data in token_bytes(processor)]
    write_json(directory / "token_bytes.json", {"format": TOKEN_BYTES_FORMAT, "bytes": entries})


def _measure(directory: Path, recipe: Recipe, run: RunDirectory) -> dict[str, Any]:
    """Figures from the files as they will be published, not from what is in memory."""
    converted = tokenizers.Tokenizer.from_file(str(directory / "tokenizer.json"))
    return measure(SentencePieceTokenizer(directory), converted, corpus_files(run.corpus, "validation"))
