"""One spelling for the same text, and nothing in it that nobody sees."""

import re
import unicodedata

_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_NEWLINES = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")

SIGNS_OF_INVISIBLE = (
    "["
    "\u00ad"  # soft hyphen: where a browser may break a word
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidirectional marks, embeddings, overrides, isolates
    "\u200b\u2060-\u2064\ufeff"  # zero-width space, word joiner and invisible operators, byte order mark
    "\u180e\u206a-\u206f\ufff9-\ufffb"  # deprecated format characters, interlinear annotation
    "\ufdd0-\ufdef\ufffe\uffff"  # noncharacters
    "\U000e0000-\U000e007f"  # tags: whole sentences can hide in them
    "]"
)
"""Class of the characters that `without_invisible` takes away.

U+200C and U+200D stay: they are part of the spelling of Persian and Indic words and of emoji."""

_INVISIBLE = re.compile(SIGNS_OF_INVISIBLE)

SIGNS_OF_SPELLING = (
    r"[\x00-\x08\x0b-\x1f\x7f-\x{9f}\x{2028}\x{2029}]"
    # What NFC may change or compose with what stands before it: combining marks, Greek with old accents, signs that
    # became letters, and whole blocks of scripts that no language of Europe is written in.
    r"|[\x{300}-\x{36f}\x{374}\x{37e}\x{387}\x{483}-\x{487}\x{591}-\x{1dff}\x{1f71}-\x{2001}\x{20d0}-\x{20ff}\x{2126}"
    r"\x{212a}\x{212b}\x{2329}\x{232a}\x{2adc}\x{2cef}-\x{2cf1}\x{2d7f}\x{2de0}-\x{2dff}\x{302a}-\x{302f}\x{3099}\x{309a}"
    r"\x{a66f}-\x{abff}\x{f900}-\x{fb4f}\x{fe20}-\x{fe2f}\x{10000}-\x{1efff}\x{2f800}-\x{2fa1f}]"
)
"""Regular expression (RE2) of what `normalise` may change; a text without any of it stays as it is."""


def normalise(text: str) -> str:
    r"""Unicode NFC with `\n` for every kind of line end, and without control characters other than tab and `\n`.

    Applying it twice changes nothing more.
    """
    # Controls go first: what stands on both sides of one may be a line end or a letter and its accent.
    text = _NEWLINES.sub("\n", _CONTROLS.sub("", text))
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def without_invisible(text: str) -> str:
    """The text without characters that have no shape and no width of their own, in any language of Europe.

    Marks of direction are for mixed scripts on a screen; in a corpus they make equal words differ, and they can make a
    reader see another text than a model (Boucher and Anderson, "Trojan Source", 2021).
    """
    return _INVISIBLE.sub("", text)
