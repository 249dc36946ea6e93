"""Licences as SPDX expressions, and whether an allow-list covers one."""

import re
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from license_expression import ExpressionError, LicenseWithExceptionSymbol, Licensing, get_spdx_licensing

from soofi.corpus.licence.names import OWN_IDENTIFIERS, UNTOLD, named, plain_name
from soofi.recipe.licence import LICENCE_CLASSES

_OWN = "LicenseRef-"
_BETWEEN = re.compile(r"\s*(\s(?:and|or)\s|[/|&;])\s*", re.IGNORECASE)
_CLASSES = [
    ("non-commercial", r".*-NC(?:-|$).*"),
    ("no-derivatives", r".*-ND(?:-|$).*"),
    ("share-alike", r"CC-BY-SA(?:-.*)?|CC-SA-.*|GFDL.*|ODbL.*|CDLA-Sharing.*|FreeBSD-DOC|FAL.*|OPUBL.*"),
    ("attribution", r"CC-BY(?:-.*)?|ODC-By.*|OGL.*|etalab.*|DL-DE-BY.*|NLOD.*|EU-2011-833|CDLA-Permissive.*|O-UDA.*|C-UDA.*"),
    ("public-domain", r"CC0.*|CC-PDM.*|CC-PDDC|PDDL.*|Unlicense|0BSD|MIT-0|DL-DE-ZERO.*|public-domain|blessing|SAX-PD.*"),
    ("weak-copyleft", r"MPL.*|LGPL.*|EPL.*|CDDL.*|CPL.*|MS-RL"),
    ("copyleft", r"A?GPL.*|EUPL.*|OSL.*|CECILL-.*|SSPL.*|Sleepycat"),
    ("permissive", r"MIT.*|X11.*|BSD.*|Apache.*|ISC|Zlib|PSF.*|Python.*|AFL.*|Artistic.*|BSL.*|NCSA|PostgreSQL|WTFPL|W3C.*|Unicode.*|MS-PL|Vim|Ruby|OLDAP.*"),
]  # fmt: skip
_CLASS_PATTERNS = [(name, re.compile(pattern)) for name, pattern in _CLASSES]
assert {name for name, _ in _CLASSES} == LICENCE_CLASSES.keys()


@cache
def _licensing() -> Licensing:
    return get_spdx_licensing()


def normalise(written: str | None) -> str | None:
    """A licence as an SPDX expression in its usual order, or None if the text tells nothing.

    What is no licence that we know becomes `LicenseRef-` with its name, so that it is neither lost nor taken for one.
    """
    if written is None or plain_name(written) in UNTOLD:
        return None
    written = " ".join(written.split())
    if found := _meant(written):
        return found
    # Several names in one text, such as `MIT/Apache-2.0` or `CC BY-SA 3.0 and GFDL`.
    parts = [] if "://" in written else _BETWEEN.split(written)
    meant = [_meant(part) for part in parts[::2]]
    if len(parts) > 1 and all(meant):
        joined = [str(meant[0])]
        for word, part in zip(parts[1::2], meant[1:], strict=True):
            joined += ["OR" if word.strip().lower() in ("or", "/", "|") else "AND", f"({part})"]
        return _expression(" ".join(joined))
    return f"{_OWN}{re.sub(r'[^A-Za-z0-9.]+', '-', written).strip('-')[:64] or 'unknown'}"


def _meant(written: str) -> str | None:
    """The expression that one name, URL or expression means, or None."""
    meant = named(written)
    for candidate in (written, meant):
        if candidate and (found := _expression(candidate)):
            return found
    # A national port that SPDX does not list is governed by the licence it is a port of.
    return _expression(re.sub(r"-[A-Z]{2,3}$", "", meant)) if meant else None


def is_told(licence: str | None) -> bool:
    """Whether an expression that `normalise` wrote names only licences that we know."""
    return licence is not None and all(
        not key.startswith(_OWN) or class_of(key) for key in _licensing().license_keys(licence)
    )


def class_of(identifier: str) -> str | None:
    """The class (`LICENCE_CLASSES`) of one SPDX identifier, or None."""
    if identifier.startswith(_OWN) and identifier not in OWN_IDENTIFIERS:
        return None
    name = identifier.removeprefix(_OWN)
    return next((kind for kind, pattern in _CLASS_PATTERNS if pattern.fullmatch(name)), None)


def allowed_by(allow: Sequence[str]) -> Callable[[str], bool]:
    """Whether an expression that `normalise` wrote may be used: of `OR` one side, of `AND` every side must be allowed."""
    classes = {entry for entry in allow if entry in LICENCE_CLASSES}
    families = [entry for entry in allow if entry.endswith("*")]
    single = {normalise(entry) for entry in allow if entry not in classes and not entry.endswith("*")}

    def is_allowed(part: Any) -> bool:
        if operator := getattr(part, "operator", "").strip():
            sides = map(is_allowed, part.args)
            return any(sides) if operator == "OR" else all(sides)
        # An exception grants more than the licence that it stands with.
        key = part.license_symbol.key if isinstance(part, LicenseWithExceptionSymbol) else part.key
        by_name = key in single or str(part) in single or any(fnmatchcase(key, family) for family in families)
        return by_name or class_of(key) in classes

    return cache(lambda licence: is_allowed(_licensing().parse(licence)))


def _expression(text: str) -> str | None:
    """An expression of known identifiers and `LicenseRef-`s, simplified; None for anything else."""
    if "://" in text:
        return None
    try:
        parsed = _licensing().parse(text)
        if parsed is None or any(
            not key.startswith(_OWN) for key in _licensing().unknown_license_keys(parsed)
        ):
            return None
        return str(parsed.simplify())
    except (ExpressionError, ValueError, TypeError, AttributeError):
        return None
