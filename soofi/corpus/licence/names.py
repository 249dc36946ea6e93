"""What data sets, pages and packages call their licences, and the SPDX identifiers that they mean.

Names without a version stay without one (`LicenseRef-CC-BY-SA`): to choose a version would be to invent it.
"""

import re

_NAMES = {
    "apache": "Apache-2.0",
    "apache 2": "Apache-2.0",
    "apache license 2": "Apache-2.0",
    "apache license version 2": "Apache-2.0",
    "bsd": "LicenseRef-BSD",
    "bsd 2": "BSD-2-Clause",
    "bsd 3": "BSD-3-Clause",
    "bsd 2 clause license": "BSD-2-Clause",
    "bsd 3 clause license": "BSD-3-Clause",
    "new bsd": "BSD-3-Clause",
    "cc0": "CC0-1.0",
    "cc zero": "CC0-1.0",
    "creative commons zero": "CC0-1.0",
    "cc pdm": "CC-PDM-1.0",
    "public domain mark": "CC-PDM-1.0",
    "pd": "LicenseRef-public-domain",
    "public domain": "LicenseRef-public-domain",
    "gemeinfrei": "LicenseRef-public-domain",
    "domaine public": "LicenseRef-public-domain",
    "dominio pubblico": "LicenseRef-public-domain",
    "dominio publico": "LicenseRef-public-domain",
    "domena publiczna": "LicenseRef-public-domain",
    "pddl": "PDDL-1.0",
    "odc by": "ODC-By-1.0",
    "open data commons attribution": "ODC-By-1.0",
    "open data commons attribution license": "ODC-By-1.0",
    "odbl": "ODbL-1.0",
    "open database license": "ODbL-1.0",
    "gfdl": "LicenseRef-GFDL",
    "gnu free documentation license": "LicenseRef-GFDL",
    "gpl": "LicenseRef-GPL",
    "gnu gpl": "LicenseRef-GPL",
    "lgpl": "LicenseRef-LGPL",
    "agpl": "LicenseRef-AGPL",
    "gnu general public license": "LicenseRef-GPL",
    "gplv2": "GPL-2.0-only",
    "gplv2+": "GPL-2.0-or-later",
    "gplv3": "GPL-3.0-only",
    "gplv3+": "GPL-3.0-or-later",
    "lgplv2.1": "LGPL-2.1-only",
    "lgplv2.1+": "LGPL-2.1-or-later",
    "lgplv3": "LGPL-3.0-only",
    "lgplv3+": "LGPL-3.0-or-later",
    "agplv3": "AGPL-3.0-only",
    "agplv3+": "AGPL-3.0-or-later",
    "mpl": "LicenseRef-MPL",
    "mozilla public license 2": "MPL-2.0",
    "mit license": "MIT",
    "expat": "MIT",
    "eupl": "LicenseRef-EUPL",
    "ogl": "LicenseRef-OGL-UK",
    "open government licence v3.0": "OGL-UK-3.0",
    "open government licence 3": "OGL-UK-3.0",
    "licence ouverte": "etalab-2.0",
    "licence ouverte 2": "etalab-2.0",
    "open licence etalab": "etalab-2.0",
    "datenlizenz deutschland namensnennung 2": "DL-DE-BY-2.0",
    "dl de by 2": "DL-DE-BY-2.0",
    "dl de zero 2": "DL-DE-ZERO-2.0",
    "dl de/by 2 0": "DL-DE-BY-2.0",
    "dl de/zero 2 0": "DL-DE-ZERO-2.0",
    "eur lex": "LicenseRef-EU-2011-833",
    "eu reuse": "LicenseRef-EU-2011-833",
    "eur lex reuse": "LicenseRef-EU-2011-833",
    "c uda": "C-UDA-1.0",
}
"""Names as `plain_name` writes them."""

OWN_IDENTIFIERS = frozenset(
    [name for name in _NAMES.values() if name.startswith("LicenseRef-")]
    + [f"LicenseRef-CC-{kind}" for kind in ("BY", "BY-SA", "BY-NC", "BY-ND", "BY-NC-SA", "BY-NC-ND")]
)
"""Identifiers beside those of SPDX whose class we know."""

UNTOLD = frozenset(
    {
        "",
        "unknown",
        "other",
        "none",
        "na",
        "n/a",
        "null",
        "noassertion",
        "unspecified",
        "proprietary",
        "see license",
    }
)
"""Names that tell nothing, as `plain_name` writes them."""

_CC_URL = re.compile(
    r"creativecommons\.org/(?:licen[cs]es/(?P<kind>by(?:-nc)?(?:-nd|-sa)?|publicdomain)|publicdomain/(?P<tool>zero|mark))"
    r"(?:/(?P<version>\d\.\d))?(?:/(?P<place>[a-z]{2,3})(?:/|$))?"
)
_CC_NAME = re.compile(
    r"(?P<prefix>cc|creative commons)? ?(?P<kind>by(?: nc)?(?: nd| sa)?(?: nc)?)(?: v?(?P<version>\d(?:\.\d)?))?"
    r"(?: (?:international|unported|generic|int|intl))?(?: (?P<place>igo|[a-z]{2}))?(?: licen[cs]e)?"
)
_WORDS = {
    "attribution": "by", "noncommercial": "nc", "sharealike": "sa", "noderivatives": "nd", "noderivs": "nd",
}  # fmt: skip
_URLS = {
    "opendatacommons.org/licenses/by": "ODC-By-1.0",
    "opendatacommons.org/licenses/odbl": "ODbL-1.0",
    "opendatacommons.org/licenses/pddl": "PDDL-1.0",
    "gnu.org/licenses/gpl-3": "GPL-3.0-or-later",
    "gnu.org/licenses/gpl-2": "GPL-2.0-or-later",
    "gnu.org/licenses/old-licenses/gpl-2": "GPL-2.0-or-later",
    "gnu.org/licenses/agpl-3": "AGPL-3.0-or-later",
    "gnu.org/licenses/lgpl-3": "LGPL-3.0-or-later",
    "gnu.org/licenses/fdl-1.3": "GFDL-1.3-or-later",
    "gnu.org/copyleft/fdl": "LicenseRef-GFDL",
    "apache.org/licenses/license-2.0": "Apache-2.0",
    "mozilla.org/mpl/2.0": "MPL-2.0",
    "mozilla.org/en-us/mpl/2.0": "MPL-2.0",
    "nationalarchives.gov.uk/doc/open-government-licence/version/3": "OGL-UK-3.0",
    "govdata.de/dl-de/by-2-0": "DL-DE-BY-2.0",
    "govdata.de/dl-de/zero-2-0": "DL-DE-ZERO-2.0",
    "etalab.gouv.fr/licence-ouverte-open-licence": "etalab-2.0",
    "eur-lex.europa.eu/content/legal-notice": "LicenseRef-EU-2011-833",
    "eur-lex.europa.eu/content/help/legal-notice": "LicenseRef-EU-2011-833",
    "data.europa.eu/eli/dec/2011/833": "LicenseRef-EU-2011-833",
    "spdx.org/licenses/": "",
    "opensource.org/licenses/": "",
    "opensource.org/license/": "",
}  # fmt: skip
_EU_REUSE = re.compile(r"2011/833/eu|(?:©|\(c\)) ?european union\b.*\b(?:reuse|eur-lex)", re.DOTALL)


def plain_name(written: str) -> str:
    """A name without what spellings differ in: case, hyphens, commas, brackets, a leading article, a closing `.0`."""
    name = written.lower().replace("_", " ").replace("-", " ").replace(",", " ")
    name = re.sub(r"[()\"'®™]", " ", name)
    name = " ".join(name.split()).removeprefix("the ").removesuffix(".")
    return re.sub(r"(?<= \d)\.0$", "", name)


def named(written: str) -> str | None:
    """The SPDX identifier that a name or URL of a licence means, or None."""
    lower = written.lower()
    if _EU_REUSE.search(lower):
        return "LicenseRef-EU-2011-833"
    if match := _CC_URL.search(lower):
        if match["tool"]:
            return "CC0-1.0" if match["tool"] == "zero" else "CC-PDM-1.0"
        if match["kind"] == "publicdomain":
            return "CC-PDDC"
        return _creative_commons(match["kind"], match["version"], match["place"])
    if "://" in lower or lower.startswith("www."):
        address = lower.partition("://")[2] or lower
        address = address.removeprefix("www.")
        for prefix, identifier in _URLS.items():
            if address.startswith(prefix) or f".{prefix}" in address.partition("/")[0] + "/":
                return identifier or written.rstrip("/").rpartition("/")[2].removesuffix(".html")
        return None
    name = plain_name(written)
    if name in _NAMES:
        return _NAMES[name]
    words = " ".join(
        _WORDS.get(word, word)
        for word in name.replace("non commercial", "noncommercial")
        .replace("share alike", "sharealike")
        .replace("no derivatives", "noderivatives")
        .split()
    )
    match = _CC_NAME.fullmatch(words)
    if match and (match["prefix"] or match["version"]):
        return _creative_commons(match["kind"].replace(" ", "-"), match["version"], match["place"])
    return None


def _creative_commons(kind: str, version: str | None, place: str | None) -> str:
    kind = "BY-NC-SA" if kind == "by-sa-nc" else "BY-NC-ND" if kind == "by-nd-nc" else kind.upper()
    if not version:
        return f"LicenseRef-CC-{kind}"
    version = version if "." in version else f"{version}.0"
    return f"CC-{kind}-{version}" + (f"-{place.upper()}" if place else "")
