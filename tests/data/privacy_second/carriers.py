"""Carriers: hand-written texts with places for values, one file a language, and how values are set into them.

A carrier begins with a line `%% what it tests`; `%%~` says that the text by itself holds look-alikes. In the text
`<<phone.AT.i>>` is a value that must be labelled (kind, then country in capitals and form in small letters, both
optional), `<<!isbn>>` one that must not, `<<nbsp>>` and `<<tab>>` are characters that an editor would lose.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from accounts import card, iban
from contacts import email, ip_address, phone
from lookalikes import LOOKALIKES
from person_numbers import PERSON
from tax_numbers import NATIONAL, vat

COUNTRY = {
    "bg": "BG", "cs": "CZ", "da": "DK", "de": "DE", "el": "GR", "en": "IE", "es": "ES", "et": "EE", "fi": "FI", "fr": "FR",
    "ga": "IE", "hr": "HR", "hu": "HU", "it": "IT", "lt": "LT", "lv": "LV", "mt": "MT", "nl": "NL", "pl": "PL", "pt": "PT",
    "ro": "RO", "sk": "SK", "sl": "SI", "sv": "SE",
}  # fmt: skip
TYPES = ["email", "phone", "ip_address", "iban", "payment_card", "person_number", "tax_number"]
PLACE = re.compile(r"<<(!?)(\w+)((?:\.\w+)*)>>")
_CHARACTERS = {"nbsp": "\u00a0", "tab": "\t"}


@dataclass(frozen=True)
class Carrier:
    """One text with places; `lookalike` says that its fixed words already hold something that is not to be labelled."""

    language: str
    about: str
    text: str
    lookalike: bool

    @property
    def places(self) -> int:
        return sum(match[2] not in _CHARACTERS for match in PLACE.finditer(self.text))


def read_carriers(path: Path, language: str) -> list[Carrier]:
    """The carriers of one file, in order."""
    carriers = []
    for block in re.split(r"^%%", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        head, _, text = block.partition("\n")
        carriers.append(Carrier(language, head.lstrip("~ ").strip(), text.strip("\n"), head.startswith("~")))
    return carriers


def _person(rng: Random, country: str, form: str) -> str:
    return PERSON[form or country](rng)


def _tax(rng: Random, country: str, form: str) -> str:
    return NATIONAL[form](rng)


_KINDS: dict[str, tuple[str, Callable[[Random, str, str], str]]] = {
    "phone": ("phone", phone),
    "ip": ("ip_address", lambda rng, country, form: ip_address(rng, form)),
    "iban": ("iban", iban),
    "card": ("payment_card", lambda rng, country, form: card(rng, form)),
    "pn": ("person_number", _person),
    "vat": ("tax_number", lambda rng, country, form: vat(rng, country, form == "bare")),
    "tax": ("tax_number", _tax),
}


def fill(carrier: Carrier, rng: Random) -> dict[str, object]:
    """One case: the carrier's text with values in its places and their spans in code points."""
    text, spans, lookalike, end = "", [], carrier.lookalike, 0
    for match in PLACE.finditer(carrier.text):
        text += carrier.text[end : match.start()]
        end = match.end()
        unlabelled, kind, options = match[1], match[2], match[3].split(".")[1:]
        country = next((option for option in options if option.isupper()), COUNTRY[carrier.language])
        form = ".".join(option for option in options if not option.isupper())
        if kind in _CHARACTERS:
            text += _CHARACTERS[kind]
        elif unlabelled:
            text += LOOKALIKES[kind](rng, country)
            lookalike = True
        else:
            label, draw = ("email", None) if kind == "email" else _KINDS[kind]
            value = email(rng, carrier.language, form) if draw is None else draw(rng, country, form)
            spans.append({"start": len(text), "end": len(text) + len(value), "type": label})
            text += value
    text += carrier.text[end:]
    kind = "negative" if not spans else "mixed" if lookalike else "positive"
    return {"language": carrier.language, "text": text, "spans": spans, "kind": kind, "about": carrier.about}
