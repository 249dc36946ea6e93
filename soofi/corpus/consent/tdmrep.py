"""TDMRep, the Text and Data Mining Reservation Protocol (W3C community report of 10 May 2024): `/.well-known/tdmrep.json`."""

import json
from dataclasses import dataclass

from soofi.corpus.consent.patterns import RankedPatterns, canonical_pattern

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
        patterns = []
        for value in values:
            location = value.get("location") if isinstance(value, dict) else None
            is_reserved = reservation(value.get("tdm-reservation")) if isinstance(value, dict) else None
            if isinstance(location, str) and location and is_reserved is not None:
                patterns.append(canonical_pattern(location))
                written = f"tdm-reservation: {int(is_reserved)} for {location[:200]}"
                self.rules.append(Reservation(is_reserved, written))
        self.patterns = RankedPatterns(patterns)

    def find(self, path: str) -> Reservation | None:
        """The first rule in the file that matches a path (`canonical`): so the protocol says, unlike robots.txt."""
        place = self.patterns.find(path)
        return None if place is None else self.rules[place]
