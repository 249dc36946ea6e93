"""Text folded to one byte a character, so that words of context are compared without case, accents and script's width."""

import unicodedata

_GREEK = "αβγδεζηθικλμνξοπρστυφχψω"
_CYRILLIC = "абвгдежзийклмнопрстуфхцчшщъыьэюяіїєґђјљњћџ"
_OWN = {sign: 0x80 + place for place, sign in enumerate(_GREEK + _CYRILLIC)} | {"ς": 0x80 + _GREEK.index("σ")}
_PLAIN = str.maketrans("łøđħıßþðœæĸŋŧ", "lodhistdoeknt")
_OTHER_LETTER = 0xFF

LETTER = r"[a-z\x80-\xff]"
"""The bytes that stand for letters, as a class of a pattern over Latin-1."""

NO_LETTER = r"[^a-z\x80-\xff]"


class _Folding(dict[int, int]):
    """Code point → byte, worked out when it is first met."""

    def __missing__(self, point: int) -> int:
        sign = chr(point).lower()[0]
        # й stays a letter of its own; it would else become и with its mark taken off.
        base = sign if sign in _OWN else unicodedata.normalize("NFKD", sign)[0].translate(_PLAIN)
        if base.isascii():
            byte = ord(base)
        elif base in _OWN:
            byte = _OWN[base]
        else:
            byte = _OTHER_LETTER if base.isalpha() else 0x20
        self[point] = byte
        return byte


_FOLDING = _Folding()


def folded(text: str) -> bytes:
    """`text` as one byte for each code point: Latin letters without marks in ASCII, Greek and Cyrillic from 0x80.

    White space and signs beyond ASCII become a blank, letters of other scripts 0xFF. Offsets stay those of `text`.
    """
    return text.translate(_FOLDING).encode("latin-1")
