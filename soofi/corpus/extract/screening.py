"""Telling the texts that cleaning would leave as they are from the others, in one pass over their bytes."""

from functools import cache
from typing import Any

from soofi.corpus.extract import markup, mojibake, unicode
from soofi.recipe import Extraction

_REPLACED = "\ufffd"


@cache
def _compiled(*classes: str) -> Any:
    import re2

    options = re2.Options()
    options.max_mem = 64 << 20  # of its automaton; with less it falls back to a slower one
    return re2.compile("|".join(classes), options)


def may_change(data: bytes, rules: Extraction) -> bool:
    """Whether `clean` may change a text, given as UTF-8; False is certain, True is not.

    RE2 (Cox, 2010) looks for all signs at once, ten times faster than each rule for itself.
    """
    classes = [unicode.SIGNS_OF_SPELLING, _REPLACED]
    classes += [unicode.SIGNS_OF_INVISIBLE] * rules.remove_invisible
    classes += [mojibake.SIGNS] * rules.repair_mojibake
    classes += [markup.SIGNS] * rules.remove_markup
    return _compiled(*classes).search(data) is not None
