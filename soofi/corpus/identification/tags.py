"""Language tags: which ones mean the same to the identifier."""

NO_LANGUAGE = "zxx"
"""BCP-47 for text that is in no human language, such as code; there is nothing to identify."""

SISTERS = ("hr", "bs", "sr-Latn")
"""Croatian, Bosnian and Serbian in Latin letters: much of what is written in one is right in another too."""

_SISTER_OF = {"hr": "hr", "bs": "bs", "sr": "sr-Latn", "cnr": "sr-Latn"}

_ISO_639_3 = {
    "bul": "bg", "ces": "cs", "dan": "da", "deu": "de", "ell": "el", "eng": "en", "spa": "es", "est": "et",
    "ekk": "et", "fin": "fi", "fra": "fr", "gle": "ga", "hrv": "hr", "hun": "hu", "ita": "it", "lit": "lt",
    "lav": "lv", "lvs": "lv", "mlt": "mt", "nld": "nl", "pol": "pl", "por": "pt", "ron": "ro", "slk": "sk",
    "slv": "sl", "swe": "sv", "bos": "bs", "srp": "sr", "nob": "nb", "nno": "nn", "nor": "no", "glg": "gl",
    "cat": "ca", "eus": "eu", "mkd": "mk", "rus": "ru", "ukr": "uk", "bel": "be", "isl": "is", "sqi": "sq",
    "als": "sq", "tur": "tr", "ast": "ast", "oci": "oc", "arg": "an", "ltz": "lb", "cym": "cy", "gla": "gd",
    "hbs": "sh", "cnr": "cnr", "lat": "la", "zxx": "zxx", "und": "und",
}  # fmt: skip


def classes_of(tag: str) -> frozenset[str]:
    """Languages that a document declared as `tag` may be identified as."""
    language, *rest = tag.split("-")
    if language in ("sh", "hbs"):
        return frozenset(
            {"sr-Cyrl"} if "Cyrl" in rest else SISTERS if "Latn" in rest else {*SISTERS, "sr-Cyrl"}
        )
    if language in ("hr", "bs", "sr", "cnr"):
        if "Cyrl" in rest:
            return frozenset({"sr-Cyrl"})
        sister = {_SISTER_OF[language]}
        return frozenset(sister | {"sr-Cyrl"} if language in ("sr", "cnr") and "Latn" not in rest else sister)
    return frozenset({"nb", "nn"} if language == "no" else {language})


def tag_of(label: str) -> str:
    """BCP-47 tag of a fastText label: `__label__hrv_Latn` (GlotLID, ISO 639-3 and script) or `__label__hr` (lid.176).

    The script is kept for Serbian alone, which has two. A code without a two-letter one stays as it is.
    """
    code, _, script = label.removeprefix("__label__").partition("_")
    language = _ISO_639_3.get(code, code)
    return f"sr-{script or 'Cyrl'}" if language == "sr" else language
