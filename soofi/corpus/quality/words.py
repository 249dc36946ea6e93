"""What a word is: how a run of characters between white space is parted, for each of the 24 languages.

The rules are those by which spaCy's tokenizers, which datatrove counts with, part most runs: punctuation, quotes and signs
at either end are words of their own, and some marks part a run in its middle. Where languages differ stands in `HABITS`.
spaCy's lists of abbreviations and exceptions are left out, but for two habits: a single letter keeps its full stop,
and English n't, 're, 've, 'll, 'd, 'm and 's are words.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from soofi.corpus.compiled import inlined, kernel
from soofi.corpus.quality.characters import (
    CLOSES,
    CURRENCY,
    DIGIT,
    HYPHEN,
    ICON,
    INSIDE,
    LETTER,
    LOWER,
    OPENS,
    PUNCTUATION,
    QUOTE,
    SENTENCE_END,
    SYMBOL,
    UPPER,
)  # fmt: skip

HYPHENS = 1 << 0
"""A hyphen or dash between letters is a word."""
DASHES = 1 << 1
"""So is a dash, but not the plain hyphen."""
SLASH = 1 << 2
"""So is a slash after a letter or digit and before a letter."""
COLON = 1 << 3
"""So is a colon."""
SIGNS = 1 << 4
"""So are + - * ^ between digits."""
BRACKETS = 1 << 5
"""So are brackets, quotes, ! and ? between letters."""
ELISION = 1 << 6
"""An apostrophe between letters closes a word: l'|eau."""
POSSESSIVE = 1 << 7
"""'s at the end is a word."""
CONTRACTIONS = 1 << 8
"""So are n't, 're, 've, 'll, 'd and 'm."""
ORDINALS = 1 << 9
"""A full stop after a digit belongs to the number: 3. Mai."""
FULL_STOPS = 1 << 10
"""A full stop at the end is always a word, also after a single letter."""

_USUAL = HYPHENS | SLASH | COLON | SIGNS | POSSESSIVE
HABITS: dict[str, int] = {
    "en": _USUAL | CONTRACTIONS,
    "da": SLASH | COLON | BRACKETS,
    "de": SLASH | COLON | SIGNS | BRACKETS | ORDINALS,
    "el": HYPHENS | SLASH | COLON | SIGNS,
    "es": SLASH | COLON,
    "fi": DASHES | SLASH | BRACKETS,
    "fr": HYPHENS | SLASH | COLON | SIGNS | ELISION,
    "hu": COLON | BRACKETS | ORDINALS,
    "it": _USUAL | ELISION,
    "lt": HYPHENS | SLASH | COLON | POSSESSIVE | FULL_STOPS,
    "nl": COLON | BRACKETS,
    "pl": HYPHENS | SLASH | COLON | BRACKETS | FULL_STOPS,
    "pt": SLASH | COLON | SIGNS | POSSESSIVE,
    "ro": COLON,
    "sl": HYPHENS | SLASH | COLON | SIGNS | ORDINALS,
    "sv": SLASH | BRACKETS,
}
"""Language to its habits; every other language has the usual ones."""


def habits(language: str | None) -> int:
    """The habits of a language by its BCP-47 tag."""
    return HABITS.get((language or "").split("-")[0], _USUAL)


HAS_LETTER, ALL_SYMBOLS = 1, 2
"""Bits of `Segments.word_kind`."""

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_BYTE_MULTIPLIER = np.uint64(0x100000001B3)
_SEED = np.uint64(0xCBF29CE484222325)
_SHIFT = np.uint64(29)
_DOT, _COMMA, _COLON, _SLASH, _MINUS, _PLUS, _PERCENT, _AT, _UNDERSCORE, _ELLIPSIS = (
    ord(c) for c in ".,:/-+%@_…"
)
_APOSTROPHES = tuple(ord(c) for c in "'’")
_HOST_ENDS = tuple(ord(c) for c in "/?#:")
_NUMBER_SIGNS = tuple(ord(c) for c in "-+*^")
_RELATIONS = tuple(ord(c) for c in "<=>")
_BRACKETS = tuple(ord(c) for c in "()[]!?")
_BEFORE_STOP = tuple(ord(c) for c in "%²-+")
_D, _E, _L, _M, _N, _R, _S, _BIG_S, _T, _V = (ord(c) for c in "delmnrsStv")


@inlined
def mix(hashed: np.uint64, more: np.uint64) -> np.uint64:
    """Fold one more 64-bit number into a hash; the order counts."""
    hashed = (hashed * _BYTE_MULTIPLIER ^ more) * _MULTIPLIER
    return hashed ^ (hashed >> _SHIFT)


@inlined
def hash_bytes(text: NDArray[np.uint8], begin: int, end: int) -> np.uint64:
    """FNV-1a of some bytes, mixed once more."""
    hashed = _SEED
    for place in range(begin, end):
        hashed = (hashed ^ np.uint64(text[place])) * _BYTE_MULTIPLIER
    return mix(hashed, _SEED)


def hash_of(word: str) -> int:
    """What `Segments.word_hash` has for this word."""
    whole, hashed = (1 << 64) - 1, int(_SEED)
    for byte in word.encode():
        hashed = (hashed ^ byte) * int(_BYTE_MULTIPLIER) & whole
    hashed = (hashed * int(_BYTE_MULTIPLIER) ^ int(_SEED)) * int(_MULTIPLIER) & whole
    return hashed ^ hashed >> int(_SHIFT)


@inlined
def add_word(out: Any, hashed: np.uint64, characters: int, any_bits: Any, all_bits: Any, ends: Any) -> None:
    """Append a word and let the sentences of its line know.

    A sentence ends at a word that is a mark of its end (`ends`), and the next begins at a word that is no punctuation.
    `out.state`: how many words there are, whether the line has met such a mark, and its sentences so far.
    """
    word = out.state[0]
    out.word_hash[word] = hashed
    out.word_end[word + 1] = out.word_end[word] + characters
    kind = 0
    if any_bits & LETTER:
        kind = HAS_LETTER
    if all_bits & SYMBOL:
        kind |= ALL_SYMBOLS
    out.word_kind[word] = kind
    out.state[0] = word + 1
    if out.state[2] == 0:
        out.state[2] = 1
    if ends:
        out.state[1] = 1
    elif out.state[1] and not all_bits & PUNCTUATION:
        out.state[2] += 1
        out.state[1] = 0


@kernel
def _add_part(text: NDArray[np.uint8], out: Any, begin: int, end: int) -> None:
    """Append characters `begin` to `end` of the run as a word, unless there are none."""
    if end <= begin:
        return
    any_bits, all_bits = np.uint32(0), np.uint32(0xFFFFFFFF)
    for place in range(begin, end):
        any_bits |= out.bits[place]
        all_bits &= out.bits[place]
    hashed = hash_bytes(text, out.at[begin], out.at[end])
    add_word(out, hashed, end - begin, any_bits, all_bits, end - begin == 1 and any_bits & SENTENCE_END)


@kernel
def _dots(code: NDArray[np.int32], place: int, end: int) -> int:
    """How many full stops stand from `place` on."""
    count = 0
    while place + count < end and code[place + count] == _DOT:
        count += 1
    return count


@kernel
def _is_address(code: NDArray[np.int32], bits: NDArray[np.uint32], begin: int, end: int) -> bool:
    """Whether characters look like a web or mail address: it stays one word.

    Either a scheme and ://, or a host: labels with full stops between, the last of two or more small letters, up to
    the end or to the first / ? # or colon; a user and @ may stand before.
    """
    host = begin
    for place in range(begin, end):
        if code[place] == _AT:
            host = place + 1
        elif (
            code[place] == _COLON
            and place + 2 < end
            and code[place + 1] == _SLASH
            and code[place + 2] == _SLASH
        ):
            return place > begin
    stop, last_dot = end, -1
    for place in range(host, end):
        letter = code[place]
        if letter in _HOST_ENDS:
            stop = place
            break
        if letter == _DOT:
            last_dot = place
        elif not (bits[place] & (LETTER | DIGIT) or letter in (_MINUS, _UNDERSCORE) or letter >= 0xA1):
            return False
    if last_dot <= host or stop - last_dot < 3:
        return False
    for place in range(last_dot + 1, stop):  # noqa: SIM110  numba compiles no generator expression
        if not bits[place] & LOWER:
            return False
    return True


@kernel
def _closing(code: NDArray[np.int32], bits: NDArray[np.uint32], begin: int, end: int, how: int) -> int:
    """Characters of the word that closes the run `begin` to `end`, or 0."""
    last, before = code[end - 1], bits[end - 2]
    if last == _DOT:
        dots = 1
        while end - dots > begin and code[end - dots - 1] == _DOT:
            dots += 1
        if dots > 1:
            return dots
        letter = code[end - 2]
        if how & FULL_STOPS:
            return 1
        if before & LOWER:
            return 1 if end - begin > 2 else 0
        if before & DIGIT:
            return 0 if how & ORDINALS else 1
        if before & (OPENS | CLOSES) or letter in _BEFORE_STOP:
            return 1
        return 1 if before & UPPER and end - begin > 2 and bits[end - 3] & UPPER else 0
    if bits[end - 1] & CLOSES:
        return 1
    if before & DIGIT and (last in (_PERCENT, _PLUS) or bits[end - 1] & CURRENCY):
        return 1
    is_quote = code[end - 2] in _APOSTROPHES
    if is_quote and end - begin > 2:
        if how & POSSESSIVE and last in (_S, _BIG_S):
            return 2
        if how & CONTRACTIONS and last in (_D, _M):
            return 2
        if how & CONTRACTIONS and last == _T and end - begin > 3 and code[end - 3] == _N:
            return 3
    is_quote = end - begin > 3 and code[end - 3] in _APOSTROPHES
    if is_quote and how & CONTRACTIONS:
        re_or_ve = last == _E and code[end - 2] in (_R, _V)
        return 3 if re_or_ve or (last == _L and code[end - 2] == _L) else 0
    return 0


@kernel
def _parting(
    code: NDArray[np.int32], bits: NDArray[np.uint32], begin: int, place: int, end: int, how: int
) -> int:
    """Characters of the word that parts the run `begin` to `end` at `place`, −1 for a cut behind it, or 0."""
    this, own = code[place], bits[place]
    if this == _ELLIPSIS or own & ICON:
        return 1
    if place == begin or place + 1 == end:
        return _dots(code, place, end) if this == _DOT and _dots(code, place, end) > 1 else 0
    before, after = bits[place - 1], bits[place + 1]
    if this == _DOT:
        dots = _dots(code, place, end)
        if dots > 1:
            return dots
        return 1 if before & (LOWER | QUOTE) and after & (UPPER | QUOTE) else 0
    between_numbers = how & SIGNS and before & DIGIT and (after & DIGIT or code[place + 1] == _MINUS)
    if between_numbers and (this in _NUMBER_SIGNS):
        return 1
    if not before & (LETTER | DIGIT):
        return 0
    if after & LETTER:
        if this in _RELATIONS:
            return 1
        if (this == _SLASH and how & SLASH) or (this == _COLON and how & COLON):
            return 1
    if not before & LETTER:
        return 0
    if own & HYPHEN:
        size = 1
        while this == _MINUS and size < 3 and place + size < end and code[place + size] == _MINUS:
            size += 1
        is_word = how & HYPHENS or (how & DASHES and this != _MINUS) or size == 2
        return size if is_word and place + size < end and bits[place + size] & LETTER else 0
    if not after & LETTER:
        return -1 if how & ELISION and after & DIGIT and this in _APOSTROPHES else 0
    if this == _COMMA:
        return 1
    if this in _APOSTROPHES:
        return -1 if how & ELISION else 0
    if how & BRACKETS and (own & QUOTE or this in _BRACKETS):
        return 1
    return 0


@kernel
def part_run(text: NDArray[np.uint8], out: Any, size: int, how: int) -> None:
    """Append the words of a run of `size` characters (`out.at`, `out.code`, `out.bits`)."""
    code, bits = out.code, out.bits
    begin, end = 0, size
    while end - begin > 1 and bits[begin] & (OPENS | INSIDE):
        opening = 0
        if code[begin] == _DOT:
            dots = _dots(code, begin, end)
            opening = dots if dots > 1 else 0
        elif bits[begin] & OPENS and not (code[begin] == _PLUS and bits[begin + 1] & DIGIT):
            opening = 1
        if not opening:
            break
        _add_part(text, out, begin, begin + opening)
        begin += opening
    cuts = 0
    while end - begin > 1:
        closing = _closing(code, bits, begin, end, how)
        if not closing:
            break
        out.cuts[cuts] = end
        cuts += 1
        end -= closing
    if end > begin:
        marks = np.uint32(0)
        for place in range(begin, end):
            marks |= bits[place]
        if marks & (INSIDE | HYPHEN | QUOTE | ICON | OPENS) and not _is_address(code, bits, begin, end):
            first, place = begin, begin
            while place < end:
                parting = 0
                if bits[place] & (INSIDE | HYPHEN | QUOTE | ICON | OPENS | SENTENCE_END):
                    parting = _parting(code, bits, begin, place, end, how)
                if parting < 0:
                    _add_part(text, out, first, place + 1)
                    first = place + 1
                elif parting:
                    _add_part(text, out, first, place)
                    _add_part(text, out, place, place + parting)
                    place += parting
                    first = place
                    continue
                place += 1
            begin = first
        _add_part(text, out, begin, end)
    while cuts:
        cuts -= 1
        _add_part(text, out, end, out.cuts[cuts])
        end = out.cuts[cuts]
