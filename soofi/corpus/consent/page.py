"""What a page says about itself: in the headers of its response and in the meta elements of its head."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from soofi.corpus.consent.preferences import refuses, signal_preference, usage_preference
from soofi.corpus.consent.tdmrep import reservation
from soofi.corpus.markup import start_tags, tag_pattern

HEAD_BYTES = 128 << 10
"""How far a page is searched for meta elements."""

_META = tag_pattern("meta")
# Directives that hold a colon themselves; before any other colon stands the agent that is meant.
_WITH_VALUE = {"max-snippet", "max-image-preview", "max-video-preview", "unavailable_after"}


@dataclass(frozen=True)
class Statement:
    """One statement of a page. `kind`: the signal that it belongs to."""

    kind: str
    refuses: bool
    written: str
    found_at: str


def head_of(markup: np.ndarray[Any, Any]) -> bytes:
    """The part of a page (octets) that can hold meta elements."""
    return markup[:HEAD_BYTES].tobytes().partition(b"</head")[0]


def header_statements(
    headers: str, agents: Collection[str], categories: Sequence[str], tags: Collection[str]
) -> Iterator[Statement]:
    """Statements in the headers of a response: a JSON object whose values are strings or lists of them.

    `agents`: product tokens in lower case; `categories`, `tags`: see the recipe's Consent.
    """
    try:
        fields = json.loads(headers)
    except ValueError:
        return
    if not isinstance(fields, dict):
        return
    for name, kind in (
        ("x-robots-tag", "robots_tags"),
        ("content-usage", "content_usage"),
        ("content-signal", "content_signal"),
        ("tdm-reservation", "tdmrep"),
    ):
        value = fields.get(name)
        values = [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str)]
        found_at = f"header {name}"
        if kind == "robots_tags":
            for value in values:
                yield from _tagged(_for_agents(value, agents), tags, found_at)
        elif values and kind == "tdmrep":
            yield from _reserved(values[-1], found_at)
        elif values:
            joined = ", ".join(values)
            usage = kind == "content_usage"
            stated = usage_preference(joined, categories) if usage else signal_preference(joined)
            if stated:
                yield Statement(kind, refuses(stated), stated, found_at)


def meta_statements(head: bytes, agents: Collection[str], tags: Collection[str]) -> Iterator[Statement]:
    """Statements in the meta elements of a page's head: `robots` or an agent's name, and `tdm-reservation`."""
    for attributes in start_tags(head, _META):
        name = attributes.get("name", "").strip().lower()
        content = attributes.get("content", "")
        if name == "robots" or name in agents:
            yield from _tagged(content.split(","), tags, f"meta {name}")
        elif name == "tdm-reservation":
            yield from _reserved(content, f"meta {name}")


def _for_agents(value: str, agents: Collection[str]) -> Iterator[str]:
    """Directives of an X-Robots-Tag that are for everybody or for one of the agents."""
    is_meant = True
    for part in value.split(","):
        agent, colon, directive = part.partition(":")
        name = agent.strip().lower()
        if colon and name not in _WITH_VALUE:
            is_meant = name in agents or name == "*"
            part = directive
        if is_meant:
            yield part


def _tagged(directives: Iterable[str], tags: Collection[str], found_at: str) -> Iterator[Statement]:
    for directive in directives:
        if (word := directive.strip().lower()) in tags:
            yield Statement("robots_tags", True, word, found_at)


def _reserved(value: str, found_at: str) -> Iterator[Statement]:
    if (is_reserved := reservation(value)) is not None:
        yield Statement("tdmrep", is_reserved, f"tdm-reservation: {int(is_reserved)}", found_at)
