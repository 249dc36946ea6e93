"""A second opinion on every labelled value, from python-stdnum and phonenumbers, where they know the number."""

import ipaddress
import re
from collections.abc import Callable
from importlib import import_module

import phonenumbers
from carriers import COUNTRY
from stdnum import iban, luhn

_PERSON = {
    "bg": ["bg.egn"], "cs": ["cz.rc"], "da": ["dk.cpr"], "de": ["at.vnr"], "el": ["gr.amka"], "en": ["ie.pps"],
    "es": ["es.dni", "es.nie"], "et": ["ee.ik"], "fi": ["fi.hetu"], "fr": ["fr.nir", "be.nn"], "ga": ["ie.pps"],
    "hr": ["hr.oib"], "it": ["it.codicefiscale"], "lt": ["lt.asmens"], "lv": ["lv.pvn"], "nl": ["nl.bsn", "be.nn"],
    "pl": ["pl.pesel"], "pt": ["pt.cc"], "ro": ["ro.cnp"], "sk": ["sk.rc"], "sl": ["si.emso"], "sv": ["se.personnummer", "fi.hetu"],
}  # fmt: skip
_TAX = {
    "bg": ["bg.vat"], "cs": ["cz.dic"], "da": ["dk.cvr"], "de": ["de.vat", "de.idnr", "de.stnr", "at.uid", "at.tin"],
    "el": ["gr.vat", "cy.vat"], "en": ["ie.vat", "mt.vat"], "es": ["es.cif"], "et": ["ee.kmkr"], "fi": ["fi.alv"],
    "fr": ["fr.tva", "fr.nif", "be.vat", "lu.tva"], "ga": ["ie.vat"], "hr": ["hr.oib"], "hu": ["hu.anum"], "it": ["it.iva"],
    "lt": ["lt.pvm"], "lv": ["lv.pvn"], "mt": ["mt.vat"], "nl": ["nl.btw", "be.vat"], "pl": ["pl.nip"], "pt": ["pt.nif"],
    "ro": ["ro.cf"], "sk": ["sk.dph"], "sl": ["si.ddv"], "sv": ["se.vat", "fi.alv"],
}  # fmt: skip
# python-stdnum 2.2 has no module for these; their rules stand in the module that draws them.
_UNKNOWN = re.compile(
    r"\d{2} ?\d{6} ?[A-Z] ?\d{3}|\d{3}[ -]?\d{3}[ -]?\d{3}|\d{5,7}[A-Z]|\d{4} ?\d{2} ?\d{2} ?\d{5}|\d{8}-\d-\d{2}|8\d{9}"
)
_REGIONS = {
    "de": ["DE", "AT"],
    "nl": ["NL", "BE"],
    "fr": ["FR", "BE", "LU"],
    "el": ["GR", "CY"],
    "en": ["IE", "MT"],
    "sv": ["SE", "FI"],
}


def _known(value: str, modules: list[str]) -> bool:
    forms = [value.replace("\u00a0", " "), re.sub(r"[\s./-]", "", value)]
    return any(import_module(f"stdnum.{name}").is_valid(form) for name in modules for form in forms)


def _phone(value: str, language: str) -> bool:
    for region in _REGIONS.get(language, [COUNTRY[language]]):
        try:
            if phonenumbers.is_valid_number(phonenumbers.parse(value, region)):
                return True
        except phonenumbers.NumberParseException:
            continue
    return False


_CHECKS: dict[str, Callable[[str, str], bool]] = {
    "email": lambda value, language: value.count("@") == 1,
    "phone": _phone,
    "ip_address": lambda value, language: ipaddress.ip_address(value).is_global,
    "iban": lambda value, language: iban.is_valid(value.replace("\u00a0", " ")),
    "payment_card": lambda value, language: luhn.is_valid(re.sub(r"\D", "", value)),
    "person_number": lambda value, language: (
        bool(_UNKNOWN.fullmatch(value)) or _known(value, _PERSON.get(language, []))
    ),
    "tax_number": lambda value, language: (
        _known(value, [*_TAX[language], "eu.vat"]) or bool(_UNKNOWN.fullmatch(value))
    ),
}


def disagreements(cases: list[dict]) -> list[str]:
    """Labelled values that the libraries refuse, one sentence each."""
    faults = []
    for case in cases:
        for span in case["spans"]:
            value = case["text"][span["start"] : span["end"]]
            if not _CHECKS[span["type"]](value, case["language"]):
                faults.append(f"{case['language']} {span['type']} is refused: {value}")
    return faults
