"""Build `cases.jsonl`, the labelled set for the detector of personal data: `python -m tests.data.privacy.build_cases`.

Each sentence is filled twice with values drawn from a generator seeded by (language, sentence, turn), so
that a new sentence leaves the others' cases as they are. The labels are checked before the file is written.
"""

import ipaddress
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.data.privacy.carriers import CARRIERS, SLOT, Carrier
from tests.data.privacy.check_digits import luhn, mod_97_10
from tests.data.privacy.contact_values import card, email, iban, ip4, ip6, phone
from tests.data.privacy.decoys import DECOYS
from tests.data.privacy.person_numbers import PERSON_NUMBERS
from tests.data.privacy.tax_numbers import TAX_NUMBERS

PATH = Path(__file__).with_name("cases.jsonl")
TYPES = ("email", "phone", "ip_address", "iban", "payment_card", "person_number", "tax_number")
_TIMES = {"iso_time", "clock"}  # a time of day beside a label does not make a case a mixed one


@dataclass
class Case:
    """One case; `makers` names, span by span, the slot that made the value."""

    language: str
    text: str
    about: str
    kind: str
    spans: list[dict[str, int | str]] = field(default_factory=list)
    makers: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def line(self) -> str:
        """The case as a line of the file."""
        row = {
            "language": self.language,
            "text": self.text,
            "spans": self.spans,
            "kind": self.kind,
            "about": self.about,
        }
        return json.dumps(row, ensure_ascii=False) + "\n"


def _value(slot: str, carrier: Carrier, language: str, random: Random) -> tuple[str, str | None]:
    """The value for `slot` and its type, None where it is not labelled."""
    if slot in DECOYS:
        return DECOYS[slot](random), None
    if slot == "email":
        return email(random, language), "email"
    if slot in ("ip4", "ip6"):
        return (ip4 if slot == "ip4" else ip6)(random), "ip_address"
    if slot.startswith("card"):
        brand = (
            "mastercard"
            if "Mastercard" in carrier.text
            else "visa"
            if re.search("Vis[aáąo]", carrier.text)
            else None
        )
        wrong = slot == "card!"
        return card(random, brand, wrong, grouped=slot == "card4"), None if wrong else "payment_card"
    if slot == "~card":
        return "".join(sign for sign in card(random, "visa") if sign.isdigit()), None
    if slot.startswith("~"):
        number = {**PERSON_NUMBERS, **TAX_NUMBERS}[slot[1:]](random)
        return "".join(sign for sign in number if sign.isdigit()), None
    country, name = slot.split(".")
    if name in ("tel", "tel+", "mob", "fix"):
        return phone(random, country, name), "phone"
    if name in ("iban", "iban!"):
        return iban(random, country, wrong=name == "iban!"), None if name == "iban!" else "iban"
    if slot in PERSON_NUMBERS:
        return PERSON_NUMBERS[slot](random), "person_number"
    return TAX_NUMBERS[slot](random), "tax_number"


def fill(carrier: Carrier, language: str, random: Random) -> Case:
    """A case from `carrier` with fresh values."""
    case = Case(language, "", carrier.about, "")
    end = decoys = 0
    for slot in SLOT.finditer(carrier.text):
        case.text += carrier.text[end : slot.start()]
        end = slot.end()
        value, label = _value(slot[1], carrier, language, random)
        if label:
            case.spans.append({"start": len(case.text), "end": len(case.text) + len(value), "type": label})
            case.makers.append(slot[1])
        else:
            decoys += slot[1] not in _TIMES
            if slot[1].endswith("!"):
                case.wrong.append(value)
        case.text += value
    case.text += carrier.text[end:]
    mixed = decoys > 0 or carrier.about.startswith("mixed")
    case.kind = "negative" if not case.spans else "mixed" if mixed else "positive"
    return case


def build() -> list[Case]:
    """All cases, language by language: every sentence with two sets of values, one without slots once."""
    filled = (
        fill(carrier, language, Random(f"{language} {carrier.text} {turn}"))
        for language, carriers in CARRIERS.items()
        for turn in range(2)
        for carrier in carriers
    )
    return list({(case.language, case.text): case for case in filled}.values())


def _passes(value: str, label: str) -> bool:
    """Whether `value` holds to what its type demands in every country."""
    bare = "".join(sign for sign in value if sign.isalnum())
    if label == "iban":
        return mod_97_10(bare[4:] + bare[:2]) == bare[2:4]
    if label == "payment_card":
        return luhn(bare[:-1]) == bare[-1]
    if label == "ip_address":
        return ipaddress.ip_address(value).is_global
    if label == "email":
        return value.count("@") == 1 and "." in value.partition("@")[2]
    return any(sign.isdigit() for sign in value)


def verify(cases: list[Case]) -> None:
    """Refuse labels that do not fit their text, and a set that is too small in any cell."""
    table = Counter((case.language, span["type"]) for case in cases for span in case.spans)
    for case in cases:
        end = 0
        for span in case.spans:
            value = case.text[int(span["start"]) : int(span["end"])]
            if int(span["start"]) < end or not value or value != value.strip():
                raise ValueError(
                    f"a span of {case.text!r} overlaps another one, is empty or begins with a blank"
                )
            if not _passes(value, str(span["type"])):
                raise ValueError(f"{value!r} is no {span['type']}")
            end = int(span["end"])
        for value in case.wrong:
            if _passes(value, "iban" if value[0].isalpha() else "payment_card"):
                raise ValueError(f"{value!r} was to be wrong and is right")
    for language in CARRIERS:
        own = [case for case in cases if case.language == language]
        if len(own) < 50 or sum(case.kind != "positive" for case in own) < 0.3 * len(own):
            raise ValueError(f"{language} has too few cases, or too few that are negative or mixed")
        for label in TYPES:
            if table[language, label] < 3:
                raise ValueError(
                    f"{language} has {table[language, label]} spans of {label}: give it at least 3"
                )
    for label in TYPES:
        if sum(table[language, label] for language in CARRIERS) < 120:
            raise ValueError(f"there are fewer than 120 spans of {label}")


def table(cases: list[Case]) -> str:
    """The README's table: cases by kind and spans by type, a row for each language."""
    head = ["language", "cases", "negative", "mixed", *TYPES]
    rows = []
    for language in [*CARRIERS, "all"]:
        own = [case for case in cases if language in (case.language, "all")]
        spans = Counter(span["type"] for case in own for span in case.spans)
        kinds = Counter(case.kind for case in own)
        rows.append(
            [language, len(own), kinds["negative"], kinds["mixed"], *(spans[label] for label in TYPES)]
        )
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def main() -> None:
    """Write the file and show the table."""
    cases = build()
    verify(cases)
    PATH.write_text("".join(case.line() for case in cases), encoding="utf-8")
    print(table(cases))


if __name__ == "__main__":
    main()
