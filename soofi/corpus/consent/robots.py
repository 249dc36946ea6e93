"""robots.txt by RFC 9309, with AIPREF's and Cloudflare's rules in its groups: what a file says to the agents of a recipe.

Our own reading, because the rule that decided is kept with every document, which protego 0.7 does not tell, and because it
departs from the RFC where it matters here: a byte order mark hides the first group, `Crawl-delay` ends a group's list of agents,
`Applebot` speaks for `Applebot-Extended` too, U+0085 ends a line, `/x$` matches `/x$more`.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from soofi.corpus.consent.patterns import Table, canonical_pattern
from soofi.corpus.consent.preferences import refuses, signal_preference, usage_preference, with_path

READ_BYTES = 500 << 10
"""What is read of a file (RFC 9309, 2.5: at least 500 KiB); the line that is cut there is left out."""

_LINE_END = re.compile(rb"\r\n|\r|\n")
_NAME = re.compile(rb"[a-z][a-z _-]{2,30}")
_AGENT = {"user-agent", "useragent", "user agent"}
# Misspellings that search engines read as the word that was meant.
_DISALLOW = {"disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw"}


@dataclass(frozen=True)
class Rule:
    """What a rule says about the paths of its pattern; `kind` is the signal that it belongs to."""

    kind: str
    pattern: str
    refuses: bool
    written: str


@dataclass
class _Group:
    agents: list[str] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)


class Rules(NamedTuple):
    """Rules of one kind in one agent's group (`*` for the wildcard group).

    The first whose pattern matches decides: that with the longest one (RFC 9309, 2.2.2).
    """

    kind: str
    agent: str
    rules: list[Rule]

    @property
    def table(self) -> Table:
        """The rules for `Programs`."""
        return Table([rule.pattern for rule in self.rules], [rule.refuses for rule in self.rules])


class Robots:
    """A robots.txt file as it speaks to some agents."""

    def __init__(
        self, body: bytes, agents: Sequence[str], categories: Sequence[str], wildcard_refuses: bool = True
    ):
        """`agents`: product tokens. `categories`: see `usage_preference`. `wildcard_refuses`: whether Disallow of the group * counts."""
        self.is_cut = len(body) > READ_BYTES
        lines = list(_lines(body))
        self.is_readable = bool(lines) or not body.strip() or body.lstrip().startswith(b"#")
        """False for what is no such file at all: binary, or a page that the host answers every path with."""
        named: dict[str, list[Rule]] = {}
        for group in _groups(lines, categories):
            for agent in group.agents:
                named.setdefault(agent, []).extend(group.rules)
        self.rules: list[Rules] = []
        """What the file says to the agents; of several agents with equal rules the first is named."""
        for name in _spoken_to(named, agents):
            for kind in ("robots", "content_usage", "content_signal"):
                of_kind = [rule for rule in named[name.lower()] if rule.kind == kind]
                if of_kind and (kind != "robots" or name != "*" or wildcard_refuses):
                    self.rules.append(_ranked(kind, name, of_kind))


def _ranked(kind: str, agent: str, rules: list[Rule]) -> Rules:
    # Of two patterns equally long, Allow wins over Disallow (RFC 9309, 2.2.2) but a refused use over a granted one (AIPREF).
    rules.sort(key=lambda rule: (-len(rule.pattern), rule.refuses == (kind == "robots"), rule.written))
    return Rules(kind, agent, rules)


def _spoken_to(named: dict[str, list[Rule]], agents: Sequence[str]) -> list[str]:
    """The groups that apply: each agent's own, * for those without one; of groups with equal rules the first."""
    names: dict[tuple[Rule, ...], str] = {}
    for agent in agents:
        name = agent if agent.lower() in named else "*"
        if name.lower() in named:
            names.setdefault(tuple(named[name.lower()]), name)
    return list(names.values())


def _groups(lines: Iterable[tuple[str, str]], categories: Sequence[str]) -> Iterator[_Group]:
    """Groups in the order of the file. Lines that say nothing known neither begin nor end one (RFC 9309, 2.2.4)."""
    group = _Group()
    in_rules = False
    for key, value in lines:
        if key in _AGENT:
            if in_rules:
                yield group
                group, in_rules = _Group(), False
            # A version or a remark may follow the product token.
            token = re.split(r"[/\s]", value, maxsplit=1)[0].lower()
            if token := token if token == "*" else token.rstrip("*"):
                group.agents.append(token)
        elif key == "allow" or key in _DISALLOW:
            in_rules = True
            if value:
                name = "Allow" if key == "allow" else "Disallow"
                rule = Rule("robots", canonical_pattern(value), key != "allow", f"{name}: {value[:200]}")
                group.rules.append(rule)
        elif key in ("content-usage", "content-signal"):
            in_rules = True
            path, expression = with_path(value)
            usage = key == "content-usage"
            stated = usage_preference(expression, categories) if usage else signal_preference(expression)
            if stated:
                name = "Content-Usage" if usage else "Content-Signal"
                written = f"{name}: {path[:200]} {stated}"
                kind = key.replace("-", "_")
                group.rules.append(Rule(kind, canonical_pattern(path), refuses(stated), written))
    yield group


def _lines(body: bytes) -> Iterator[tuple[str, str]]:
    """Keys in lower case and values of the lines that can be one of a robots.txt, comments left out."""
    lines = _LINE_END.split(body[: READ_BYTES + 1].removeprefix(b"\xef\xbb\xbf"))
    if len(body) > READ_BYTES:
        lines.pop()
    for line in lines:
        key, colon, value = line.partition(b"#")[0].partition(b":")
        name = key.strip().lower()
        if colon and _NAME.fullmatch(name):
            yield name.decode(), value.strip().decode(errors="replace")
