"""Path patterns with * and $ (RFC 9309, 2.2.3), of which the first that matches is found."""

from collections.abc import Sequence
from dataclasses import dataclass

from soofi.corpus.consent.addresses import canonical


def canonical_pattern(written: str) -> str:
    """A pattern as it is compared: `*` and a closing `$` keep their meaning, everything else as in `canonical`.

    A pattern that does not begin at the root is taken from there, as its author must have meant it. Its length in this form is
    how specific it is.
    """
    anchored = written.endswith("$")
    parts, in_query = [], False
    for part in written.removesuffix("$").split("*"):
        parts.append(canonical(part, in_query))
        in_query = in_query or "?" in part
    pattern = "*".join(parts)
    if not pattern.startswith(("/", "*")):
        pattern = f"/{pattern}"
    return f"{pattern}$" if anchored else pattern


@dataclass(frozen=True)
class _Glob:
    """A pattern with * or $: fixed parts that follow one another."""

    rank: int
    parts: tuple[str, ...]
    anchored: bool

    def matches(self, path: str) -> bool:
        """Leftmost placing of every part: linear in the path for any pattern, and it misses no match."""
        first, *middle = self.parts
        if not path.startswith(first):
            return False
        if not middle:
            return not self.anchored or path == first
        last = middle.pop() if self.anchored else ""
        place = len(first)
        for part in middle:
            place = path.find(part, place)
            if place < 0:
                return False
            place += len(part)
        return len(path) - len(last) >= place and path.endswith(last)


class RankedPatterns:
    """Patterns in the order in which they are preferred."""

    def __init__(self, patterns: Sequence[str]):
        """`patterns`: as `canonical_pattern` writes them."""
        self._plain: dict[str, int] = {}
        self._globs: list[_Glob] = []
        for rank, pattern in enumerate(patterns):
            anchored = pattern.endswith("$")
            text = pattern.removesuffix("$") if anchored else pattern.rstrip("*")
            if not anchored and "*" not in text:
                self._plain.setdefault(text or "/", rank)
            else:
                self._globs.append(_Glob(rank, tuple(text.split("*")), anchored))
        self._prefixes = tuple(self._plain)
        self._lengths = sorted({len(prefix) for prefix in self._plain})
        self._none = len(patterns)
        self.is_constant = not self._globs and self._plain.keys() <= {"/"}

    def find(self, path: str) -> int | None:
        """The place of the first pattern that matches a path (`canonical`, beginning with /), or None."""
        best = self._none
        if path.startswith(self._prefixes):
            for length in self._lengths:
                best = min(best, self._plain.get(path[:length], best))
        for glob in self._globs:
            if glob.rank > best:
                break
            if glob.matches(path):
                best = glob.rank
                break
        return None if best == self._none else best
