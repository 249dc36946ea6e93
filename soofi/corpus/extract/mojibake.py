"""Text that was UTF-8 and was decoded as something else."""

import re

SIGNS = (
    # C1 controls hardly ever stand in text.
    "[\u0080-\u009f]"
    # The first bytes of Latin, Greek and Cyrillic letters in UTF-8, as Windows-1252 shows them, each before a byte that
    # goes on. Capitals with marks do not stand before signs in words.
    "|[\u00c2-\u00c5\u00ce-\u00d1][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013\u2014\u2018-\u201e"
    "\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122]"
    # Quotation marks and dashes, which begin with the byte 0xE2.
    "|\u00e2(?:\u20ac|\u201a|[\u0080-\u00bf])"
    # The same bytes as Windows-1250 and 1251 show them.
    "|[\u0102\u0139\u0413\u0420\u0421\u0432][\u0080-\u00bf\u0402\u0403\u0452\u0453\u2018-\u201e\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122]"
)
"""Regular expression of what text looks like that was UTF-8 and was decoded as something else."""

_LOOKS_WRONG = re.compile(SIGNS)


def repaired(text: str) -> str:
    """The text with lines repaired that were decoded with a wrong encoding.

    A cheap test finds the lines, ftfy (Speer, 2019) decides on each and repairs it: ftfy alone reads 5 MB a second.
    """
    if not _LOOKS_WRONG.search(text):
        return text
    return "\n".join(_repaired(line) if _LOOKS_WRONG.search(line) else line for line in text.split("\n"))


def _repaired(line: str) -> str:
    from ftfy import fix_encoding

    return fix_encoding(line)
