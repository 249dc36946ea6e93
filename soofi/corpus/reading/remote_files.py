"""Files behind URLs, through fsspec: finding them, telling whether they have changed, opening them.

Who may read a store is said by the environment (such as AWS_ACCESS_KEY_ID), where it stands by the source's
`storage_options` or the environment (such as AWS_ENDPOINT_URL).
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, BinaryIO, cast

from soofi.corpus.reading.formats import format_of_ending

_BLOCK_BYTES = 4 << 20
_ETAGS = ("ETag", "etag", "content_md5", "md5", "sha256", "blob_id", "sha")


@dataclass(frozen=True)
class Remote:
    """A file behind a URL. `digest`: hex SHA-256 over its size and the store's own mark of its content, or over its bytes."""

    url: str
    size_bytes: int
    digest: str


def matches(url: str, options: Mapping[str, Any]) -> tuple[str, list[Remote]]:
    """The folder against which names are taken, as a URL, and what the URL leads to, sorted.

    A URL is a file, a folder (everything below it), or a pattern with * and **; hidden names are left out.
    """
    with _reaching(url):
        system, path = _system(url, options)
        if any(sign in path for sign in "*?["):
            found = {
                name: info
                for name, info in system.glob(path, detail=True).items()
                if info["type"] == "file" or format_of_ending(name)
            }
            folders = [name for name, info in found.items() if info["type"] != "file"]
            for folder in folders:
                del found[folder]
                found |= system.find(folder, detail=True)
            parts = PurePosixPath(path).parts
            plain = next(place for place, part in enumerate(parts) if any(sign in part for sign in "*?["))
            root = str(PurePosixPath(*parts[:plain]))
        elif system.isfile(path):
            found = {path: system.info(path)}
            root = str(PurePosixPath(path).parent)
        else:
            found = system.find(path, detail=True) if system.exists(path) else {}
            root = path.rstrip("/")
        remotes = [
            Remote(system.unstrip_protocol(name), int(info.get("size") or 0), _digest(system, name, info))
            for name, info in found.items()
            if not any(part.startswith(".") for part in PurePosixPath(name).relative_to(root).parts)
        ]
        return system.unstrip_protocol(root), sorted(remotes, key=lambda remote: remote.url)


@contextmanager
def open_remote(url: str, options: Mapping[str, Any]) -> Iterator[BinaryIO]:
    """Open a file behind a URL; bytes are fetched as they are read, 4 MiB at a time."""
    with _reaching(url):
        system, path = _system(url, options)
        with system.open(path, "rb", block_size=_BLOCK_BYTES) as file:
            yield cast(BinaryIO, file)


def digest_of(url: str, options: Mapping[str, Any]) -> tuple[int, str]:
    """Bytes and digest of one file, as in `Remote`."""
    with _reaching(url):
        system, path = _system(url, options)
        info = system.info(path)
        return int(info.get("size") or 0), _digest(system, path, info)


def _system(url: str, options: Mapping[str, Any]) -> tuple[Any, str]:
    from fsspec.core import url_to_fs

    # Two instances for one store would list it twice; a listing kept from before would hide what has changed.
    system, path = url_to_fs(url, **({"use_listings_cache": False} | dict(options)))
    return system, path


def _digest(system: Any, path: str, info: Mapping[str, Any]) -> str:
    marks = {name: str(info[name]) for name in _ETAGS if info.get(name)}
    if marks:
        said = json.dumps({"size": info.get("size"), **marks}, sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()
    with system.open(path, "rb", block_size=_BLOCK_BYTES) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _reaching(url: str) -> Iterator[None]:
    """Turn what file systems and their libraries say into one sentence; each has exceptions of its own."""
    try:
        yield
    except FileNotFoundError:
        raise FileNotFoundError(f"{url} is not there: correct corpus.sources or put it there") from None
    except ImportError as error:
        raise ValueError(f"{url} cannot be opened: {error}: install that package") from None
    except Exception as error:
        if type(error).__module__.split(".")[0] in ("soofi", "pyarrow"):
            raise
        said = " ".join(str(error).split()) or type(error).__name__
        raise ValueError(
            f"{url} cannot be read: {said}: look at the address, the storage_options and the credentials in the environment"
        ) from None
