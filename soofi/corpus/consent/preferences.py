"""Statements about the use of a text: AIPREF's `Content-Usage` and Cloudflare's `Content-Signal`.

Sources: draft-ietf-aipref-vocab-08 (categories `train-ai`, `ai-use`, `search`; values `y` and `n`), draft-ietf-aipref-attach-05
(header and robots.txt rule), RFC 9651 (dictionaries); contentsignals.org (`ai-train`, `search`, `ai-input`; `yes` and `no`).
"""

import re
from collections.abc import Sequence

_KEY = r"[a-z*][a-z0-9_.*-]*"
_BARE = (
    r"""(?:[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*|"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"|-?\d{1,15}(?:\.\d{1,3})?"""
    r"""|:[A-Za-z0-9+/=]*:|\?[01]|@-?\d{1,15}|%"[\x20\x21\x23-\x7e]*")"""
)
_PARAMETERS = rf"(?:; *{_KEY}(?:={_BARE})?)*"
_LIST = rf"\( *(?:{_BARE}{_PARAMETERS}(?: +{_BARE}{_PARAMETERS})*)? *\)"
_MEMBER = re.compile(rf"({_KEY})(?:=({_BARE}|{_LIST}))?{_PARAMETERS}")
_COMMA = re.compile(r"[ \t]*,[ \t]*")


def usage_preference(expression: str, categories: Sequence[str]) -> str | None:
    """What a `Content-Usage` expression says: the first of `categories` that is stated, as `train-ai=n` or `train-ai=y`, or None.

    An expression that is no dictionary says nothing (vocab, section 6.5); of a repeated key the last value counts.
    """
    members: dict[str, str | None] = {}
    text, place = expression.strip(" \t"), 0
    while place < len(text):
        match = _MEMBER.match(text, place)
        if match is None:
            return None
        members[match[1]] = match[2]
        place = match.end()
        if place < len(text):
            comma = _COMMA.match(text, place)
            if comma is None or comma.end() == len(text):
                return None
            place = comma.end()
    return next((f"{name}={members[name]}" for name in categories if members.get(name) in ("y", "n")), None)


def signal_preference(expression: str) -> str | None:
    """What a `Content-Signal` says about training: `ai-train=no`, `ai-train=yes` or None."""
    stated = {part.strip().lower().replace(" ", "") for part in expression.split(",")}
    return next((value for value in ("ai-train=no", "ai-train=yes") if value in stated), None)


def refuses(preference: str) -> bool:
    """Whether what one of the functions above found is a refusal."""
    return preference.endswith(("=n", "=no"))


def with_path(value: str) -> tuple[str, str]:
    """The path pattern and the expression of a rule in robots.txt; the path may be left out and is / then."""
    if not value.startswith("/"):
        return "/", value
    path, _, expression = value.replace("\t", " ").partition(" ")
    return path, expression.strip()
