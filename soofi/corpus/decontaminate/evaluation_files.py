"""What evaluation sets hold, as words: from files of the recipe's, and from the one set that comes with soofi."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from soofi.corpus.decontaminate.locate import locate_set
from soofi.corpus.reading.json_lines import parse_line, read_lines
from soofi.corpus.reading.records import Problem
from soofi.corpus.reading.sources import SourceFile
from soofi.corpus.reading.streams import DOCUMENT_BYTES, open_whole
from soofi.corpus.segment import words_of
from soofi.recipe.decontamination import EvaluationSet

DECLARATION = Path(__file__).with_name("declaration.parquet")
"""Articles 16 to 30 in 24 languages as hashes of words: `language`, `article`, `words`. `scripts/declaration_words.py` makes it."""


PROBE = "Žluťoučký kůň, ΟΔΟΣ 24; İstanbul"
"""A text whose words' hashes stand in that file's description: where they are others now, the file has to be made again."""


@dataclass(frozen=True)
class EvaluationText:
    """One text that a model is tested on: `words` as uint64 hashes, and for each the line that it stands in.

    `place`: what evidence says of where it is, without `line`.
    """

    place: dict[str, Any]
    words: np.ndarray
    lines: np.ndarray


def evaluation_texts(one: EvaluationSet) -> Iterator[EvaluationText]:
    """The texts of a set: every string in a JSON record, or a whole text file.

    Raises ValueError for a line that is no JSON object, for a file that is not UTF-8 and for a format other than these.
    """
    if not one.paths:
        yield from _declaration(one.name)
    for file in locate_set(one).files:
        place = {"set": one.name, "file": file.origin}
        match file.format:
            case "jsonl":
                yield from _records(file, place)
            case "text":
                yield _whole(file, place)
            case _:
                raise ValueError(
                    f"evaluation set '{one.name}': {file.path} is neither JSON Lines nor text: write it as one of them"
                )


def _records(file: SourceFile, place: dict[str, Any]) -> Iterator[EvaluationText]:
    with open_whole(file.path) as stream:
        for number, line in read_lines(stream):
            try:
                record = parse_line(line)
            except Problem as problem:
                raise ValueError(
                    f"evaluation set '{file.source}': line {number} of {file.path} cannot be read ({problem}): correct it"
                ) from None
            for text in _strings(record):
                words = words_of(text)
                yield EvaluationText(place, words, np.full(len(words), number))


def _whole(file: SourceFile, place: dict[str, Any]) -> EvaluationText:
    with open_whole(file.path) as stream:
        data = stream.read(DOCUMENT_BYTES + 1)
    try:
        problem = "file_too_long" if len(data) > DOCUMENT_BYTES else None
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        problem = "not_utf8"
    if problem:
        raise ValueError(
            f"evaluation set '{file.source}': {file.path} cannot be read ({problem}): correct it"
        )
    of_lines = [words_of(line) for line in text.split("\n")]
    lines = np.repeat(np.arange(1, len(of_lines) + 1), [len(words) for words in of_lines])
    return EvaluationText(place, np.concatenate(of_lines), lines)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _strings(part)


def _declaration(name: str) -> Iterator[EvaluationText]:
    for row in pq.read_table(DECLARATION).to_pylist():
        words = np.array(row["words"], dtype=np.uint64)
        place = {"set": name, "file": row["language"], "article": row["article"]}
        yield EvaluationText(place, words, np.zeros(len(words), int))
