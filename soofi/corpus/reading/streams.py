"""Input files as streams of bytes, with errors that name the file."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import pyarrow as pa

from soofi.corpus.reading.formats import compression_of
from soofi.corpus.reading.inflate import Damaged, Inflated
from soofi.corpus.reading.remote_files import open_remote
from soofi.corpus.reading.sources import SourceFile
from soofi.recipe import Source, is_url

DOCUMENT_BYTES = 256 << 20
"""A longer line, text file or Parquet text is kept aside: one document must not fill the memory."""

PAGE_BYTES = 16 << 20
"""A longer page is kept aside: its tree takes ten times its bytes, and no page that people read is as long."""


@contextmanager
def open_bytes(file: SourceFile, source: Source) -> Iterator[BinaryIO]:
    """Open a file as it lies, local or behind a URL.

    What goes wrong while it is read becomes `Damaged` if the file is to blame, and else FileNotFoundError or ValueError
    with one sentence: a disk or a store that fails is no property of the text.
    """
    with reading(file.place):
        if is_url(file.place):
            with open_remote(file.place, source.storage_options) as remote:
                yield remote
        else:
            with open(file.place, "rb") as local:
                yield local


@contextmanager
def open_inflated(file: SourceFile, source: Source) -> Iterator[io.RawIOBase]:
    """Open a file, decompressing it if its ending says so; raises `Damaged` at the place where it cannot be read on."""
    with open_bytes(file, source) as stream:
        yield _inflated(stream, file.place)


@contextmanager
def open_stream(file: SourceFile, source: Source) -> Iterator[io.BufferedReader]:
    """As `open_inflated`, buffered, for reading by lines."""
    with open_inflated(file, source) as stream:
        yield _buffered(stream)


@contextmanager
def open_whole(path: Path) -> Iterator[io.BufferedReader]:
    """Open a local file that is of use only if it is whole, decompressing it; see `reading_whole`."""
    with reading_whole(path), path.open("rb") as stream:
        yield _buffered(_inflated(stream, path.name))


@contextmanager
def reading_whole(path: Path) -> Iterator[None]:
    """As `reading`, but damage is a ValueError with one sentence: for what a recipe names beside its sources."""
    try:
        with reading(str(path)):
            yield
    except Damaged:
        raise ValueError(f"{path} is damaged or cut off: fetch or make it again") from None


def _inflated(stream: BinaryIO, name: str) -> io.RawIOBase:
    compression = compression_of(name)
    return Inflated(stream, compression) if compression else cast(io.RawIOBase, stream)


def _buffered(stream: io.RawIOBase) -> io.BufferedReader:
    return stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(stream, 1 << 20)


@contextmanager
def reading(place: str) -> Iterator[None]:
    """Turn what pyarrow and the system say about a file into the errors of `open_bytes`."""
    try:
        yield
    except FileNotFoundError as error:
        if is_url(place) and not error.errno:
            raise
        raise FileNotFoundError(f"{place} disappeared while the corpus was made: put it back") from None
    except (OSError, pa.ArrowException) as error:
        # pyarrow reports damage by errors without a number; one with a number comes from the system.
        if isinstance(error, OSError) and error.errno:
            raise ValueError(f"{place} cannot be read: {error.strerror or error}") from None
        raise Damaged("damaged_file", " ".join(str(error).split())) from None
