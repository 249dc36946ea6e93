"""The sentences of all languages, and the notation in which they stand.

A line is `what it tests ## the text`. In the text `\\n` is a line break, `\\t` a tab, and a slot in braces is filled with a value:

- `{email}`, `{ip4}`, `{ip6}`, `{card}`, `{card4}` (written in fours): a labelled value;
- `{DE.tel}`, `{DE.tel+}` (international writing), `{DE.mob}` (mobile), `{DE.fix}` (fixed line), `{DE.iban}`: a labelled value of that state;
- `{DE.svnr}`, `{DE.vat}` …: a number from `PERSON_NUMBERS` or `TAX_NUMBERS`, labelled;
- `{~PL.nip}`, `{~card}`: the digits alone of such a number, where nothing says what they are: not labelled;
- `{DE.iban!}`, `{card!}`: with one wrong digit, not labelled;
- `{isbn}`, `{version4}` …: a value from `DECOYS`, not labelled.

A brace followed by a blank is an ordinary brace.
"""

import re
from dataclasses import dataclass

from tests.data.privacy import carriers_baltic_and_uralic as baltic_and_uralic
from tests.data.privacy import carriers_germanic as germanic
from tests.data.privacy import carriers_greek_irish_maltese as others
from tests.data.privacy import carriers_romance as romance
from tests.data.privacy import carriers_slavic as slavic

SLOT = re.compile(r"\{(~?[A-Za-z0-9_.]+[!+]?)\}")


@dataclass(frozen=True)
class Carrier:
    """A text with slots and what it tests."""

    about: str
    text: str


def _read(block: str) -> list[Carrier]:
    pairs = (line.split(" ## ", 1) for line in block.strip().splitlines())
    return [Carrier(about, text.replace(r"\n", "\n").replace(r"\t", "\t")) for about, text in pairs]


CARRIERS = {
    "bg": _read(slavic.BULGARIAN),
    "cs": _read(slavic.CZECH),
    "da": _read(germanic.DANISH),
    "de": _read(germanic.GERMAN),
    "el": _read(others.GREEK),
    "en": _read(germanic.ENGLISH),
    "es": _read(romance.SPANISH),
    "et": _read(baltic_and_uralic.ESTONIAN),
    "fi": _read(baltic_and_uralic.FINNISH),
    "fr": _read(romance.FRENCH),
    "ga": _read(others.IRISH),
    "hr": _read(slavic.CROATIAN),
    "hu": _read(baltic_and_uralic.HUNGARIAN),
    "it": _read(romance.ITALIAN),
    "lt": _read(baltic_and_uralic.LITHUANIAN),
    "lv": _read(baltic_and_uralic.LATVIAN),
    "mt": _read(others.MALTESE),
    "nl": _read(germanic.DUTCH),
    "pl": _read(slavic.POLISH),
    "pt": _read(romance.PORTUGUESE),
    "ro": _read(romance.ROMANIAN),
    "sk": _read(slavic.SLOVAK),
    "sl": _read(slavic.SLOVENIAN),
    "sv": _read(germanic.SWEDISH),
}
