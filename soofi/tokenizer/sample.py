"""The text that a vocabulary is learned from: a language-balanced, deterministic sample of the training split."""

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

LINE_CHARACTERS = 1000
"""Longest line given to the trainer: at most 4,000 bytes, under SentencePiece's limit, above which it drops lines."""

_LINE_BREAKS = re.compile(r"[\x00-\x1f\x7f\u2581\u2585\ufffd]")
# Where the trainer must not learn across: line breaks and control characters, and the characters that SentencePiece uses as
# marks of its own (U+2581 for a space, U+2585 for what has no entry).


def corpus_files(corpus: Path, split: str) -> dict[str, dict[Path, int]]:
    """UTF-8 bytes of a split's text: language → file → bytes, both sorted, files without such text left out.

    `corpus` holds `<source>/<language>/part-*.parquet`. Raises FileNotFoundError where there is none.
    """
    paths = sorted(corpus.glob("*/*/part-*.parquet"))
    if not paths:
        raise FileNotFoundError(f"{corpus} holds no documents: make the corpus first")
    sizes: dict[str, dict[Path, int]] = {}
    for path in paths:
        size = sum(pc.sum(pc.binary_length(texts)).as_py() or 0 for texts in _texts(path, split))
        if size:
            sizes.setdefault(path.parent.name, {})[path] = size
    return dict(sorted(sizes.items()))


def iterate_texts(path: Path, split: str) -> Iterator[str]:
    """Texts of one file's documents of a split, in file order."""
    for texts in _texts(path, split):
        for text in texts:
            yield text.as_py()


def language_shares(
    sizes: Mapping[str, int], weights: Mapping[str, float], budget_bytes: int
) -> dict[str, int]:
    """Bytes to take of each language: in proportion to its weight, `budget_bytes` in total.

    A language that has less than its share is taken whole, and what it leaves is shared out among the others by the same
    weights. The sum is at most `budget_bytes`.
    """
    shares: dict[str, int] = {}
    open_languages, left = dict(sizes), budget_bytes
    while open_languages:
        total = sum(weights[language] for language in open_languages)
        wanted = {language: left * weights[language] / total for language in open_languages}
        whole = {language: size for language, size in open_languages.items() if size <= wanted[language]}
        if not whole:
            return shares | {language: int(share) for language, share in wanted.items()}
        shares |= whole
        left -= sum(whole.values())
        open_languages = {k: size for k, size in open_languages.items() if k not in whole}
    return shares


def sample_lines(
    sizes: Mapping[Path, int], share: int, left_out: Collection[str] = frozenset()
) -> Iterator[str]:
    """One language's lines: from every file `share` bytes in proportion to the file's bytes, from its start.

    Files keep the corpus's seeded hash order, so a file's beginning is a fair sample of it. The document at the share's
    end is cut. Lines that are in `left_out`, but for white space around them, do not come.
    """
    total = sum(sizes.values())
    for path, size in sizes.items():
        yield from _lines_of_file(path, share * size // total, left_out)


def whole_lines(text: str) -> list[str]:
    """A text's lines as `sample_lines` compares them with those to be left out."""
    return [line for line in map(str.strip, _LINE_BREAKS.split(text)) if line]


def split_lines(text: str, left_out: Collection[str] = frozenset()) -> Iterator[str]:
    """A text as lines without line breaks, control characters or SentencePiece's marks, none over LINE_CHARACTERS.

    Longer ones are cut before a space where there is one, so that words stay whole. Lines in `left_out` do not come.
    """
    for line in _LINE_BREAKS.split(text):
        if left_out and line.strip() in left_out:
            continue
        start = 0
        while len(line) - start > LINE_CHARACTERS:
            cut = line.rfind(" ", start + 1, start + LINE_CHARACTERS + 1)
            stop = cut if cut > start else start + LINE_CHARACTERS
            yield line[start:stop]
            start = stop
        if start < len(line):
            yield line[start:]


def _lines_of_file(path: Path, budget_bytes: int, left_out: Collection[str]) -> Iterator[str]:
    for text in iterate_texts(path, "train"):
        if budget_bytes <= 0:
            return
        data = text.encode()
        if len(data) > budget_bytes:
            text = data[:budget_bytes].decode(errors="ignore")
        budget_bytes -= len(data)
        yield from split_lines(text, left_out)


def _texts(path: Path, split: str) -> Iterator[pa.Array]:
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=1024, columns=["text", "split"]):
            yield batch.filter(pc.equal(batch["split"], split))["text"]
