"""The languages of Europe as recipes name them (BCP-47)."""

import re
from collections.abc import Sequence
from typing import TypeVar

EU_OFFICIAL: dict[str, str] = {
    "bg": "Bulgarian", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "et": "Estonian", "fi": "Finnish", "fr": "French", "ga": "Irish", "hr": "Croatian",
    "hu": "Hungarian", "it": "Italian", "lt": "Lithuanian", "lv": "Latvian", "mt": "Maltese", "nl": "Dutch",
    "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "sk": "Slovak", "sl": "Slovenian", "sv": "Swedish",
}  # fmt: skip
"""The 24 official languages of the European Union: BCP-47 tag to English name."""

Tag = TypeVar("Tag", bound=str | None)

_TAG = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?")


def check_language(tag: Tag) -> Tag:
    """Return `tag` if it has the shape of a BCP-47 tag (`de`, `sr-Cyrl`; `zxx` for code), else raise ValueError."""
    if tag is not None and not _TAG.fullmatch(tag):
        raise ValueError(f"'{tag}' is not a language tag: write BCP-47, such as de, mt or sr-Cyrl")
    return tag


def check_languages(tags: Sequence[str]) -> None:
    """Raise ValueError if one of `tags` is no BCP-47 tag, or stands there twice."""
    for tag in tags:
        check_language(tag)
        if tags.count(tag) > 1:
            raise ValueError(f"'{tag}' is named twice: name it once")
