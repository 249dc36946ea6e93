"""One pass over a text's bytes: its words, lines, paragraphs and sentences as hashes and lengths, for all rules to share.

A *run* is what stands between white space; it is one word, or is parted into several (`words.py`). Lengths are in
characters (code points). Equal pieces have equal hashes; unequal ones differ but for one pair in 2^64 by chance.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from soofi.corpus.compiled import inlined, kernel
from soofi.corpus.quality.characters import COVERED, LETTER, LINE_END, SENTENCE_END, SPACE, SPLITS
from soofi.corpus.quality.words import add_word, mix, part_run

LINE = np.dtype(
    [
        (name, "i4")
        for name in (
            "runs",
            "longest_run",
            "sentences",
            "first",
            "ellipsis",
            "last",
            "dots",
            "found",
            "curly",
        )
    ]
)
"""A line as `str.splitlines` has it. `first`: its first visible character; `ellipsis`: whether it ends with one; `last`: its last but for citations such as
[12], after `dots` full stops on end; `found`: bits of the phrases in it (`phrases.py`); `curly`: whether it has a {."""

PLAIN_LINE = np.dtype(
    [("hash", "u8"), ("stripped_hash", "u8")]
    + [(name, "i8") for name in ("characters", "visible_characters", "stripped_characters", "last", "runs")]
)
"""What stands between line feeds, white space included; `last`: its last character; `visible_characters`: 0 if it is blank."""

PIECE = np.dtype([("hash", "u8"), ("characters", "i8")])
"""A paragraph or a sentence."""

(
    WORDS, LINES, PLAIN_LINES, PARAGRAPHS, SENTENCES, CHARACTERS, VISIBLE, LETTERS, RUNS, LINE_FEEDS, HASHES, ELLIPSES,
) = range(12)  # fmt: skip
"""Places in `Segments.totals`."""


class Segments(NamedTuple):
    """Room for the segments of one text, used again for the next."""

    word_hash: NDArray[np.uint64]
    word_end: NDArray[np.int64]
    """Characters of all words before this one: word i has `word_end[i + 1] - word_end[i]`."""
    word_kind: NDArray[np.uint8]
    lines: NDArray[Any]
    plain_lines: NDArray[Any]
    paragraphs: NDArray[Any]
    sentences: NDArray[Any]
    totals: NDArray[np.int64]
    at: NDArray[np.int64]
    """Of the run at hand: where each character begins, its code point, its bits (`characters.py`)."""
    code: NDArray[np.int32]
    bits: NDArray[np.uint32]
    cuts: NDArray[np.int64]
    state: NDArray[np.int64]


def room_for(longest: int) -> Segments:
    """Room for texts of up to `longest` bytes. What is not touched takes no memory."""
    size = longest + 2
    return Segments(
        word_hash=np.empty(size, np.uint64),
        word_end=np.zeros(size, np.int64),
        word_kind=np.empty(size, np.uint8),
        lines=np.empty(size, LINE),
        plain_lines=np.empty(size, PLAIN_LINE),
        paragraphs=np.empty(size, PIECE),
        sentences=np.empty(size, PIECE),
        totals=np.zeros(12, np.int64),
        at=np.empty(size, np.int64),
        code=np.empty(size, np.int32),
        bits=np.empty(size, np.uint32),
        cuts=np.empty(size, np.int64),
        state=np.zeros(3, np.int64),
    )


_ZERO = np.uint64(0)
_FEED, _RETURN, _HASH, _DOT, _CURLY, _ELLIPSIS = (ord(character) for character in "\n\r#.{…")
_ENDS = tuple(ord(character) for character in ".!?…;")
"""With which our own rule ends a sentence; ; is the question mark of Greek."""
_NO_BITS = np.uint32(0)


@inlined
def decode(text: NDArray[np.uint8], place: int) -> tuple[Any, int]:
    """Code point at a place of valid UTF-8, and its bytes."""
    first = np.int64(text[place])
    if first < 0x80:
        return first, 1
    second = np.int64(text[place + 1]) & 0x3F
    if first < 0xE0:
        return (first & 0x1F) << 6 | second, 2
    third = np.int64(text[place + 2]) & 0x3F
    if first < 0xF0:
        return (first & 0x0F) << 12 | second << 6 | third, 3
    return (first & 0x07) << 18 | second << 12 | third << 6 | (np.int64(text[place + 3]) & 0x3F), 4


@inlined
def _step(transitions: NDArray[np.int16], state: int, code: int) -> int:
    """The automaton's next state after the UTF-8 bytes of a character."""
    if code < 0x80:
        return transitions[state, code]
    if code < 0x800:
        return transitions[transitions[state, 0xC0 | code >> 6], 0x80 | code & 0x3F]
    if code < 0x10000:
        state = transitions[transitions[state, 0xE0 | code >> 12], 0x80 | code >> 6 & 0x3F]
        return transitions[state, 0x80 | code & 0x3F]
    return 0


@inlined
def _clear(line: Any) -> None:
    line.runs = 0
    line.longest_run = 0
    line.sentences = 0
    line.first = 0
    line.ellipsis = 0
    line.last = 0
    line.dots = 0
    line.found = 0
    line.curly = 0


@inlined
def _without_citations(code: NDArray[np.int32], size: int) -> int:
    """Characters of a run without citations such as [12] at its end."""
    while size and code[size - 1] == 0x5D:
        place = size - 2
        while place >= 0 and 0x30 <= code[place] <= 0x39:
            place -= 1
        if place < 0 or code[place] != 0x5B:
            break
        size = place
    return size


@inlined
def dots_at_end(code: NDArray[np.int32], size: int) -> int:
    """How many full stops the first `size` characters of a run end with."""
    dots = 0
    while dots < size and code[size - 1 - dots] == _DOT:
        dots += 1
    return dots


@kernel
def segment(
    text: NDArray[np.uint8],
    begin: int,
    end: int,
    classes: NDArray[np.uint32],
    lower: NDArray[np.int32],
    transitions: NDArray[np.int16],
    found: NDArray[np.uint8],
    how: int,
    out: Segments,
) -> None:
    """Fill `out` with the segments of the valid UTF-8 bytes `begin` to `end`.

    `how`: habits of the language (`words.py`); `transitions`, `found`: the phrases to look for in lines (`phrases.py`).
    """
    totals, code, bits, at, state = out.totals, out.code, out.bits, out.at, out.state
    totals[:] = 0
    state[:] = 0
    lines = plain_lines = paragraphs = sentences = 0
    line_characters = automaton = 0
    _clear(out.lines[0])
    # Plain line: hash and length with all white space, stripped, and stripped but for what follows the last run.
    plain, plain_characters, plain_runs = _ZERO, 0, 0
    stripped, stripped_characters, padded, padded_characters = _ZERO, 0, _ZERO, 0
    # Paragraph: as far as the last run; with the white space behind it; before the line feed at hand.
    started, line_feeds, paragraphs_at_run = False, 0, 0
    at_run, at_run_characters, so_far, so_far_characters = _ZERO, 0, _ZERO, 0
    before_feed, before_feed_characters = _ZERO, 0
    sentence, sentence_characters, sentence_ends, feeds_in_gap = _ZERO, 0, False, 0
    last = previous = 0
    place = begin
    while place < end:
        # White space
        while place < end:
            this, size = decode(text, place)
            own = classes[this] if this < COVERED else _NO_BITS
            if not own & SPACE:
                break
            totals[CHARACTERS] += 1
            line_characters += 1
            if this == _FEED:
                feeds_in_gap += 1
                totals[LINE_FEEDS] += 1
            if sentence_characters and (sentence_ends or feeds_in_gap == 2):
                out.sentences[sentences].hash = sentence
                out.sentences[sentences].characters = sentence_characters
                sentences += 1
                sentence, sentence_characters = _ZERO, 0
            if this == _FEED:
                # Empty plain lines do not count but at the very beginning and end.
                if plain_characters or place == begin:
                    row = out.plain_lines[plain_lines]
                    row.hash, row.characters, row.last, row.runs = (
                        plain,
                        plain_characters,
                        previous,
                        plain_runs,
                    )
                    row.visible_characters = plain_characters if plain_runs else 0
                    row.stripped_hash, row.stripped_characters = stripped, stripped_characters
                    plain_lines += 1
                plain, plain_characters, plain_runs = _ZERO, 0, 0
                stripped, stripped_characters, padded, padded_characters = _ZERO, 0, _ZERO, 0
                line_feeds += 1
                if line_feeds == 1:
                    before_feed, before_feed_characters = so_far, so_far_characters
                    so_far = mix(so_far, np.uint64(this))
                    so_far_characters += 1
                elif line_feeds == 2 and started:
                    out.paragraphs[paragraphs].hash = before_feed
                    out.paragraphs[paragraphs].characters = before_feed_characters
                    paragraphs += 1
                if line_feeds > 1:
                    so_far, so_far_characters = _ZERO, 0
            else:
                line_feeds = 0
                plain = mix(plain, np.uint64(this))
                plain_characters += 1
                padded = mix(padded, np.uint64(this))
                padded_characters += 1
                so_far = mix(so_far, np.uint64(this))
                so_far_characters += 1
            if own & LINE_END:
                if not (this == _FEED and previous == _RETURN):
                    out.lines[lines].sentences = state[2]
                    lines += 1
                _clear(out.lines[lines])
                line_characters = automaton = 0
                state[1] = state[2] = 0
            else:
                automaton = _step(transitions, automaton, this)
            previous = this
            place += size
        # A run
        run = 0
        any_bits, all_bits = np.uint32(0), np.uint32(0xFFFFFFFF)
        run_begin, letters, matched, dots = place, 0, 0, 0
        hashed = np.uint64(0xCBF29CE484222325)
        while place < end:
            this, size = decode(text, place)
            own = classes[this] if this < COVERED else _NO_BITS
            if own & SPACE:
                break
            at[run], code[run], bits[run] = place, this, own
            run += 1
            any_bits |= own
            all_bits &= own
            if own & LETTER:
                letters += 1
            automaton = _step(transitions, automaton, lower[this] if this < COVERED else this)
            matched |= found[automaton]
            place += size
        if not run:
            break
        at[run] = place
        for byte in range(run_begin, place):
            hashed = (hashed ^ np.uint64(text[byte])) * np.uint64(0x100000001B3)
        hashed = mix(hashed, np.uint64(0xCBF29CE484222325))
        last = previous = code[run - 1]
        totals[CHARACTERS] += run
        totals[VISIBLE] += run
        totals[LETTERS] += letters
        totals[RUNS] += 1
        line_characters += run
        line = out.lines[lines]
        line.runs += 1
        if line.runs == 1:
            line.first = code[0]
        line.longest_run = max(line.longest_run, run)
        line.found |= matched
        if any_bits & SPLITS:
            for place_in_run in range(run):
                if code[place_in_run] == _DOT:
                    dots += 1
                    if dots == 3:
                        totals[ELLIPSES] += 1
                        dots = 0
                else:
                    dots = 0
                    if code[place_in_run] == _ELLIPSIS:
                        totals[ELLIPSES] += 1
                    elif code[place_in_run] == _HASH:
                        totals[HASHES] += 1
                    elif code[place_in_run] == _CURLY:
                        line.curly = 1
            part_run(text, out, run, how)
            line.ellipsis = dots_at_end(code, run) > 2 or code[run - 1] == _ELLIPSIS
            tail = _without_citations(code, run)
            if tail:
                line.last = code[tail - 1]
                line.dots = dots_at_end(code, tail)
            if tail < run and (tail == 0 or bits[tail - 1] & SENTENCE_END):
                state[1] = 1
        else:
            add_word(out, hashed, run, any_bits, all_bits, 0)
            line.last, line.dots, line.ellipsis = last, 0, 0
        # What the run adds to its plain line, paragraph and sentence
        plain = mix(plain, hashed)
        plain_characters += run
        plain_runs += 1
        if plain_runs == 1:
            padded, padded_characters = _ZERO, 0
        padded = mix(padded, hashed)
        padded_characters += run
        stripped, stripped_characters = padded, padded_characters
        if not started:
            started, so_far, so_far_characters = True, _ZERO, 0
        so_far = mix(so_far, hashed)
        so_far_characters += run
        at_run, at_run_characters, paragraphs_at_run, line_feeds = so_far, so_far_characters, paragraphs, 0
        if sentence_characters:
            sentence_characters += 1  # the space between two runs
        sentence = mix(sentence, hashed)
        sentence_characters += run
        sentence_ends = last in _ENDS
        feeds_in_gap = 0
    if sentence_characters:
        out.sentences[sentences].hash = sentence
        out.sentences[sentences].characters = sentence_characters
        sentences += 1
    if plain_characters or (end > begin and previous == _FEED):
        row = out.plain_lines[plain_lines]
        row.hash, row.characters, row.last, row.runs = plain, plain_characters, previous, plain_runs
        row.visible_characters = plain_characters if plain_runs else 0
        row.stripped_hash, row.stripped_characters = stripped, stripped_characters
        plain_lines += 1
    if line_characters:
        out.lines[lines].sentences = state[2]
        lines += 1
    if end > begin:
        # White space behind the last run belongs to no paragraph.
        paragraphs = paragraphs_at_run
        out.paragraphs[paragraphs].hash = at_run
        out.paragraphs[paragraphs].characters = at_run_characters
        paragraphs += 1
    totals[WORDS], totals[LINES], totals[PLAIN_LINES] = state[0], lines, plain_lines
    totals[PARAGRAPHS], totals[SENTENCES] = paragraphs, sentences
