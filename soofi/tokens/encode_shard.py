"""One corpus shard to token shards: reading, encoding, comparing, writing, and knowing what was done before."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from soofi.ledger import sha256_file, sha256_values, write_json
from soofi.tokenizer import RunTokenizer, open_tokenizer
from soofi.tokens.document_encoder import DocumentEncoder, PlainEncoder, fast_encoder, same_ids
from soofi.tokens.shard import ShardWriter

LAYOUT = "one token shard for each corpus shard and split"

BATCH_BYTES = 4_000_000
"""Text that is held and encoded at once, unless one document is longer."""

_COLUMNS = ("id", "text", "split")
_SUFFIXES = (".bin", ".idx", ".documents.parquet")


@dataclass(frozen=True)
class Job:
    """One corpus shard to encode. `name` is `<source>/<language>/part-00000`; results go below `work`."""

    documents: Path
    name: str
    tokenizer: Path
    tokenizer_sha256: str
    work: Path


@dataclass(frozen=True)
class TokenShard:
    """Documents and tokens of one written token shard; `path` is relative to the tokens directory."""

    path: str
    documents: int
    tokens: int


@dataclass(frozen=True)
class Encoded:
    """What became of a corpus shard.

    `files`: path → SHA-256 of everything written. `compared`: documents whose ids were compared with those of SentencePiece
    itself. `other_ids`: they were not the same, so it encoded the whole shard. `found`: an earlier attempt had finished it.
    """

    name: str
    shards: list[TokenShard]
    files: dict[str, str] = field(default_factory=dict)
    compared: int = 0
    other_ids: bool = False
    found: bool = False


def encode_shard(job: Job) -> Encoded:
    """Encode one corpus shard: one token shard for each split that it has documents of.

    One that an earlier attempt finished, of the same corpus shard with the same tokenizer, is taken as it is. Raises ValueError,
    with one sentence, if the corpus shard is damaged or lacks a column.
    """
    mark = job.work / f"{job.name}.json"
    key = sha256_values([sha256_file(job.documents), job.tokenizer_sha256, LAYOUT])
    if (before := _read_mark(mark, key, job.work)) is not None:
        return before
    tokenizer, fast = _open(job.tokenizer, job.tokenizer_sha256)
    encoded = write_shards(job, tokenizer, fast)
    write_json(mark, {"key": key, **asdict(encoded)})
    return encoded


def write_shards(job: Job, tokenizer: RunTokenizer, fast: DocumentEncoder | None) -> Encoded:
    """Write the token shards of a corpus shard with the ids of `tokenizer`.

    `fast`: an encoder that should give the same ids. It encodes if it does so for a sample of every batch of documents;
    otherwise `tokenizer` itself encodes the whole shard.
    """
    plain = PlainEncoder(tokenizer)
    if fast is not None and (encoded := _write(job, tokenizer.vocabulary_size, fast, plain)) is not None:
        return encoded
    encoded = _write(job, tokenizer.vocabulary_size, plain, None, other_ids=fast is not None)
    assert encoded is not None, "nothing is compared"
    return encoded


class _OtherIdsError(Exception):
    """The sample's ids are not those of the reference."""


def _write(
    job: Job,
    vocabulary_size: int,
    encoder: DocumentEncoder,
    reference: DocumentEncoder | None,
    other_ids: bool = False,
) -> Encoded | None:
    """None, and nothing written, where `encoder` and `reference` differ."""
    writers: dict[str, ShardWriter] = {}
    compared = 0
    try:
        with ExitStack() as stack:
            for number, batch in enumerate(read_batches(job.documents)):
                for split in ("train", "validation"):
                    of_split = batch.filter(pc.equal(batch["split"], split))
                    if not of_split.num_rows:
                        continue
                    if split not in writers:
                        path = job.work / split / f"{job.name}.bin"
                        writers[split] = stack.enter_context(ShardWriter(path, vocabulary_size))
                    texts = of_split["text"]
                    ids, lengths = encoder.encode(texts)
                    if reference is not None:
                        same, count = same_ids(texts, ids, lengths, encoder, reference, number)
                        if not same:
                            raise _OtherIdsError
                        compared += count
                    writers[split].add_batch(of_split["id"], ids, lengths)
    except _OtherIdsError:
        return None
    shards = [
        TokenShard(f"{split}/{job.name}.bin", writers[split].documents, writers[split].tokens)
        for split in sorted(writers)
    ]
    names = [str(Path(shard.path).with_suffix(suffix)) for shard in shards for suffix in _SUFFIXES]
    files = {name: sha256_file(job.work / name) for name in names}
    return Encoded(job.name, shards, files, compared, other_ids)


def read_batches(path: Path) -> Iterator[pa.RecordBatch]:
    """Ids, texts and splits of a corpus shard's documents in order, each batch but the last with BATCH_BYTES of text or more.

    Raises ValueError, with one sentence, for a file that is damaged or holds something else.
    """
    try:
        with pq.ParquetFile(path, memory_map=True) as file:
            missing = [name for name in _COLUMNS if name not in file.schema_arrow.names]
            if missing:
                raise ValueError(
                    f"{path} has no column '{missing[0]}', only {', '.join(file.schema_arrow.names)}: make the corpus again"
                )
            waiting: list[pa.RecordBatch] = []
            size = 0
            for batch in file.iter_batches(512, columns=list(_COLUMNS)):
                batch = _checked(batch, path)
                waiting.append(batch)
                size += pc.sum(pc.binary_length(batch["text"])).as_py() or 0
                if size >= BATCH_BYTES:
                    yield pa.concat_batches(waiting)
                    waiting, size = [], 0
            if waiting:
                yield pa.concat_batches(waiting)
    except (pa.ArrowException, OSError) as error:
        raise ValueError(f"{path} is damaged or cut short: make the corpus again") from error


def _checked(batch: pa.RecordBatch, path: Path) -> pa.RecordBatch:
    columns = [pc.cast(batch[name], pa.string()) for name in _COLUMNS]
    for column in columns:
        column.validate(full=True)  # Parquet does not look whether text is UTF-8
    splits = pc.is_in(columns[2], pa.array(["train", "validation"]))
    if any(column.null_count for column in columns) or not pc.all(splits).as_py():
        raise ValueError(f"{path} has a document without id, text or split: make the corpus again")
    return pa.record_batch(columns, names=list(_COLUMNS))


@lru_cache(maxsize=1)
def _open(directory: Path, sha256: str) -> tuple[RunTokenizer, DocumentEncoder | None]:
    """Once a process: an encoder remembers the words that it has met."""
    tokenizer = open_tokenizer(directory)
    return tokenizer, fast_encoder(tokenizer, directory)


def _read_mark(mark: Path, key: str, work: Path) -> Encoded | None:
    """What an earlier attempt finished, if it is of the same work and its files are as it left them."""
    try:
        values = json.loads(mark.read_text(encoding="utf-8"))
        if values.pop("key") != key:
            return None
        values["shards"] = [TokenShard(**shard) for shard in values["shards"]]
        encoded = Encoded(**(values | {"found": True}))
        whole = all(sha256_file(work / name) == sha256 for name, sha256 in encoded.files.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return encoded if whole else None
