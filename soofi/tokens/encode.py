"""The tokens stage: every corpus shard becomes one token shard for each split that it has documents of."""

import json
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath
from typing import Any

from soofi.corpus import corpus_shards
from soofi.ledger import (
    RunDirectory,
    original_sha256,
    publish_directory,
    read_manifest,
    sha256_file,
    sha256_values,
    write_json,
    write_manifest,
)
from soofi.recipe import Recipe
from soofi.tokenizer import open_tokenizer
from soofi.tokens.encode_shard import LAYOUT, Encoded, Job, encode_shard
from soofi.tokens.packing import pack_streams, packing_facts
from soofi.tokens.processes import map_in_processes

FORMAT = "soofi.encoding/1"
ENCODING = "encoding.json"
"""Beside the token shards: how many documents were compared with SentencePiece, and which shards did not agree."""

LIBRARIES = ("sentencepiece", "tokenizers", "pyarrow")


def make_tokens(
    recipe: Recipe, run: RunDirectory, inputs: dict[str, str], say: Callable[[str], None]
) -> None:
    """Encode the corpus of `run` with its tokenizer and publish the token shards.

    Each document is encoded as plain text, whatever it spells, and closed by the end-of-document id; documents keep the
    corpus's order. The result is the same for every `tokens.workers`, and however often the work was interrupted: what is
    finished of a corpus shard stays in `.work/tokens` of the run until all is published. Raises FileNotFoundError where
    corpus or tokenizer are missing, ValueError naming a damaged corpus shard, ChildProcessError if a worker dies.
    """
    shards = corpus_shards(run.corpus)
    if not shards:
        raise FileNotFoundError(f"{run.corpus} holds no documents: make the corpus first")
    open_tokenizer(run.tokenizer)  # its sentence, before processes are started
    work, digest = run.path / ".work" / "tokens", _tokenizer_sha256(run.tokenizer)
    jobs = [
        Job(shard.path, f"{shard.source}/{shard.language}/{shard.path.stem}", run.tokenizer, digest, work)
        for shard in shards
    ]
    # The longest first: all end together.
    jobs.sort(key=lambda job: (-job.documents.stat().st_size, job.name))
    encoded: list[Encoded] = []
    for count, one in enumerate(map_in_processes(encode_shard, jobs, recipe.tokens.workers), 1):
        encoded.append(one)
        if one.other_ids:
            say(f"tokens: {one.name} is encoded by SentencePiece, of which the faster encoder had other ids")
        if count == len(jobs) or count * 4 // len(jobs) > (count - 1) * 4 // len(jobs):
            tokens = sum(shard.tokens for one in encoded for shard in one.shards)
            say(f"tokens: {count:,} of {len(jobs):,} corpus shards, {tokens:,} tokens")
    if before := sum(one.found for one in encoded):
        say(f"tokens: {before:,} of {len(jobs):,} corpus shards were encoded before")
    with publish_directory(run.tokens) as directory:
        _gather(work, encoded, directory)
        write_json(directory / ENCODING, {"format": FORMAT, **_encoding(encoded)})
        shard_of = {shard.path: shard for one in encoded for shard in one.shards}
        lengths, threads = recipe.tokens.packed_lengths, recipe.tokens.workers
        windows = pack_streams(directory, shard_of, lengths, threads, say)
        write_manifest(
            directory,
            "tokens",
            inputs,
            tokens_governing(recipe),
            rows=_rows(encoded) | windows,
            tokens={path: shard.tokens for path, shard in shard_of.items()},
            digests={path: sha256 for one in encoded for path, sha256 in one.files.items()},
            libraries=LIBRARIES,
        )
    _remove(work)


def tokens_governing(recipe: Recipe) -> Any:
    """Plain values that decide the token shards beside corpus and tokenizer, which are inputs: the layout, and for which
    lengths windows are packed."""
    lengths = sorted(recipe.tokens.packed_lengths)
    return {"layout": LAYOUT} | ({"packed_lengths": lengths} if lengths else {})


def tokens_facts(run: RunDirectory) -> dict[str, Any]:
    """For the ledger: documents and tokens by split, and tokens by split and language; documents that were compared with
    SentencePiece's ids, and corpus shards that it had to encode because they differed; what packing came to."""
    facts: dict[str, Any] = {"documents": {}, "tokens": {}, "tokens_by_language": {}}
    for output in read_manifest(run.tokens).outputs:
        path = PurePosixPath(output.path)
        if path.suffix == ".bin":
            split, language = path.parts[0], path.parts[2]
            languages = facts["tokens_by_language"].setdefault(split, {})
            languages[language] = languages.get(language, 0) + output.tokens
            facts["tokens"][split] = facts["tokens"].get(split, 0) + output.tokens
            facts["documents"][split] = facts["documents"].get(split, 0) + output.rows
    if (run.tokens / ENCODING).is_file():
        encoding = json.loads((run.tokens / ENCODING).read_text(encoding="utf-8"))
        facts["compared_documents"] = encoding["compared_documents"]
        facts["corpus_shards_with_other_ids"] = len(encoding["other_ids"])
    if packing := packing_facts(run.tokens):
        facts["packing"] = packing
    return facts


def check_tokenizer(tokens: Path, tokenizer: Path) -> None:
    """Raise ValueError if token shards were made with another tokenizer than the one of that directory."""
    made_with = read_manifest(tokens).inputs.get("tokenizer")
    if made_with not in (None, original_sha256(tokenizer)):
        raise ValueError(
            f"{tokens} was made with another tokenizer than {tokenizer} holds: run `soofi tokens`, or put the tokenizer back"
        )


def _tokenizer_sha256(directory: Path) -> str:
    """Digest of what decides the ids."""
    names = ("tokenizer.model", "tokenizer.json", "token_bytes.json", "given.json")
    return sha256_values(
        {name: sha256_file(directory / name) for name in names if (directory / name).is_file()}
    )


def _gather(work: Path, encoded: Iterable[Encoded], directory: Path) -> None:
    """Give the files of all finished shards a second name below `directory`: a kill here loses none of them."""
    for one in encoded:
        for name in one.files:
            place = directory / name
            place.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(work / name, place)
            except OSError:  # a file system that cannot
                shutil.copyfile(work / name, place)


def _remove(work: Path) -> None:
    shutil.rmtree(work)
    if not any(work.parent.iterdir()):
        work.parent.rmdir()


def _encoding(encoded: Iterable[Encoded]) -> dict[str, Any]:
    return {
        "compared_documents": sum(one.compared for one in encoded),
        "other_ids": sorted(one.name for one in encoded if one.other_ids),
    }


def _rows(encoded: Iterable[Encoded]) -> dict[str, int]:
    """Documents by path: of the tokens, and of the file that names their documents."""
    rows = {}
    for shard in (shard for one in encoded for shard in one.shards):
        rows[shard.path] = shard.documents
        rows[str(PurePosixPath(shard.path).with_suffix(".documents.parquet"))] = shard.documents
    return rows
