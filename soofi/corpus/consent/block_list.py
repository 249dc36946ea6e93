"""Hosts and URL prefixes that a recipe never uses."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from soofi.corpus.consent.addresses import canonical, host_key


class BlockList:
    """Entries such as `example.com` (with its subdomains), `example.com/private/` or `https://example.com/private/`."""

    def __init__(self, entries: Iterable[str], files: Sequence[Path] = ()):
        """Raises FileNotFoundError or ValueError for a file that cannot be read."""
        self._whole: set[str] = set()
        self._prefixes: dict[str, list[str]] = {}
        for entry in [*entries, *(entry for file in files for entry in _entries(file))]:
            host, slash, path = (
                entry.partition("://")[2].partition("/") if "://" in entry else entry.partition("/")
            )
            key = host_key(host.removeprefix("*."))
            if path:
                self._prefixes.setdefault(key, []).append(canonical(slash + path))
            elif key:
                self._whole.add(key)

    def of_host(self, host: str) -> list[str]:
        """Path prefixes that are blocked on a host (`host_key`): `/` if all of it is."""
        found: list[str] = []
        name = host
        while name:
            if name in self._whole:
                return ["/"]
            found += self._prefixes.get(name, [])
            name = name.partition(".")[2]
        return found


def _entries(file: Path) -> Iterator[str]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise FileNotFoundError(
            f"there is no block list {file}: correct corpus.consent.block_lists"
        ) from None
    except (OSError, UnicodeDecodeError):
        raise ValueError(f"block list {file} cannot be read as text: write one host or URL a line") from None
    for line in lines:
        if entry := line.partition("#")[0].strip():
            yield entry
