"""Cleaning of any text, whether it came as text or out of a page."""

from soofi.corpus.extract.markup import without_entities, without_tags
from soofi.corpus.extract.mojibake import repaired
from soofi.corpus.extract.unicode import normalise, without_invisible
from soofi.recipe import Extraction

ROUNDS = 5
"""What one rule takes away can make work for another one: an entity inside an entity, an accent behind a soft hyphen."""


def clean(text: str, rules: Extraction, is_page: bool = False, is_code: bool = False) -> str | None:
    """The text after all rules that the recipe switches on; None if it still changes after `ROUNDS` rounds.

    `is_page`: whether it came out of a page, whose own examples of HTML have lost their escapes on the way: they stay.
    `is_code`: whether entities and tags are its subject. Applying it twice changes nothing more.
    """
    for _ in range(ROUNDS):
        after = _once(text, rules, is_page, is_code)
        if after == text:
            return text
        text = after
    return None


def _once(text: str, rules: Extraction, is_page: bool, is_code: bool) -> str:
    if rules.repair_mojibake and not text.isascii():
        text = repaired(text)
    if rules.remove_markup and not is_code:
        text = without_entities(text)
        text = text if is_page else without_tags(text)
    if rules.remove_invisible and not text.isascii():
        text = without_invisible(text)
    return normalise(text)
