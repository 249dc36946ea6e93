"""Rows that are single sentences, put together into documents."""

from collections.abc import Iterable, Iterator

from soofi.corpus.reading.records import Found


def joined(found: Iterable[Found], rows: int) -> Iterator[Found]:
    """Yield one record for so many texts that follow each other, a line each; problems come where they were found.

    A record is described as its first row is and named by that row's place. Rows without text are left out of it.
    """
    first: Found | None = None
    texts: list[str] = []
    for one in found:
        text = one.record.get("text")
        if one.problem or not isinstance(text, str):
            yield one
            continue
        first = first or one
        texts.append(text)
        if len(texts) == rows:
            yield _together(first, texts)
            first, texts = None, []
    if first:
        yield _together(first, texts)


def _together(first: Found, texts: list[str]) -> Found:
    described = {name: value for name, value in first.record.items() if name != "id"}
    return Found(first.place, described | {"text": "\n".join(texts)})
