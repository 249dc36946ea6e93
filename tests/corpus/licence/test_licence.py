"""Licences: names as data sets and pages write them, classes, allow-lists over expressions, declarations in markup."""

import json
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from soofi.corpus.batches import WORKING
from soofi.corpus.licence.licence import LicenceStage, declared_licence
from soofi.corpus.licence.spdx import allowed_by, class_of, is_told, normalise
from soofi.recipe import Licence
from soofi.recipe.licence import LICENCE_CLASSES


@pytest.mark.parametrize(
    ("written", "expected", "kind"),
    [
        ("MIT", "MIT", "permissive"),
        ("apache-2.0", "Apache-2.0", "permissive"),
        ("Apache License, Version 2.0", "Apache-2.0", "permissive"),
        ("the MIT License", "MIT", "permissive"),
        ("https://opensource.org/licenses/BSD-3-Clause", "BSD-3-Clause", "permissive"),
        ("MPL-2.0", "MPL-2.0", "weak-copyleft"),
        ("LGPLv3+", "LGPL-3.0-or-later", "weak-copyleft"),
        ("GPL-2.0+", "GPL-2.0-or-later", "copyleft"),
        ("GPL-2", "LicenseRef-GPL-2", None),
        ("https://www.gnu.org/licenses/agpl-3.0.html", "AGPL-3.0-or-later", "copyleft"),
        ("EUPL-1.2", "EUPL-1.2", "copyleft"),
        ("cc-by-4.0", "CC-BY-4.0", "attribution"),
        ("CC BY 4.0", "CC-BY-4.0", "attribution"),
        ("cc-by-sa-3.0", "CC-BY-SA-3.0", "share-alike"),
        ("CC BY-SA", "LicenseRef-CC-BY-SA", "share-alike"),
        ("Creative Commons Attribution-ShareAlike 4.0 International License", "CC-BY-SA-4.0", "share-alike"),
        ("Creative Commons Attribution-NonCommercial 4.0 International", "CC-BY-NC-4.0", "non-commercial"),
        ("CC-BY-ND-4.0", "CC-BY-ND-4.0", "no-derivatives"),
        ("http://creativecommons.org/licenses/by-nc-nd/4.0/deed.de", "CC-BY-NC-ND-4.0", "non-commercial"),
        ("https://creativecommons.org/licenses/by-sa/3.0/de/", "CC-BY-SA-3.0-DE", "share-alike"),
        ("https://creativecommons.org/licenses/by/2.0/uk/", "CC-BY-2.0", "attribution"),
        ("//creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0", "public-domain"),
        ("https://creativecommons.org/publicdomain/mark/1.0/", "CC-PDM-1.0", "public-domain"),
        ("Public Domain", "LicenseRef-public-domain", "public-domain"),
        ("gemeinfrei", "LicenseRef-public-domain", "public-domain"),
        ("odc-by", "ODC-By-1.0", "attribution"),
        ("odbl", "ODbL-1.0", "share-alike"),
        ("GFDL-1.3-or-later", "GFDL-1.3-or-later", "share-alike"),
        ("etalab-2.0", "etalab-2.0", "attribution"),
        ("dl-de/by-2-0", "DL-DE-BY-2.0", "attribution"),
        ("https://www.govdata.de/dl-de/zero-2-0", "DL-DE-ZERO-2.0", "public-domain"),
        ("© European Union, https://eur-lex.europa.eu, 1998-2026", "LicenseRef-EU-2011-833", "attribution"),
        ("Reuse under Commission Decision 2011/833/EU", "LicenseRef-EU-2011-833", "attribution"),
        ("All rights reserved", "LicenseRef-All-rights-reserved", None),
        ("MIT with Commons Clause", "LicenseRef-MIT-with-Commons-Clause", None),
        ("MIT-like", "LicenseRef-MIT-like", None),
        ("unknown", None, None),
        ("", None, None),
        (None, None, None),
    ],
)  # fmt: skip
def test_names(written: str | None, expected: str | None, kind: str | None) -> None:
    assert normalise(written) == expected
    assert (expected and class_of(expected)) == kind
    assert is_told(expected) is (kind is not None)


def test_expressions() -> None:
    assert normalise("mit or Apache-2.0") == normalise("MIT/Apache-2.0") == "Apache-2.0 OR MIT"
    assert normalise("CC-BY-SA-3.0 and GFDL") == "CC-BY-SA-3.0 AND LicenseRef-GFDL"
    assert (
        normalise("GPL-2.0-or-later WITH Classpath-exception-2.0")
        == "GPL-2.0-or-later WITH Classpath-exception-2.0"
    )
    assert normalise("MIT AND something else") == "LicenseRef-MIT-AND-something-else"


def test_allow_lists() -> None:
    allowed = allowed_by(["attribution", "MIT", "CC-BY-SA-*", "GPL-2.0+", "LicenseRef-house"])
    for licence in ("CC-BY-4.0", "MIT OR CC-BY-NC-4.0", "CC-BY-SA-3.0-DE", "GPL-2.0-or-later", "LicenseRef-house",
                    "GPL-2.0-or-later WITH Classpath-exception-2.0", "MIT AND (CC-BY-4.0 OR CC-BY-ND-4.0)"):  # fmt: skip
        assert allowed(licence), licence
    for licence in (
        "CC-BY-NC-4.0",
        "MIT AND CC-BY-NC-4.0",
        "GPL-3.0-only",
        "LicenseRef-CC-BY-SA",
        "BSD-3-Clause",
    ):
        assert not allowed(licence), licence


IDENTIFIERS = st.sampled_from(["MIT", "CC-BY-4.0", "CC-BY-SA-4.0", "GPL-3.0-only", "CC0-1.0", "CC-BY-NC-4.0"])
EXPRESSIONS = st.recursive(
    IDENTIFIERS,
    lambda part: st.tuples(part, st.sampled_from(["AND", "OR"]), part).map(lambda t: f"({' '.join(t)})"),
    max_leaves=5,
)


@given(EXPRESSIONS, st.sets(IDENTIFIERS), IDENTIFIERS)
def test_a_longer_allow_list_never_drops_more(expression: str, allow: set[str], more: str) -> None:
    licence = normalise(expression)
    assert licence and normalise(licence) == licence
    if allowed_by(sorted(allow))(licence):
        assert allowed_by(sorted(allow | {more}))(licence)


@given(st.text(max_size=60))
def test_any_text_gives_nothing_or_an_expression(text: str) -> None:
    written = normalise(text)
    assert written is None or normalise(written) == written


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ('<a rel="license" href="https://creativecommons.org/licenses/by/4.0/">CC</a>', "CC-BY-4.0"),
        ("<LINK REL=license HREF=//creativecommons.org/publicdomain/zero/1.0/>", "CC0-1.0"),
        ('<a href="https://a.eu/terms" rel="nofollow license">', "LicenseRef-https-a.eu-terms"),
        ('<meta name="DC.rights" content="CC BY-SA 4.0">', "CC-BY-SA-4.0"),
        ('<meta name="dcterms.rights" content="© 2026 Publisher, all rights reserved">', None),
        (
            '<script type="application/ld+json">{"license": "https:\\/\\/creativecommons.org\\/licenses\\/by\\/3.0\\/"}',
            "CC-BY-3.0",
        ),
        ('<script>{"license": "key-1234"}</script>', None),
        ('<a href="https://creativecommons.org/licenses/by/4.0/">about licences</a>', None),
        ('<!-- <a rel="license" href="https://creativecommons.org/licenses/by/4.0/"> -->', None),
        (
            '<link rel="license" href="https://creativecommons.org/licenses/by/4.0/">'
            '<a rel="license" href="https://creativecommons.org/licenses/by-nc/4.0/">',
            "CC-BY-4.0 AND CC-BY-NC-4.0",
        ),
    ],
)
def test_declarations_in_markup(markup: str, expected: str | None) -> None:
    assert declared_licence(markup.encode()) == expected


def staged(settings: Licence, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    return LicenceStage(settings)(pa.RecordBatch.from_pylist(list(rows), WORKING)).to_pylist()


ROWS = (
    {"licence": "cc-by-4.0"},
    {"licence": "CC BY-NC 4.0"},
    {"licence": None},
    {"licence": "house rules"},
    {"licence": "MIT", "markup": '<a rel="license" href="https://creativecommons.org/licenses/by-nc/4.0/">'},
    {"licence": "CC BY-NC 4.0", "stage": "read", "reason": "no_text"},
)


def test_the_stage() -> None:
    found = staged(Licence(allow=["attribution", "permissive"]), *ROWS)
    assert [f["reason"] for f in found] == [
        None, "licence_not_allowed", "licence_unknown", "licence_unknown", "licence_not_allowed", "no_text",
    ]  # fmt: skip
    assert [f["licence"] for f in found[:5]] == [
        "CC-BY-4.0",
        "CC-BY-NC-4.0",
        None,
        "LicenseRef-house-rules",
        "CC-BY-NC-4.0",
    ]
    assert json.loads(found[1]["evidence"]) == {"declared": "CC BY-NC 4.0", "licence": "CC-BY-NC-4.0"}
    lenient = staged(Licence(allow=["attribution", "MIT"], unknown="allow", read_markup=False), *ROWS)
    assert [f["reason"] for f in lenient] == [None, "licence_not_allowed", None, None, None, "no_text"]
    assert {f["reason"] for f in staged(Licence(), *ROWS)} == {None, "no_text"}
    by_name = staged(Licence(allow=["LicenseRef-house-rules"]), ROWS[3])
    assert by_name[0]["reason"] is None


def test_an_allow_list_names_what_exists() -> None:
    Licence(allow=["cc-by-sa-4.0", "CC-BY-*", *LICENCE_CLASSES])
    with pytest.raises(ValidationError, match="'permisive' is no licence that SPDX lists"):
        Licence(allow=["permisive"])
