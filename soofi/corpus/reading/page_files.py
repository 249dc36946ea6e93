"""HTML files: one page a file."""

from collections.abc import Iterator

from soofi.corpus.reading.encodings import decode_page
from soofi.corpus.reading.records import Found
from soofi.corpus.reading.sources import SourceFile
from soofi.corpus.reading.streams import PAGE_BYTES
from soofi.corpus.reading.text_files import read_whole
from soofi.recipe import Source


def read_page_file(file: SourceFile, source: Source) -> Iterator[Found]:
    """Yield the page as one record whose `url` is the file's origin."""
    described = {"url": file.origin}
    data = read_whole(file, source, PAGE_BYTES)
    if data is None:
        yield Found(None, described, "page_too_long")
    else:
        yield Found(None, described | {"markup": decode_page(bytes(data))})
