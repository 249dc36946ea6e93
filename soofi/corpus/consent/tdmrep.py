"""TDMRep, the Text and Data Mining Reservation Protocol (W3C community report of 10 May 2024): `/.well-known/tdmrep.json`."""

import json
from dataclasses import dataclass

from soofi.corpus.consent.patterns import Table, canonical_pattern

READ_BYTES = 1 << 20
"""A longer file is none that a person wrote; it counts as unreadable."""


@dataclass(frozen=True)
class Reservation:
    """What one statement says: whether rights are reserved, and its words."""

    is_reserved: bool
    written: str


def reservation(value: object) -> bool | None:
    """A value of `tdm-reservation`: True (1), False (0); None for everything else, which the protocol takes for unset."""
    return {"1": True, "0": False}.get(str(value).strip()) if not isinstance(value, bool) else None


class TdmFile:
    """The rules of one tdmrep.json; raises ValueError if it cannot be read as such."""

    def __init__(self, body: bytes):
        if len(body) > READ_BYTES:
            raise ValueError("too long")
        try:
            values = json.loads(body.decode("utf-8-sig"))
        except (UnicodeDecodeError, RecursionError) as error:
            raise ValueError("not JSON") from error
        if isinstance(values, dict):
            values = [values]  # the brackets are often forgotten
        if not isinstance(values, list):
            raise ValueError("no list of rules")
        self.rules: list[Reservation] = []
        """The first in the file whose pattern matches decides: so the protocol says, unlike robots.txt."""
        self._patterns: list[str] = []
        for value in values:
            location = value.get("location") if isinstance(value, dict) else None
            is_reserved = reservation(value.get("tdm-reservation")) if isinstance(value, dict) else None
            if isinstance(location, str) and location and is_reserved is not None:
                self._patterns.append(canonical_pattern(location))
                written = f"tdm-reservation: {int(is_reserved)} for {location[:200]}"
                self.rules.append(Reservation(is_reserved, written))

    @property
    def table(self) -> Table:
        """The rules for `Programs`."""
        return Table(self._patterns, [rule.is_reserved for rule in self.rules])
