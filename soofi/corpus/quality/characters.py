"""What each Unicode character is to the quality rules: one number of bits a code point, and its lower case."""

import unicodedata
from functools import cache

import numpy as np
from numpy.typing import NDArray

SPACE = 1 << 0
"""White space, as `str.isspace`."""
LINE_END = 1 << 1
"""Ends a line, as `str.splitlines`."""
LETTER = 1 << 2
"""As `str.isalpha`."""
LOWER = 1 << 3
UPPER = 1 << 4
DIGIT = 1 << 5
"""0 to 9."""
SYMBOL = 1 << 6
"""Punctuation, ASCII symbols and control characters: a word of nothing else is no word to Gopher's rules."""
PUNCTUATION = 1 << 7
"""Unicode's categories P."""
OPENS = 1 << 8
"""A word of its own where a run of characters begins with it."""
CLOSES = 1 << 9
"""A word of its own where a run of characters ends with it."""
INSIDE = 1 << 10
"""May part a run of characters in two, depending on its neighbours."""
SENTENCE_END = 1 << 11
"""Ends a sentence where it is a word of its own."""
HYPHEN = 1 << 12
QUOTE = 1 << 13
CURRENCY = 1 << 14
ICON = 1 << 15
"""Pictures and signs such as © and ☺: a word of their own wherever they stand."""

SPLITS = OPENS | CLOSES | INSIDE | SENTENCE_END | HYPHEN | QUOTE | CURRENCY | ICON
"""A run of characters without any of these is one word."""

COVERED = 0x32400
"""Code points below have a row; above, where tags and private characters are, none has a bit."""

_LINE_ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
_SENTENCE_ENDS = ".!?‼‽⁇⁈⁉։؟۔।॥。．！？｡"
_QUOTES = "'\"`´‘’‚‛“”„‟«»‹›「」『』"
_HYPHENS = "-–—~‐‑"
_OPEN_AND_CLOSE = ",:;!?¿¡<>_#*&~·，。！？、；："


@cache
def classes() -> NDArray[np.uint32]:
    """The bits of every code point below `COVERED`."""
    found = np.zeros(COVERED, dtype=np.uint32)
    for code in range(COVERED):
        if 0xD800 <= code < 0xE000:
            continue
        character = chr(code)
        category = unicodedata.category(character)
        bits = 0
        if category[0] == "L":
            bits = LETTER | {"Ll": LOWER, "Lu": UPPER, "Lt": UPPER}.get(category, 0)
        elif category[0] == "P":
            bits = SYMBOL | PUNCTUATION
            if category in ("Ps", "Pe", "Pi", "Pf"):
                bits |= OPENS | CLOSES
        elif category == "Cc" or (category[0] == "S" and code < 0x80):
            bits = SYMBOL
        if category == "So":
            bits |= OPENS | CLOSES | ICON
        elif category == "Sc":
            bits |= OPENS | CURRENCY
        if character.isspace():
            bits |= SPACE
        found[code] = bits
    for characters, bits in (
        (_LINE_ENDS, LINE_END),
        ("0123456789", DIGIT),
        (_SENTENCE_ENDS, SENTENCE_END),
        (_QUOTES, QUOTE | OPENS | CLOSES),
        (_OPEN_AND_CLOSE, OPENS | CLOSES),
        ("§%=—–+…", OPENS),
        ("—–…", CLOSES),
        (".…,:<>=/+-*^", INSIDE),
        (_HYPHENS, HYPHEN),
    ):
        for character in characters:
            found[ord(character)] |= bits
    return found


@cache
def lower_cases() -> NDArray[np.int32]:
    """The lower case of every code point below `COVERED`; a character whose lower case is two keeps itself."""
    found = np.arange(COVERED, dtype=np.int32)
    for code in range(COVERED):
        if 0xD800 <= code < 0xE000:
            continue
        lower = chr(code).lower()
        if len(lower) == 1:
            found[code] = ord(lower)
    return found
