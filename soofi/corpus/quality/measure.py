"""The figures of a text that quality rules look at, for all texts of a batch in one language."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from soofi.corpus.compiled import inlined, kernel
from soofi.corpus.quality import segments as seg
from soofi.corpus.quality.figures import FIGURES
from soofi.corpus.quality.repetition import Tables, duplicates, n_gram_characters, tables_for
from soofi.corpus.quality.segments import Segments, room_for, segment
from soofi.corpus.quality.words import ALL_SYMBOLS, HAS_LETTER

IGNORED, REFUSED = 1, 2
"""Bits of the phrases found in a line (`phrases.py`): C4 passes over the line, or refuses the page."""


LONGEST = 1 << 25
"""Bytes of a text that are looked at: room for its segments grows with it."""


class Terms(NamedTuple):
    """What a language and the recipe say about words and lines."""

    classes: NDArray[np.uint32]
    lower: NDArray[np.int32]
    transitions: NDArray[np.int16]
    found: NDArray[np.uint8]
    habits: int
    stop_words: NDArray[np.uint64]
    """Open hash table of their hashes, a power of two long and at most half full; 0 where a slot is empty."""
    c4_line_ends: NDArray[np.int32]
    """Code points with which a sentence's line ends; none where C4 is to take every line."""
    c4_words: int
    c4_word_characters: int
    line_ends: NDArray[np.int32]
    short_line: int


(
    _CHARACTERS, _LETTERS, _MEAN_WORD, _REPEATED_LINES, _REPEATED_SENTENCES,
    _DUPLICATE_PARAGRAPHS, _DUPLICATE_PARAGRAPH_CHARACTERS, _DUPLICATE_LINES, _DUPLICATE_LINE_CHARACTERS,
    _TOP_2, _, _, _DUPLICATE_5, _, _, _, _, _,
    _WORDS, _MEAN_LENGTH, _HASHES, _ELLIPSES, _BULLETS, _ELLIPSIS_LINES, _ALPHABETIC, _STOP_WORDS,
    _REFUSED, _CURLY, _SENTENCES, _PUNCTUATED, _SHORT, _FINEWEB_REPEATED, _BREAKS,
) = range(len(FIGURES))  # fmt: skip


@inlined
def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


@inlined
def _is_one_of(code: int, codes: NDArray[np.int32]) -> bool:
    for other in codes:  # noqa: SIM110  numba compiles no generator expression
        if code == other:
            return True
    return False


@kernel
def _of_repetition(
    room: Segments, tables: Tables, grams: NDArray[np.int64], out: NDArray[np.float64]
) -> None:
    totals = room.totals
    characters = totals[seg.CHARACTERS]
    plain = room.plain_lines[: totals[seg.PLAIN_LINES]]
    count, repeated = duplicates(plain["stripped_hash"], plain["stripped_characters"], len(plain), tables)
    whole = 0
    for row in range(len(plain)):
        whole += plain[row].stripped_characters
    out[_REPEATED_LINES] = _share(repeated, whole)
    sentences = room.sentences[: totals[seg.SENTENCES]]
    count, repeated = duplicates(sentences["hash"], sentences["characters"], len(sentences), tables)
    whole = 0
    for row in range(len(sentences)):
        whole += sentences[row].characters
    out[_REPEATED_SENTENCES] = _share(repeated, whole)
    paragraphs = room.paragraphs[: totals[seg.PARAGRAPHS]]
    count, repeated = duplicates(paragraphs["hash"], paragraphs["characters"], len(paragraphs), tables)
    out[_DUPLICATE_PARAGRAPHS] = _share(count, len(paragraphs))
    out[_DUPLICATE_PARAGRAPH_CHARACTERS] = _share(repeated, characters)
    count, repeated = duplicates(plain["hash"], plain["characters"], len(plain), tables)
    out[_DUPLICATE_LINES] = _share(count, len(plain))
    out[_DUPLICATE_LINE_CHARACTERS] = _share(repeated, characters)
    # FineWeb leaves out lines without anything visible.
    count, repeated = duplicates(plain["hash"], plain["visible_characters"], len(plain), tables)
    out[_FINEWEB_REPEATED] = _share(repeated, characters - totals[seg.LINE_FEEDS])
    n_gram_characters(room.word_hash, room.word_end, totals[seg.WORDS], tables, grams)
    for n in range(2, 5):
        out[_TOP_2 + n - 2] = _share(grams[n], characters)
    for n in range(5, 11):
        out[_DUPLICATE_5 + n - 5] = _share(grams[n], characters)


@kernel
def _of_words(
    room: Segments, stop_words: NDArray[np.uint64], seen: NDArray[np.bool_], out: NDArray[np.float64]
) -> None:
    words = room.totals[seg.WORDS]
    counted, length, alphabetic, stops = 0, 0, 0, 0
    last = len(stop_words) - 1
    seen[:] = False
    for word in range(words):
        kind = room.word_kind[word]
        if kind & HAS_LETTER:
            alphabetic += 1
        if kind & ALL_SYMBOLS:
            continue
        counted += 1
        length += room.word_end[word + 1] - room.word_end[word]
        slot = np.int64(room.word_hash[word]) & last
        while stop_words[slot]:
            if stop_words[slot] == room.word_hash[word]:
                if not seen[slot]:
                    seen[slot] = True
                    stops += 1
                break
            slot = (slot + 1) & last
    out[_WORDS] = counted
    out[_MEAN_LENGTH] = _share(length, counted)
    out[_HASHES] = _share(room.totals[seg.HASHES], words)
    out[_ELLIPSES] = _share(room.totals[seg.ELLIPSES], words)
    out[_ALPHABETIC] = _share(alphabetic, words)
    out[_STOP_WORDS] = stops
    out[_BREAKS] = _share(room.totals[seg.LINE_FEEDS], words)


@kernel
def _of_lines(room: Segments, terms: Terms, out: NDArray[np.float64]) -> None:
    lines = room.totals[seg.LINES]
    bullets, ellipses, refused, curly, sentences = 0, 0, 0, 0, 0
    for row in range(lines):
        line = room.lines[row]
        if line.first == 0x2022 or line.first == 0x2D:  # • -
            bullets += 1
        if line.ellipsis:
            ellipses += 1
        if line.runs < terms.c4_words or line.longest_run > terms.c4_word_characters:
            continue
        if len(terms.c4_line_ends) and (line.dots > 2 or not _is_one_of(line.last, terms.c4_line_ends)):
            continue
        if line.found & REFUSED:
            refused += 1
        if line.found & IGNORED:
            continue
        curly += line.curly
        sentences += line.sentences
    out[_BULLETS] = _share(bullets, lines)
    out[_ELLIPSIS_LINES] = _share(ellipses, lines)
    out[_REFUSED], out[_CURLY], out[_SENTENCES] = refused, curly, sentences
    visible, punctuated, short = 0, 0, 0
    for row in range(room.totals[seg.PLAIN_LINES]):
        plain = room.plain_lines[row]
        if plain.runs:
            visible += 1
            punctuated += _is_one_of(plain.last, terms.line_ends)
            short += plain.characters <= terms.short_line
    out[_PUNCTUATED] = _share(punctuated, visible)
    out[_SHORT] = _share(short, visible)


@kernel
def _measure(
    text: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    rows: NDArray[np.int64],
    terms: Terms,
    room: Segments,
    tables: Tables,
    out: NDArray[np.float64],
) -> None:
    grams = np.zeros(11, np.int64)
    seen = np.zeros(len(terms.stop_words), np.bool_)
    for row in rows:
        begin, end = offsets[row], min(offsets[row + 1], offsets[row] + LONGEST)
        while begin < end < offsets[row + 1] and text[end] & 0xC0 == 0x80:
            end -= 1
        segment(
            text, begin, end, terms.classes, terms.lower, terms.transitions, terms.found, terms.habits, room
        )
        totals, figures = room.totals, out[row]
        figures[_CHARACTERS] = totals[seg.CHARACTERS]
        figures[_LETTERS] = _share(totals[seg.LETTERS], totals[seg.VISIBLE])
        figures[_MEAN_WORD] = _share(totals[seg.VISIBLE], totals[seg.RUNS])
        _of_repetition(room, tables, grams, figures)
        _of_words(room, terms.stop_words, seen, figures)
        _of_lines(room, terms, figures)


def measure(
    text: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    rows: NDArray[np.int64],
    terms: Terms,
    out: NDArray[np.float64],
) -> None:
    """Fill the rows of `out` (documents × `FIGURES`) for texts in one language.

    Text i is the valid UTF-8 bytes `offsets[i]` to `offsets[i + 1]`; of one longer than `LONGEST` bytes the beginning
    is looked at.
    """
    if len(rows):
        longest = int(min(LONGEST, (offsets[rows + 1] - offsets[rows]).max()))
        _measure(text, offsets, rows, terms, room_for(longest), tables_for(longest), out)


def words_of(text: str, terms: Terms) -> list[str]:
    """The words of a text as the rules count them."""
    data = np.frombuffer(text.encode() + b"\0", np.uint8)
    room = room_for(len(data))
    segment(
        data, 0, len(data) - 1, terms.classes, terms.lower, terms.transitions, terms.found, terms.habits, room
    )
    visible = "".join(text.split())
    ends = room.word_end[: room.totals[seg.WORDS] + 1]
    return [visible[begin:end] for begin, end in pairwise(ends)]
