"""What one host reserves, as its stored files and the block list say, judged for one path and one day at a time."""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from soofi.corpus.consent.page import Statement
from soofi.corpus.consent.patterns import RankedPatterns
from soofi.corpus.consent.robots import Robots
from soofi.corpus.consent.snapshot import ROBOTS, TDMREP, Capture
from soofi.corpus.consent.tdmrep import TdmFile
from soofi.recipe import Consent

ALLOWED = "allowed"
RESERVED = "reserved"
UNKNOWN = "unknown"


class Decision(NamedTuple):
    """What becomes of a document and why: the values of its `consent` struct, and the reason if it is dropped."""

    rule: str
    found_at: str | None
    snapshot_sha256: str | None
    decision: str
    reason: str | None


class _Table(NamedTuple):
    """Patterns in order, and the decision that each makes."""

    patterns: RankedPatterns
    decisions: list[Decision]


class _File(NamedTuple):
    """A stored file of a host, read; `silent` is the decision where it says nothing."""

    day: int
    tables: list[_Table]
    silent: Decision


class Host:
    """One host. Judging is fast: everything that does not depend on path and day is done here."""

    def __init__(self, host: str, captures: Sequence[Capture], blocked: Sequence[str], consent: Consent):
        self._consent = consent
        self._blocked = RankedPatterns(blocked) if blocked else None
        self._unreachable: Decision | None = None
        self._robots: list[_File] = []
        self._tdm: list[_File] = []
        for capture in captures:
            if capture.path == ROBOTS:
                self._add_robots(host, capture)
            elif capture.path == TDMREP and capture.status < 500 and "tdmrep" in consent.signals:
                self._tdm.append(_tdm_file(host, capture))
        patterns = [table.patterns for file in (*self._robots, *self._tdm) for table in file.tables]
        patterns += [self._blocked] if self._blocked else []
        one_day = consent.dates == "newest" or max(len(self._robots), len(self._tdm)) <= 1
        is_constant = one_day and all(ranked.is_constant for ranked in patterns)
        self.constant = self.judge("/", None) if is_constant else None
        """The decision about every document of the host that says nothing itself, or None if they differ."""

    def _add_robots(self, host: str, capture: Capture) -> None:
        consent = self._consent
        found_at, sha256 = _place(host, capture)
        if capture.status >= 500:
            # RFC 9309, 2.3.1.4: a copy from another day may be used; without one, all is disallowed.
            rule = "robots.txt could not be read"
            self._unreachable = Decision(rule, found_at, sha256, RESERVED, "robots_unreachable")
            return
        tables: list[_Table] = []
        rule = "no reservation found"
        if 200 <= capture.status < 300:
            honours = consent.wildcard_group == "honour"
            robots = Robots(capture.body, consent.agents, consent.usage_categories, honours)
            if robots.is_cut:
                found_at = f"{found_at} (its first 500 KiB)"
            if not robots.is_readable:
                rule = "robots.txt holds nothing that can be read"
            for said in robots.rules:
                if said.kind in consent.signals:
                    decisions = [
                        _decided(f"{said.agent}: {r.written}", found_at, sha256, r.kind, r.refuses)
                        for r in said.rules
                    ]
                    tables.append(_Table(said.patterns, decisions))
        self._robots.append(_File(capture.day, tables, Decision(rule, found_at, sha256, ALLOWED, None)))

    def _of_day(self, files: list[_File], day: int | None) -> list[_File]:
        """The files that count for a document of a day, the newest first."""
        if len(files) < 2 or self._consent.dates == "newest" or day is None:
            return files[-1:]
        # Of two equally near the later one.
        nearest = min(reversed(files), key=lambda file: abs(file.day - day))
        if self._consent.dates == "nearest" or nearest is files[-1]:
            return [nearest]
        return [files[-1], nearest]

    def judge(self, path: str, day: int | None, page: Sequence[Statement] = ()) -> Decision:
        """The decision about a document at a path (`canonical`) with the statements of the page itself.

        A refusal anywhere decides; of TDMRep's statements only the one closest to the page counts, as the protocol says.
        """
        if self._blocked and self._blocked.find(path) is not None:
            return _BLOCKED
        tdm_of_page = next((said for said in reversed(page) if said.kind == "tdmrep"), None)
        files = self._of_day(self._robots, day)
        if tdm_of_page is None:
            files = files + self._of_day(self._tdm, day)
        granted = None
        for file in files:
            for patterns, decisions in file.tables:
                place = patterns.find(path)
                if place is not None:
                    if decisions[place].reason:
                        return decisions[place]
                    granted = granted or decisions[place]
        for said in page:
            if said.kind != "tdmrep" or said is tdm_of_page:
                decision = _decided(said.written, said.found_at, None, said.kind, said.refuses)
                if said.refuses:
                    return decision
                granted = granted or decision
        if granted:
            return granted
        if self._unreachable and not self._robots and self._consent.unreachable_host == "drop":
            return self._unreachable
        return files[0].silent if files else unknown("no snapshot of this host", self._consent)


def _tdm_file(host: str, capture: Capture) -> _File:
    found_at, sha256 = _place(host, capture)
    tables: list[_Table] = []
    if 200 <= capture.status < 300:
        # Many hosts answer any path with some page: that is no statement.
        with suppress(ValueError):
            content = TdmFile(capture.body)
            decisions = [
                _decided(rule.written, found_at, sha256, "tdmrep", rule.is_reserved) for rule in content.rules
            ]
            tables.append(_Table(content.patterns, decisions))
    return _File(capture.day, tables, Decision("no reservation found", found_at, sha256, ALLOWED, None))


_BLOCKED = Decision("blocked", "block list", None, RESERVED, "blocked")


def unknown(why: str, consent: Consent) -> Decision:
    """The decision about a document of which no robots file tells anything."""
    drops = consent.unknown_host == "drop"
    return Decision(why, None, None, UNKNOWN if drops else ALLOWED, "consent_unknown" if drops else None)


def _decided(rule: str, found_at: str, sha256: str | None, kind: str, refuses: bool) -> Decision:
    if refuses:
        return Decision(rule, found_at, sha256, RESERVED, f"reserved_by_{kind}")
    return Decision(rule, found_at, sha256, ALLOWED, None)


def _place(host: str, capture: Capture) -> tuple[str, str]:
    found_at = f"{host}{capture.path} of {capture.fetched}"
    if not 200 <= capture.status < 300:
        found_at = f"{found_at} (status {capture.status})"
    return found_at, hashlib.sha256(capture.body).hexdigest()
