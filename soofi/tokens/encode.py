"""The tokens stage: every corpus shard becomes one token shard for each split that it has documents of."""

import multiprocessing
import multiprocessing.connection
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing import resource_tracker
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

import pyarrow as pa

from soofi.corpus import corpus_shards, iterate_documents
from soofi.ledger import RunDirectory, publish_directory, read_manifest, write_manifest
from soofi.recipe import Recipe
from soofi.tokenizer import open_tokenizer
from soofi.tokens.packing import pack_streams, packing_facts
from soofi.tokens.shard import ShardWriter

BATCH_CHARACTERS = 1_000_000
"""Text that is held and encoded at once."""

J = TypeVar("J")
R = TypeVar("R")


@dataclass(frozen=True)
class Job:
    """One corpus shard to encode. `name` is `<source>/<language>/part-00000`."""

    documents: Path
    name: str
    tokenizer: Path
    tokens: Path


@dataclass(frozen=True)
class Encoded:
    """Documents and tokens of one written token shard; `path` is relative to the tokens directory."""

    path: str
    documents: int
    tokens: int


def make_tokens(
    recipe: Recipe, run: RunDirectory, inputs: dict[str, str], say: Callable[[str], None]
) -> None:
    """Encode the corpus of `run` with its tokenizer and publish the token shards.

    Each document is encoded as plain text, whatever it spells, and closed by the end-of-document id; documents keep the
    corpus's order. The result is the same for every `tokens.workers`. Raises FileNotFoundError where corpus or tokenizer
    are missing, ChildProcessError if a worker dies.
    """
    shards = corpus_shards(run.corpus)
    if not shards:
        raise FileNotFoundError(f"{run.corpus} holds no documents: make the corpus first")
    open_tokenizer(run.tokenizer)  # its sentence, before processes are started
    with publish_directory(run.tokens) as directory:
        jobs = [
            Job(shard.path, f"{shard.source}/{shard.language}/{shard.path.stem}", run.tokenizer, directory)
            for shard in shards
        ]
        jobs.sort(
            key=lambda job: (-job.documents.stat().st_size, job.name)
        )  # the longest first: all end together
        written: list[Encoded] = []
        for count, encoded in enumerate(map_in_processes(encode_shard, jobs, recipe.tokens.workers), 1):
            written += encoded
            if count == len(jobs) or count * 4 // len(jobs) > (count - 1) * 4 // len(jobs):
                tokens = sum(shard.tokens for shard in written)
                say(f"tokens: {count:,} of {len(jobs):,} corpus shards, {tokens:,} tokens")
        paths = [shard.path for shard in written]
        packed = pack_streams(directory, paths, recipe.tokens.packed_lengths, recipe.tokens.workers, say)
        write_manifest(
            directory,
            "tokens",
            inputs,
            tokens_governing(recipe),
            rows=_rows(written) | packed,
            tokens={shard.path: shard.tokens for shard in written},
            libraries=("sentencepiece", "tokenizers", "pyarrow"),
        )


def tokens_governing(recipe: Recipe) -> Any:
    """Plain values that decide the token shards beside corpus and tokenizer, which are inputs: the layout, and for which
    lengths windows are packed."""
    values: dict[str, Any] = {"layout": "one token shard for each corpus shard and split"}
    if recipe.tokens.packed_lengths:
        values["packed_lengths"] = sorted(recipe.tokens.packed_lengths)
    return values


def tokens_facts(run: RunDirectory) -> dict[str, Any]:
    """For the ledger: documents and tokens by split, tokens by split and language, and what packing came to."""
    facts: dict[str, Any] = {"documents": {}, "tokens": {}, "tokens_by_language": {}}
    for output in read_manifest(run.tokens).outputs:
        if output.path.endswith(".bin"):
            split, _, language, _ = PurePosixPath(output.path).parts
            languages = facts["tokens_by_language"].setdefault(split, {})
            languages[language] = languages.get(language, 0) + output.tokens
            facts["tokens"][split] = facts["tokens"].get(split, 0) + output.tokens
            facts["documents"][split] = facts["documents"].get(split, 0) + output.rows
    if packing := packing_facts(run.tokens):
        facts["packing"] = packing
    return facts


def encode_shard(job: Job) -> list[Encoded]:
    """Encode one corpus shard: one token shard for each split that it has documents of."""
    tokenizer = open_tokenizer(job.tokenizer)
    writers: dict[str, ShardWriter] = {}
    with ExitStack() as stack:
        for batch in _batches(iterate_documents(job.documents, None, ("id", "split", "text"))):
            encoded = tokenizer.encode_batch([text for _, _, text in batch])
            for (document_id, split, _), ids in zip(batch, encoded, strict=True):
                if split not in writers:
                    path = job.tokens / split / f"{job.name}.bin"
                    writers[split] = stack.enter_context(ShardWriter(path, tokenizer.vocabulary_size))
                writers[split].add(document_id, [*ids, tokenizer.eod_id])
    return [
        Encoded(f"{split}/{job.name}.bin", writers[split].documents, writers[split].tokens)
        for split in sorted(writers)
    ]


def map_in_processes(function: Callable[[J], R], jobs: Sequence[J], workers: int) -> Iterator[R]:
    """Yield `function(job)` of every job as it is done, in no fixed order, from fresh processes.

    `function` is a module's own. Raises what it raises; ChildProcessError if a process is killed. The processes end with
    this one, even if it is killed.
    """
    context = multiprocessing.get_context("spawn")  # a fork of a process with threads may hang
    _start_quiet_tracker()
    pool = ProcessPoolExecutor(min(workers, len(jobs)), context, initializer=_start_worker)
    try:
        with _interrupts_kept_from_children():
            futures: list[Future[R]] = [pool.submit(function, job) for job in jobs]
        for future in as_completed(futures):
            yield future.result()
    except BrokenProcessPool:
        raise ChildProcessError(
            "a process that encodes text was killed, perhaps for want of memory: set tokens.workers lower and run again"
        ) from None
    except BaseException as error:
        if not isinstance(error, Exception):  # an interrupt
            for process in multiprocessing.active_children():
                process.kill()  # what they write is not published: nobody has to wait for it
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _start_quiet_tracker() -> None:
    """Start the process that cleans up after this one, which would warn of that behind the sentence of an interrupted
    command. It takes its interpreter's options from `sys.warnoptions`, at its start only."""
    sys.warnoptions.append("ignore:resource_tracker:UserWarning")
    try:
        resource_tracker.ensure_running()
    finally:
        sys.warnoptions.remove("ignore:resource_tracker:UserWarning")


@contextmanager
def _interrupts_kept_from_children() -> Iterator[None]:
    """Processes started meanwhile never see Ctrl-C, which a terminal sends to all: this one ends them without a trace.

    An interrupt that comes meanwhile waits until all are started: a process that is half started would show a trace.
    """
    came: list[int] = []
    handlers: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for awaited in (signal.SIGINT, signal.SIGTERM):
            handlers[awaited] = signal.signal(awaited, lambda number, frame: came.append(number))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])


def _start_worker() -> None:
    """One core for each worker, and no worker without its parent."""
    pa.set_cpu_count(1)
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    parent = multiprocessing.parent_process()
    assert parent is not None, "only a process of the pool calls this"
    sentinel = parent.sentinel

    def end_with_parent() -> None:
        multiprocessing.connection.wait([sentinel])
        os._exit(1)

    threading.Thread(target=end_with_parent, daemon=True).start()


def _batches(documents: Iterable[tuple[str, str, str]]) -> Iterator[list[tuple[str, str, str]]]:
    """Consecutive documents, each batch but the last with at least BATCH_CHARACTERS of text."""
    batch: list[tuple[str, str, str]] = []
    characters = 0
    for document in documents:
        batch.append(document)
        characters += len(document[2])
        if characters >= BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _rows(written: Iterable[Encoded]) -> dict[str, int]:
    """Documents by path: of the tokens, and of the file that names their documents."""
    rows = {}
    for shard in written:
        rows[shard.path] = shard.documents
        rows[str(PurePosixPath(shard.path).with_suffix(".documents.parquet"))] = shard.documents
    return rows
