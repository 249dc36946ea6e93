"""Language tags as data sets write them (`deu_Latn`, `SR_latn`, `mlt`) in the form that recipes use (BCP-47)."""

import re
from functools import lru_cache

_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}))?")
_SCRIPT = re.compile(r"[A-Za-z]{4}")

_SHORT = dict(
    pair.split(":")
    for pair in (
        "als:sq bel:be bos:bs bul:bg cat:ca ces:cs cym:cy dan:da deu:de ell:el eng:en est:et eus:eu fin:fi fra:fr gle:ga "
        "glg:gl hrv:hr hun:hu isl:is ita:it lav:lv lit:lt ltz:lb lvs:lv mkd:mk mlt:mt nld:nl nno:nn nob:nb nor:no pol:pl "
        "por:pt ron:ro rus:ru slk:sk slv:sl spa:es sqi:sq srp:sr swe:sv tur:tr ukr:uk"
    ).split()
)
"""ISO 639-3 → the two letters that BCP-47 asks for where there are any: the languages of Europe. `lvs` and `als` are the
standard forms inside the macrolanguages Latvian and Albanian."""

_OF_COURSE = {"el": "Grek"} | dict.fromkeys(("be", "bg", "mk", "ru", "uk"), "Cyrl")
_TWO_SCRIPTS = {"sr", "bs"}


@lru_cache(4096)  # a damaged set may call every document otherwise
def language_tag(tag: str, script: str | None = None) -> str | None:
    """The tag in BCP-47 with its usual capitals, without a script that goes without saying; None for what is no tag.

    `script` (ISO 15924) stands in where the tag has none. The tag becomes the name of a directory, so nothing else passes.
    """
    match = _TAG.fullmatch(tag)
    if not match or (script is not None and not _SCRIPT.fullmatch(script)):
        return None
    language, own_script, region = match.groups()
    language = _SHORT.get(language.lower(), language.lower())
    script = (own_script or script or "").title()
    if len(language) == 2 and language not in _TWO_SCRIPTS and script == _OF_COURSE.get(language, "Latn"):
        script = ""
    return "-".join(part for part in (language, script, region and region.upper()) if part)
