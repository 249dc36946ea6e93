"""Any amount of text made from real documents, the same on every machine.

The first copies of the documents are the documents. In a later copy about a quarter of the words are replaced by other words of
the same language, so that no two copies are near-duplicates and yet lines, lengths and frequencies of words are real ones.
"""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from corpus_peers.case import Text

REPLACED = 0.25
FILE_BYTES = 4 << 20
_WORD = re.compile(r"\w+")


def varied_texts(texts: Sequence[Text]) -> Iterator[Text]:
    """The documents in an order without order, then varied copies of them without end."""
    texts = [texts[place] for place in np.random.default_rng(len(texts)).permutation(len(texts)).tolist()]
    yield from texts
    words: dict[str, list[str]] = {}
    for one in texts:
        words.setdefault(one.language, []).extend(_WORD.findall(one.text))
    copy = 1
    while True:
        for number, one in enumerate(texts):
            chance = np.random.default_rng([copy, number])
            yield Text(
                f"{one.id}-{copy}", _varied(one.text, words[one.language], chance), one.language, one.source
            )
        copy += 1


def write_varied(texts: Sequence[Text], folder: Path, size: int) -> int:
    """JSON Lines of about `size` bytes of text in files of `FILE_BYTES`; returns the number of documents."""
    folder.mkdir(parents=True, exist_ok=True)
    written, documents, lines, held = 0, 0, list[str](), 0
    source = varied_texts(texts)
    while written < size:
        one = next(source)
        lines.append(
            json.dumps({"id": one.id, "text": one.text, "language": one.language}, ensure_ascii=False)
        )
        here = len(one.text.encode())
        written, documents, held = written + here, documents + 1, held + here
        if held >= FILE_BYTES or written >= size:
            path = folder / f"{len(list(folder.iterdir())):05d}.jsonl"
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")
            lines, held = [], 0
    return documents


def _varied(text: str, words: Sequence[str], chance: np.random.Generator) -> str:
    parts = re.split(r"(\w+)", text)  # words stand at odd places
    count = len(parts) // 2
    places = np.flatnonzero(chance.random(count) < REPLACED)
    for place, word in zip(
        places.tolist(), chance.integers(len(words), size=len(places)).tolist(), strict=True
    ):
        parts[2 * place + 1] = words[word]
    return "".join(parts)
