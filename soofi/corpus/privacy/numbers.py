"""Person and tax numbers of the states of the European Union, and what makes one valid.

Validation is python-stdnum's where it knows the number, else that of `check_digits.py`. Each check gets the number as it
is written and its letters and digits alone, in capitals.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Literal

from soofi.corpus.privacy import check_digits

Check = Callable[[str, str], bool]
"""(as written, letters and digits alone) → whether it is such a number."""


@dataclass(frozen=True, slots=True)
class Number:
    """A kind of number: its rule's name, the lengths of its letters and digits, and the check."""

    rule: str
    type: Literal["person_number", "tax_number"]
    lengths: frozenset[int]
    check: Check


@cache
def _module(name: str) -> Callable[[str], bool]:
    valid: Callable[[str], bool] = import_module(f"stdnum.{name}").is_valid
    return valid


def _compact(name: str, shape: str = "") -> Check:
    """stdnum's check of the letters and digits alone, if they have the `shape`."""
    pattern = re.compile(shape or ".*")
    return lambda written, compact: pattern.fullmatch(compact) is not None and _module(name)(compact)


def _written(name: str) -> Check:
    """stdnum's check of the number with its separators, where they carry meaning."""
    return lambda written, compact: _module(name)(re.sub(r"\s", "", written).replace("–", "-").upper())


def _own(check: Callable[[str], bool]) -> Check:
    return lambda written, compact: check(compact)


def _prefixed(country: str) -> Check:
    """The VAT number of a state, written without its prefix."""
    return lambda written, compact: _module("eu.vat")(country + compact)


def _any_of(*checks: Check) -> Check:
    return lambda written, compact: any(check(written, compact) for check in checks)


def _lv_personas_kods(written: str, compact: str) -> bool:
    """Old form: birthday and check digit. Since 2017: 32 and nine digits without a meaning, sometimes with no check."""
    if compact.startswith("32"):
        return compact.isdigit() and re.fullmatch(r"\d{6}\D?\d{5}", written.strip()) is not None
    return compact[0] in "0123" and _module("lv.pvn")(compact)


def _lv_vat(written: str, compact: str) -> bool:
    return compact[0] not in "0123" and _module("lv.pvn")(compact)


def _hu_adoszam(written: str, compact: str) -> bool:
    if not compact.isdigit():
        return False
    if len(compact) == 11 and not (compact[8] in "12345" and 2 <= int(compact[9:]) <= 51):
        return False
    return _module("hu.anum")(compact[:8])


def _se_personnummer(written: str, compact: str) -> bool:
    """A samordningsnummer has 60 added to the day (Lag 2022:1697)."""
    if not compact.isdigit():
        return False
    day = int(compact[-6:-4])
    if 61 <= day <= 91:
        if not check_digits.luhn(compact[-10:]):
            return False
        year, month = int(compact[-10:-8]), int(compact[-8:-6])
        return check_digits.is_date(2000 + year, month, day - 60) or check_digits.is_date(
            1900 + year, month, day - 60
        )
    return _written("se.personnummer")(written, compact)


def _de_steuernummer(written: str, compact: str) -> bool:
    """stdnum knows the forms of all states. Eleven digits without separators are left to the Steuer-IdNr., which has a check."""
    if len(compact) == 11 and written == compact:
        return False
    return compact.isdigit() and _module("de.stnr")(compact)


def _person(rule: str, lengths: str, check: Check) -> Number:
    return Number(rule, "person_number", frozenset(map(int, lengths.split())), check)


def _tax(rule: str, lengths: str, check: Check) -> Number:
    return Number(rule, "tax_number", frozenset(map(int, lengths.split())), check)


PERSON: dict[str, list[Number]] = {
    "AT": [_person("AT Sozialversicherungsnummer", "10", _compact("at.vnr", r"\d+"))],
    "BE": [_person("BE rijksregisternummer", "11", _any_of(_compact("be.nn", r"\d+"), _compact("be.bis", r"\d+")))],
    "BG": [_person("BG ЕГН", "10", _any_of(_compact("bg.egn", r"\d+"), _compact("bg.pnf", r"\d+")))],
    "CZ": [_person("CZ rodné číslo", "9 10", _compact("cz.rc", r"\d+"))],
    "DE": [_person("DE Versicherungsnummer", "12", _own(check_digits.de_versicherungsnummer))],
    "DK": [_person("DK CPR-nummer", "10", _compact("dk.cpr", r"\d+"))],
    "EE": [_person("EE isikukood", "11", _compact("ee.ik", r"\d+"))],
    "ES": [
        _person("ES DNI", "9", _compact("es.dni", r"\d{8}[A-Z]")),
        _person("ES NIE", "9", _compact("es.nie", r"[XYZ]\d{7}[A-Z]")),
    ],
    "FI": [_person("FI henkilötunnus", "10 11", _written("fi.hetu"))],
    "FR": [_person("FR NIR", "15", _compact("fr.nir", r"[1-478]\d{4}\d[\dAB]\d{8}"))],
    "GR": [_person("GR ΑΜΚΑ", "11", _compact("gr.amka", r"\d+"))],
    "HR": [
        _person("HR OIB", "11", _compact("hr.oib", r"\d+")),
        _person("HR JMBG", "13", _compact("si.emso", r"\d+")),  # the same rule, of Yugoslavia
    ],
    "HU": [
        _person("HU TAJ", "9", _own(check_digits.hu_taj)),
        _person("HU személyi azonosító", "11", _own(check_digits.hu_szemelyi_szam)),
    ],
    "IE": [_person("IE PPSN", "8 9", _compact("ie.pps", r"\d{7}[A-W][A-IWTX]?"))],
    "IT": [_person("IT codice fiscale", "16", _compact("it.codicefiscale"))],
    "LT": [_person("LT asmens kodas", "11", _compact("lt.asmens", r"\d+"))],
    "LU": [_person("LU matricule", "13", _own(check_digits.lu_matricule))],
    "LV": [_person("LV personas kods", "11", _lv_personas_kods)],
    "MT": [_person("MT karta tal-identità", "4 5 6 7 8", _own(check_digits.mt_identity_card))],
    "NL": [_person("NL burgerservicenummer", "9", _compact("nl.bsn", r"\d+"))],
    "PL": [_person("PL PESEL", "11", _compact("pl.pesel", r"\d+"))],
    "PT": [_person("PT cartão de cidadão", "12", _compact("pt.cc", r"\d{9}[A-Z\d]{2}\d"))],
    "RO": [_person("RO CNP", "13", _compact("ro.cnp", r"\d+"))],
    "SE": [_person("SE personnummer", "10 12", _se_personnummer)],
    "SI": [_person("SI EMŠO", "13", _compact("si.emso", r"\d+"))],
}  # fmt: skip
PERSON["SK"] = [_person("SK rodné číslo", "9 10", _compact("sk.rc", r"\d+"))]

TAX: dict[str, list[Number]] = {
    "AT": [
        _tax("AT UID", "8 9", lambda written, compact: _prefixed("AT")(written, "U" + compact.removeprefix("U"))),
        _tax("AT Abgabenkontonummer", "9", _compact("at.tin", r"\d+")),
    ],
    "BE": [_tax("BE VAT", "9 10", _prefixed("BE"))],
    "BG": [_tax("BG VAT", "9 10", _prefixed("BG"))],
    "CY": [_tax("CY ΑΦΤ", "9", _prefixed("CY"))],
    "CZ": [_tax("CZ DIČ", "8 9 10", _prefixed("CZ"))],
    "DE": [
        _tax("DE USt-IdNr.", "9", _prefixed("DE")),
        _tax("DE Steuer-IdNr.", "11", _compact("de.idnr", r"\d+")),
        _tax("DE Steuernummer", "10 11 13", _de_steuernummer),
    ],
    "DK": [_tax("DK CVR", "8", _prefixed("DK"))],
    "EE": [_tax("EE KMKR", "9", _prefixed("EE"))],
    "ES": [_tax("ES NIF", "9", _compact("es.cif")), _tax("ES VAT", "9", _prefixed("ES"))],
    "FI": [_tax("FI Y-tunnus", "8", _prefixed("FI"))],
    "FR": [
        _tax("FR TVA", "11", _prefixed("FR")),
        _tax("FR numéro fiscal", "13", _compact("fr.nif", r"\d+")),
    ],
    "GR": [_tax("GR ΑΦΜ", "9", _prefixed("EL"))],
    "HR": [_tax("HR PDV ID", "11", _prefixed("HR"))],
    "HU": [
        _tax("HU adószám", "8 11", _hu_adoszam),
        _tax("HU adóazonosító jel", "10", _own(check_digits.hu_adoazonosito_jel)),
    ],
    "IE": [_tax("IE VAT", "8 9", _prefixed("IE"))],
    "IT": [_tax("IT partita IVA", "11", _prefixed("IT"))],
    "LT": [_tax("LT PVM", "9 12", _prefixed("LT"))],
    "LU": [_tax("LU TVA", "8", _prefixed("LU"))],
    "LV": [_tax("LV PVN", "11", _lv_vat)],
    "MT": [_tax("MT VAT", "8", _prefixed("MT"))],
    "NL": [_tax("NL btw", "12", _prefixed("NL")), _tax("NL RSIN", "9", _compact("nl.bsn", r"\d+"))],
    "PL": [_tax("PL NIP", "10", _prefixed("PL"))],
    "PT": [_tax("PT NIF", "9", _prefixed("PT"))],
    "RO": [_tax("RO CUI", "5 6 7 8 9 10", _prefixed("RO"))],
    "SE": [_tax("SE VAT", "12", _prefixed("SE")), _tax("SE organisationsnummer", "10", _compact("se.orgnr", r"\d+"))],
    "SI": [_tax("SI davčna številka", "8", _prefixed("SI"))],
    "SK": [_tax("SK DIČ", "10", _prefixed("SK"))],
}  # fmt: skip

_VAT_SHAPES = {
    "AT": r"ATU\d{8}", "BE": r"BE[01]?\d{9}", "BG": r"BG\d{9,10}", "CY": r"CY\d{8}[A-Z]", "CZ": r"CZ\d{8,10}", "DE": r"DE\d{9}",
    "DK": r"DK\d{8}", "EE": r"EE\d{9}", "EL": r"EL\d{9}", "GR": r"GR\d{9}", "ES": r"ES[A-Z\d]\d{7}[A-Z\d]", "FI": r"FI\d{8}",
    "FR": r"FR[A-HJ-NP-Z\d]{2}\d{9}", "HR": r"HR\d{11}", "HU": r"HU\d{8}", "IE": r"IE\d[A-Z\d+*]\d{5}[A-Z]{1,2}", "IT": r"IT\d{11}",
    "LT": r"LT(?:\d{9}|\d{12})", "LU": r"LU\d{8}", "LV": r"LV\d{11}", "MT": r"MT\d{8}", "NL": r"NL\d{9}B\d{2}", "PL": r"PL\d{10}",
    "PT": r"PT\d{9}", "RO": r"RO\d{6,10}", "SE": r"SE\d{10}01", "SI": r"SI\d{8}", "SK": r"SK\d{10}",
}  # fmt: skip
_VAT = {country: re.compile(shape) for country, shape in _VAT_SHAPES.items()}
VAT_PREFIXES = frozenset(_VAT)


def vat_rule(compact: str) -> str | None:
    """The rule that a VAT number with its state's prefix keeps, or None.

    Shapes and check digits are those the Commission publishes for VIES; Greece is EL there, and GR on many letterheads.
    """
    country = compact[:2]
    shape = _VAT.get(country)
    if shape is None or shape.fullmatch(compact) is None:
        return None
    state, rest = ("EL" if country == "GR" else country), compact[2:]
    if state == "BE" and len(rest) == 9:
        rest = "0" + rest
    return f"{state} VAT with prefix" if _module("eu.vat")(state + rest) else None


_CODICE_FISCALE = re.compile(r"[A-Z]{6}[\dLMNP-V]{2}[A-EHLMPRST][\dLMNP-V]{2}[A-Z][\dLMNP-V]{3}[A-Z]")


def is_codice_fiscale(compact: str) -> bool:
    """Whether it is an Italian tax code of a person, whose form nothing else has."""
    return _CODICE_FISCALE.fullmatch(compact) is not None and _module("it.codicefiscale")(compact)
