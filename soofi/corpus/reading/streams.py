"""Input files as streams of bytes, with errors that name the file."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from soofi.corpus.reading.sources import compression_of

DOCUMENT_BYTES = 256 << 20
"""A longer line, text file or Parquet text is kept aside: one document must not fill the memory."""


@contextmanager
def open_stream(path: Path) -> Iterator[io.BufferedReader]:
    """Open a file, decompressing it if its ending says so.

    Whatever goes wrong while it is read becomes the one sentence of `reading`.
    """
    with reading(path):
        compression = compression_of(path)
        if compression and path.stat().st_size == 0:
            raise _damaged(path)  # no compressor writes nothing, not even for an empty text
        with pa.input_stream(str(path), compression=compression) as stream:
            yield io.BufferedReader(stream, 1 << 20)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what pyarrow and the system say about a file into FileNotFoundError or ValueError with one sentence."""
    try:
        yield
    except FileNotFoundError:
        raise FileNotFoundError(f"{path} disappeared while the corpus was made: put it back") from None
    except (OSError, pa.ArrowException) as error:
        # pyarrow reports damage by errors without a number; one with a number comes from the system.
        if isinstance(error, OSError) and error.errno:
            raise ValueError(f"{path} cannot be read: {error.strerror or error}") from None
        raise _damaged(path) from None


def _damaged(path: Path) -> ValueError:
    return ValueError(f"{path} is damaged or cut off: fetch or make it again")
