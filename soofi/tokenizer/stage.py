"""The tokenizer stage: from a run's corpus, or a model's own tokenizer, to the run's vocabulary."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sentencepiece

from soofi.ledger import RunDirectory, publish_directory, write_json, write_manifest, write_text
from soofi.recipe import GivenTokenizer, Recipe, Tokenizer, governing
from soofi.tokenizer.chat import check_chat
from soofi.tokenizer.conversion import convert_to_huggingface, tokenizer_config
from soofi.tokenizer.copying import take_tokenizer
from soofi.tokenizer.given import read_tokenizer_json
from soofi.tokenizer.learning import Learned, learn
from soofi.tokenizer.measurement import Inspect, measure
from soofi.tokenizer.opening import open_tokenizer
from soofi.tokenizer.processor import TOKEN_BYTES_FORMAT, token_bytes
from soofi.tokenizer.sample import corpus_files
from soofi.tokenizer.savings import measure_before, savings, savings_line
from soofi.tokenizer.unigram import convert_unigram


def make_tokenizer(
    recipe: Recipe, run: RunDirectory, inputs: dict[str, str], say: Callable[[str], None]
) -> None:
    """Learn the vocabulary from the training split of a run's corpus, or take the given one; measure and publish it.

    `inputs`: name of each input to its hex SHA-256, for the manifest. Raises FileNotFoundError where there is no corpus,
    ValueError where its text is too little for the vocabulary or the given tokenizer cannot be used.
    """
    files = corpus_files(run.corpus, "train")
    if not files:
        raise ValueError("the corpus has no training text: widen corpus.sources or relax corpus.quality")
    learned: Learned | None = None
    shares: dict[str, int] = {}
    held_out = corpus_files(run.corpus, "validation")
    extension = recipe.tokenizer.extend if isinstance(recipe.tokenizer, GivenTokenizer) else None
    with publish_directory(run.tokenizer) as directory:
        if isinstance(recipe.tokenizer, GivenTokenizer):
            more = f", with {extension.entries:,} new entries" if extension else ""
            say(f"tokenizer: taking that of {recipe.tokenizer.from_}{more}")
            shares = take_tokenizer(recipe.tokenizer, files, directory)
            inspect = _check_given(recipe.tokenizer.from_, directory)
            if extension:
                before, inspect = measure_before(recipe.tokenizer, held_out, _check_given)
        else:
            learned = _learn(recipe.tokenizer, files, directory, say)
            inspect = _check_learned(directory, exact=recipe.tokenizer.algorithm == "bpe")
        # From the files as they will be published, not from what is in memory.
        measurement = measure(open_tokenizer(directory), held_out, inspect)
        measurement["sample_bytes"] = learned.sample_bytes if learned else shares
        measurement["training_text"] = learned.training_text if learned else {}
        if extension:
            measurement["extension"] = {"entries": extension.entries, **savings(before, measurement)}
        write_json(directory / "measurement.json", measurement)
        write_manifest(
            directory,
            "tokenizer",
            inputs,
            tokenizer_governing(recipe),
            libraries=("sentencepiece", "tokenizers"),
        )
    total = measurement["total"]
    changed = total["changed_documents"]
    say(
        f"tokenizer: {total['bytes_per_token']:.2f} bytes a token on {total['documents']:,} held-out documents"
        + (f", {changed:,} of which it does not give back as they were" if changed else "")
    )
    if extension:
        say(savings_line(extension.entries, measurement["extension"]))


def tokenizer_governing(recipe: Recipe) -> Any:
    """Plain values of the recipe that decide the vocabulary."""
    return governing(recipe.tokenizer)


def tokenizer_facts(run: RunDirectory) -> dict[str, Any]:
    """For the ledger: size, sample and, by language, bytes per token of the published vocabulary, and what new entries save."""
    measurement = json.loads((run.tokenizer / "measurement.json").read_text(encoding="utf-8"))
    extension = measurement.get("extension")
    extended = (
        {
            "new_entries": extension["entries"],
            "tokens_saved": {
                language: figures["tokens_saved"] for language, figures in extension["languages"].items()
            },
        }
        if extension
        else {}
    )
    return {
        "vocabulary_size": open_tokenizer(run.tokenizer).vocabulary_size,
        "sample_bytes": sum(measurement["sample_bytes"].values()),
        "bytes_per_token": {
            language: figures["bytes_per_token"] for language, figures in measurement["languages"].items()
        },
        **extended,
    }


def _learn(
    specification: Tokenizer,
    files: dict[str, dict[Path, int]],
    directory: Path,
    say: Callable[[str], None],
) -> Learned:
    """Learn a vocabulary and write its files."""
    check_chat(specification)
    learned = learn(specification, files, say)
    model = learned.model
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    (directory / "tokenizer.model").write_bytes(model)
    convert = convert_to_huggingface if specification.algorithm == "bpe" else convert_unigram
    converted = convert(processor, specification.user_defined_symbols)
    write_text(directory / "tokenizer.json", converted.to_str(pretty=True) + "\n")
    write_json(directory / "tokenizer_config.json", tokenizer_config(converted))
    entries = [data.hex() for data in token_bytes(processor)]
    write_json(directory / "token_bytes.json", {"format": TOKEN_BYTES_FORMAT, "bytes": entries})
    if learned.parity is not None:
        write_json(directory / "parity.json", learned.parity)
    return learned


def _check_learned(directory: Path, exact: bool) -> Inspect:
    """What we make must keep every text, and its two forms must agree: in the ids, or, where cuts of a text may be worth the
    same, in how many there are and in the text that they stand for."""
    converted = read_tokenizer_json(directory / "tokenizer.json")

    def inspect(text: str, ids: list[int], same: bool) -> None:
        if not same:
            raise RuntimeError(
                "a document did not come back from its tokens: this is a fault of soofi, please report it"
            )
        others = converted.encode(text, add_special_tokens=False).ids
        agree = others == ids if exact else len(others) == len(ids) and converted.decode(others) == text
        if not agree:
            raise RuntimeError(
                "tokenizer.json and tokenizer.model disagree: this is a fault of soofi, please report it"
            )

    return inspect


def _check_given(source: Path, directory: Path) -> Inspect:
    """A given tokenizer may change a text; but what was converted must do what the original does."""
    if (source / "tokenizer.json").is_file():
        return lambda text, ids, same: None
    original = sentencepiece.SentencePieceProcessor(model_file=str(directory / "tokenizer.model"))

    def inspect(text: str, ids: list[int], same: bool) -> None:
        if original.encode(text) != ids:
            raise ValueError(
                f"transformers does not read {source / 'tokenizer.model'} as SentencePiece does: give tokenizer.from a directory "
                "with tokenizer.json"
            )

    return inspect
