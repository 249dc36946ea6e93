"""Start tags of a page, read without a tree: for stages that look for a declaration before the text is extracted."""

import html
import re
from collections.abc import Iterator

_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
_ATTRIBUTE = re.compile(rb"""([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?""")


def tag_pattern(*names: str) -> re.Pattern[bytes]:
    """Matches start tags of these names, for `start_tags`."""
    # Names in capitals occur, mixed ones hardly: to ignore case would be five times slower.
    spelled = "|".join(spelling for name in names for spelling in (name, name.upper(), name.title()))
    return re.compile(rf"<(?:{spelled})(?=[\s/>])([^>]*)>".encode())


def start_tags(markup: bytes, pattern: re.Pattern[bytes]) -> Iterator[dict[str, str]]:
    """Yield the attributes of each start tag outside comments: names in lower case, values without entities."""
    if b"<!--" in markup and pattern.search(markup):
        markup = _COMMENT.sub(b"", markup)
    for tag in pattern.finditer(markup):
        found: dict[str, str] = {}
        for name, *values in _ATTRIBUTE.findall(tag[1]):
            value = next(filter(None, values), b"").decode(errors="replace")
            found.setdefault(name.decode(errors="replace").lower(), html.unescape(value))
        yield found
