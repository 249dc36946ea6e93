"""The labelled set of personal data holds what its README says, before any detector is measured on it."""

import json
from collections import Counter

import phonenumbers
import pytest
from stdnum import iban, luhn
from stdnum.util import get_cc_module

from tests.data.privacy import build_cases
from tests.data.privacy.carriers import CARRIERS

EU_LANGUAGES = set("bg cs da de el en es et fi fr ga hr hu it lt lv mt nl pl pt ro sk sl sv".split())

# Where python-stdnum keeps the number.
STDNUM = {
    "AT.svnr": "vnr", "AT.uid": "uid", "AT.stnr": "tin", "BE.nn": "nn", "BE.vat": "vat", "BG.egn": "egn", "BG.vat": "vat",
    "CY.tic": "vat", "CY.vat": "vat", "CZ.rc": "rc", "CZ.vat": "dic", "DE.vat": "vat", "DE.idnr": "idnr", "DE.stnr": "stnr",
    "DK.cpr": "cpr", "DK.vat": "cvr", "EE.ik": "ik", "EE.vat": "kmkr", "EL.amka": "amka", "EL.afm": "vat", "EL.vat": "vat",
    "ES.dni": "dni", "ES.nie": "nie", "ES.cif": "cif", "ES.cifp": "cif", "ES.vat": "nif", "ES.vatp": "nif", "FI.hetu": "hetu", "FI.vat": "alv",
    "FR.nir": "nir", "FR.spi": "nif", "FR.vat": "tva", "HR.oib": "oib", "HR.vat": "oib", "HU.vat": "anum", "IE.ppsn": "pps",
    "IE.vat": "vat", "IT.cf": "codicefiscale", "IT.piva": "iva", "IT.vat": "iva", "LT.ak": "asmens", "LT.vat": "pvm",
    "LU.vat": "tva", "LV.pk": "pvn", "LV.vat": "pvn", "MT.vat": "vat", "NL.bsn": "bsn", "NL.vat": "btw", "PL.pesel": "pesel",
    "PL.nip": "nip", "PL.vat": "nip", "PT.cc": "cc", "PT.nif": "nif", "PT.vat": "nif", "RO.cnp": "cnp", "RO.cui": "cui",
    "RO.vat": "cui", "SE.pnr": "personnummer", "SE.vat": "vat", "SI.emso": "emso", "SI.ds": "ddv", "SI.vat": "ddv",
    "BE.num": "vat", "BG.num": "vat", "DK.num": "cvr", "IE.num": "vat", "LT.num": "pvm", "LV.num": "pvn", "MT.num": "vat",
    "SK.rc": "rc", "SK.dic": "dph", "SK.vat": "dph",
}  # fmt: skip
WITHOUT_STDNUM = {
    "DE.svnr",
    "HU.asz",
    "HU.jel",
    "HU.taj",
    "LU.matricule",
    "MT.id",
}  # their rules stand in the makers alone


@pytest.fixture(scope="module")
def built() -> list[build_cases.Case]:
    return build_cases.build()


@pytest.fixture(scope="module")
def rows() -> list[dict]:
    return [json.loads(line) for line in build_cases.PATH.read_text(encoding="utf-8").splitlines()]


def test_the_file_is_what_the_builder_makes(built):
    build_cases.verify(built)
    assert build_cases.PATH.read_text(encoding="utf-8") == "".join(case.line() for case in built)


def test_the_readme_counts_what_is_there(built):
    assert build_cases.table(built) in build_cases.PATH.with_name("README.md").read_text(encoding="utf-8")


def test_every_span_lies_inside_its_text_and_overlaps_no_other(rows):
    for row in rows:
        end = 0
        for span in row["spans"]:
            assert end <= span["start"] < span["end"] <= len(row["text"]), row
            value = row["text"][span["start"] : span["end"]]
            assert value == value.strip(" \n\t\u00a0.,;:'\"»«"), row
            end = span["end"]
        assert (row["kind"] == "negative") == (not row["spans"]), row


def test_every_language_has_enough_cases_of_every_type(rows):
    cases = Counter(row["language"] for row in rows)
    spans = Counter((row["language"], span["type"]) for row in rows for span in row["spans"])
    assert set(cases) == EU_LANGUAGES
    assert len(rows) >= 1250 and min(cases.values()) >= 50
    assert len({(row["language"], row["text"]) for row in rows}) == len(rows)
    assert {label for _, label in spans} == set(build_cases.TYPES)
    assert min(spans[language, label] for language in EU_LANGUAGES for label in build_cases.TYPES) >= 3
    for language in EU_LANGUAGES:
        hard = sum(row["kind"] != "positive" for row in rows if row["language"] == language)
        assert hard >= 0.3 * cases[language], language
        assert len(CARRIERS[language]) >= 25, language


def test_other_libraries_find_the_numbers_valid(built):
    seen = Counter()
    for case in built:
        for span, maker in zip(case.spans, case.makers, strict=True):
            value = case.text[span["start"] : span["end"]].replace("\u00a0", " ")
            country, _, name = maker.partition(".")
            if span["type"] == "iban":
                valid = iban.is_valid(value)
            elif span["type"] == "payment_card":
                valid = luhn.is_valid(value.replace(" ", "").replace("-", ""))
            elif span["type"] == "phone":
                region = "GR" if country == "EL" else country
                valid = phonenumbers.is_valid_number(phonenumbers.parse(value, region))
            elif maker in STDNUM:
                bare = "".join(sign for sign in value if sign.isalnum())
                written = value if name in ("hetu", "stnr") else bare
                valid = get_cc_module("gr" if country == "EL" else country.lower(), STDNUM[maker]).is_valid(
                    written
                )
            else:
                assert maker in WITHOUT_STDNUM or span["type"] in ("email", "ip_address"), maker
                continue
            assert valid, (maker, value)
            seen[span["type"]] += 1
    assert (
        min(seen[label] for label in ("iban", "payment_card", "phone", "person_number", "tax_number")) >= 100
    )
