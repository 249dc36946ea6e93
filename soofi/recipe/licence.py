"""The recipe's words for licences."""

from functools import cache
from typing import Literal

from pydantic import field_validator

from soofi.recipe.fields import Section, field

LICENCE_CLASSES = {
    "public-domain": "no rights are left: CC0-1.0, PDDL-1.0, Unlicense, the Public Domain Mark",
    "attribution": "content whose source must be named: CC-BY-*, ODC-By-1.0, open government licences, reuse by EU decision",
    "permissive": "software with notices to be kept: MIT, BSD-*, Apache-2.0, ISC",
    "share-alike": "content whose adaptations carry the same licence: CC-BY-SA-*, GFDL-*, ODbL-1.0",
    "weak-copyleft": "software with copyleft by file or library: MPL-2.0, LGPL-*, EPL-*, CDDL-*",
    "copyleft": "software whose adaptations carry the same licence: GPL-*, AGPL-*, EUPL-*",
    "non-commercial": "commercial use is refused: CC-BY-NC-*",
    "no-derivatives": "adaptations are refused: CC-BY-ND-*",
}
"""Classes that an allow-list may name; a licence is in one at most."""


@cache
def _spdx_names() -> frozenset[str]:
    """Identifiers of the SPDX list, in lower case. Read only for recipes that need it: commands must start fast."""
    from license_expression import get_spdx_licensing

    return frozenset(name.lower() for name in get_spdx_licensing().known_symbols)


class Licence(Section):
    """Licences are written as SPDX expressions; what the allow-list does not name is dropped."""

    allow: list[str] = field(
        [],
        "SPDX identifiers, families such as CC-BY-SA-*, and classes such as public-domain; none: all licences are kept.",
    )
    unknown: Literal["allow", "drop"] = field(
        "drop",
        "What becomes of a document with no licence, or with one that nobody can tell, where `allow` is given.",
    )
    read_markup: bool = field(
        True,
        "Whether a licence that a page declares itself (rel=license, Dublin Core, JSON-LD) replaces the source's.",
    )

    @field_validator("allow")
    @classmethod
    def _known(cls, allow: list[str]) -> list[str]:
        if any(entry not in LICENCE_CLASSES for entry in allow):
            known = _spdx_names()
            for entry in allow:
                is_own = entry in LICENCE_CLASSES or entry.endswith("*") or entry.startswith("LicenseRef-")
                if not is_own and entry.lower() not in known:
                    raise ValueError(
                        f"'{entry}' is no licence that SPDX lists: write an identifier such as CC-BY-SA-4.0, a family such as "
                        f"CC-BY-*, or one of {', '.join(LICENCE_CLASSES)}"
                    )
        return allow
