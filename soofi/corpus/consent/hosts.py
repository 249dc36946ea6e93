"""What one host reserves, as its stored files and the block list say, judged for one path and one day at a time."""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from soofi.corpus.consent.page import Statement
from soofi.corpus.consent.patterns import Table, canonical_pattern
from soofi.corpus.consent.robots import Robots
from soofi.corpus.consent.snapshot import ROBOTS, TDMREP, Capture
from soofi.corpus.consent.tdmrep import TdmFile
from soofi.corpus.consent.verdicts import ALLOWED, RESERVED, UNKNOWN, Decision, Verdicts
from soofi.recipe import Consent


class _File(NamedTuple):
    """A stored file of a host, read: its tables and the decision that each pattern makes, and that where it says nothing."""

    day: int
    tables: list[Table]
    decisions: list[Decision]
    silent: Decision


class Host:
    """One host, and how its documents are to be judged."""

    def __init__(
        self,
        host: str,
        captures: Sequence[Capture],
        blocked: Sequence[str],
        consent: Consent,
        verdicts: Verdicts,
    ):
        """`blocked`: path prefixes. `verdicts` takes up what the host says."""
        self._consent = consent
        self._verdicts = verdicts
        self._blocked = list(map(canonical_pattern, blocked))
        self._unreachable: Decision | None = None
        self._robots: list[_File] = []
        self._tdm: list[_File] = []
        for capture in captures:
            if capture.path == ROBOTS:
                self._add_robots(host, capture)
            elif capture.path == TDMREP and capture.status < 500 and "tdmrep" in consent.signals:
                self._tdm.append(_tdm_file(host, capture))
        self._variants: dict[tuple[int, ...], int] = {}
        one_day = consent.dates == "newest" or max(len(self._robots), len(self._tdm)) <= 1
        self.only = self.variant(None) if one_day else None
        """The number of the variant for all days, or None if they differ."""

    def variant(self, day: int | None, with_tdm: bool = True) -> int:
        """The number of the variant for documents of a day (None: not known); `with_tdm`: whether tdmrep.json has a say."""
        robots = self._of_day(self._robots, day)
        tdm = self._of_day(self._tdm, day) if with_tdm else []
        key = (*(file.day for file in robots), -1, *(file.day for file in tdm), with_tdm)
        if key not in self._variants:
            self._variants[key] = self._made([*robots, *tdm])
        return self._variants[key]

    def _made(self, files: list[_File]) -> int:
        tables = [table for file in files for table in file.tables]
        decisions = [decision for file in files for decision in file.decisions]
        if self._blocked:
            tables.insert(0, Table(self._blocked, [True] * len(self._blocked)))
            decisions = [_BLOCKED] * len(self._blocked) + decisions
        if self._unreachable and not self._robots and self._consent.unreachable_host == "drop":
            silent = self._unreachable
        else:
            silent = files[0].silent if files else unknown("no snapshot of this host", self._consent)
        return self._verdicts.add(tables, decisions, silent)

    def _add_robots(self, host: str, capture: Capture) -> None:
        consent = self._consent
        found_at, sha256 = _place(host, capture)
        if capture.status >= 500:
            # RFC 9309, 2.3.1.4: a copy from another day may be used; without one, all is disallowed.
            rule = "robots.txt could not be read"
            self._unreachable = Decision(rule, found_at, sha256, RESERVED, "robots_unreachable")
            return
        tables: list[Table] = []
        decisions: list[Decision] = []
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
                    tables.append(said.table)
                    decisions += [
                        _decided(f"{said.agent}: {r.written}", found_at, sha256, r.kind, r.refuses)
                        for r in said.rules
                    ]
        silent = Decision(rule, found_at, sha256, ALLOWED, None)
        self._robots.append(_File(capture.day, tables, decisions, silent))

    def _of_day(self, files: list[_File], day: int | None) -> list[_File]:
        """The files that count for a document of a day, the newest first."""
        if len(files) < 2 or self._consent.dates == "newest" or day is None:
            return files[-1:]
        # Of two equally near the later one.
        nearest = min(reversed(files), key=lambda file: abs(file.day - day))
        if self._consent.dates == "nearest" or nearest is files[-1]:
            return [nearest]
        return [files[-1], nearest]


def with_page(of_files: Decision | None, silent: Decision, page: Sequence[Statement]) -> Decision:
    """The decision about a document whose page says something itself.

    `of_files`: what the host's files decide, None where they say nothing; of TDMRep's statements only the one closest to the
    page counts, as the protocol says: where the page has one, `of_files` must come from a variant without tdmrep.json.
    """
    if of_files and of_files.reason:
        return of_files
    granted = of_files
    tdm = next((statement for statement in reversed(page) if statement.kind == "tdmrep"), None)
    for statement in page:
        if statement.kind != "tdmrep" or statement is tdm:
            decision = _decided(
                statement.written, statement.found_at, None, statement.kind, statement.refuses
            )
            if decision.reason:
                return decision
            granted = granted or decision
    return granted or silent


def _tdm_file(host: str, capture: Capture) -> _File:
    found_at, sha256 = _place(host, capture)
    tables: list[Table] = []
    decisions: list[Decision] = []
    if 200 <= capture.status < 300:
        # Many hosts answer any path with some page: that is no statement.
        with suppress(ValueError):
            content = TdmFile(capture.body)
            tables.append(content.table)
            decisions += [
                _decided(rule.written, found_at, sha256, "tdmrep", rule.is_reserved) for rule in content.rules
            ]
    silent = Decision("no reservation found", found_at, sha256, ALLOWED, None)
    return _File(capture.day, tables, decisions, silent)


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
