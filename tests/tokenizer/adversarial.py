"""Strings that tell two tokenizers apart: random ones by kind, the same for the same seed."""

import random
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

SPACE_MARK = "\u2581"
PLANES = [(0x0, 0xFFFF)] * 6 + [(0x10000, 0x1FFFF)] * 4 + [(0x20000, 0x3FFFF)] * 2 + [(0x40000, 0x10FFFF)]
"""Every plane of Unicode, those with characters in them more often."""
SCRIPTS = {
    "latin": (0x41, 0x24F), "greek": (0x370, 0x3FF), "cyrillic": (0x400, 0x4FF), "armenian": (0x531, 0x58A),
    "hebrew": (0x5D0, 0x5EA), "arabic": (0x621, 0x64A), "devanagari": (0x904, 0x939), "thai": (0xE01, 0xE3A),
    "georgian": (0x10A0, 0x10FF), "hangul": (0xAC00, 0xD7A3), "kana": (0x3041, 0x30FA), "han": (0x4E00, 0x9FFF),
    "jamo": (0x1100, 0x11FF), "gothic": (0x10330, 0x1034A), "mathematical": (0x1D400, 0x1D7FF),
}  # fmt: skip
WHITE = ["\n", "\n\n", "\t", "\r\n", "\r", "\v", "\f", "\x1c", "\x85", "\xa0", "\u1680", "\u2002", "\u200a", "\u2028",
         "\u2029", "\u202f", "\u205f", "\u3000"]  # fmt: skip
DIGITS = "0123456789" + "٠١٢٣٤٥٦٧٨٩" + "०१२३४५६७८९" + "０１２３" + "²³¹½¾①Ⅷ" + "𝟘𝟙𝟚"
PEOPLE = ["\U0001f468", "\U0001f469", "\U0001f467", "\U0001f9d1", "\U0001f44b", "\U0001f926"]
PICTURES = ["❤", "☺", "✈", "\U0001f4bb", "\U0001f52c", "\U0001f308", "\U0001f3f3", "\U0001f600"]
TONES = [chr(code) for code in range(0x1F3FB, 0x1F400)]
BIDI = ["\u061c", "\u200e", "\u200f", *map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))]
MARKS = [chr(code) for code in (*range(0x300, 0x345), 0x323, 0x328, 0x20DD, 0xFE20)]
ODD = [*map(chr, range(32)), *map(chr, range(0x7F, 0xA0)), "\xad", "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff",
       "\ufffd", "\ufffe", "\uffff", "\ufdd0", "\ufe0e", "\ufe0f", "\U000e0001", "\U000e0041", "\U000f0000", "\U0010ffff",
       "\ue000", "\uf8ff"]  # fmt: skip
CODE = ["def ", "return", "if (", ") {", "}", "    ", "\t\t", "\n", "\r\n", "== ", "!=", "->", "::", "/*", "*/", "//", "#", "_x",
        "0xFF", "1e-9", "'", '"', "`", "\\n", "\\u2581", "${", "<!--", "-->", "&lt;", "λ", "ß", "www.", ".eu/", "@", "%20"]  # fmt: skip


@dataclass(frozen=True)
class Material:
    """What a vocabulary and its texts lend. `special`: spellings of all control entries; `entries`: text of others."""

    special: Sequence[str]
    entries: Sequence[str]
    texts: Sequence[str]


def strings(seed: int, count: int, material: Material) -> Iterator[tuple[str, str]]:
    """`count` pairs (kind, string), the kinds in turn; none holds a lone surrogate."""
    kinds = list(KINDS.items())
    generators = [random.Random(f"{seed}:{name}") for name, _ in kinds]
    for index in range(count):
        name, make = kinds[index % len(kinds)]
        yield name, make(generators[index % len(kinds)], material)


def _characters(generator: random.Random, ranges: Sequence[tuple[int, int]], count: int) -> str:
    codes = (generator.randint(*generator.choice(ranges)) for _ in range(count))
    return "".join(chr(code) for code in codes if not 0xD800 <= code < 0xE000)


def _joined(generator: random.Random, parts: Sequence[str], longest: int) -> str:
    return "".join(generator.choices(parts, k=generator.randint(1, longest)))


def _words(generator: random.Random, script: str, count: int) -> str:
    words = (_characters(generator, [SCRIPTS[script]], generator.randint(1, 9)) for _ in range(count))
    return " ".join(words)


def _cut(generator: random.Random, texts: Sequence[str], longest: int) -> str:
    """A piece of a text that begins and ends anywhere, in the middle of words and of character sequences too."""
    text = generator.choice(texts)
    start = generator.randrange(len(text))
    return text[start : start + generator.randint(1, longest)]


def any_character(generator: random.Random, material: Material) -> str:
    return _characters(generator, PLANES, generator.randint(1, 30))


def white_space(generator: random.Random, material: Material) -> str:
    runs = [
        " " * generator.randint(1, 20),
        generator.choice(WHITE) * generator.randint(1, 9),
        "x",
        "Wort",
        ".",
    ]
    return _joined(generator, runs + WHITE, 12)


def digits(generator: random.Random, material: Material) -> str:
    marks = [*".,:;-/ ", " ", "'", "%", "€", "e", "٫", "\u202f"]
    return _joined(generator, [*DIGITS, *DIGITS[:10] * 3, *marks], 40)


def emoji(generator: random.Random, material: Material) -> str:
    person = generator.choice(PEOPLE) + generator.choice(["", *TONES])
    flag = _characters(generator, [(0x1F1E6, 0x1F1FF)], 2)
    keycap = generator.choice("0123456789#*") + "\ufe0f\u20e3"
    tagged = "\U0001f3f4" + "".join(chr(0xE0000 + ord(c)) for c in "gbsct") + "\U000e007f"
    picture = generator.choice(PICTURES) + generator.choice(["", "\ufe0e", "\ufe0f"])
    family = "\u200d".join(generator.choices([person, picture, *PEOPLE], k=generator.randint(2, 4)))
    return _joined(generator, [person, flag, keycap, tagged, picture, family, " ", "ok", "\u200d"], 8)


def mixed_scripts(generator: random.Random, material: Material) -> str:
    scripts = list(SCRIPTS)
    parts = [_words(generator, generator.choice(scripts), generator.randint(1, 3)) for _ in range(4)]
    return generator.choice(["", " ", "-", "/"]).join(parts)


def bidirectional(generator: random.Random, material: Material) -> str:
    words = [_words(generator, script, 1) for script in ("hebrew", "arabic", "latin", "greek")]
    return _joined(generator, [*BIDI, *words, " ", "12", "(", ")"], 16)


def normal_forms(generator: random.Random, material: Material) -> str:
    stacked = [generator.choice("aeiouAEIOUnsczİıßΩ") + _joined(generator, MARKS, 3) for _ in range(4)]
    ligatures = ["ﬁ", "ﬀ", "ǅ", "Å", "Å", "Ω", "가", "가", "½", "㎏", "ſ", "ς", "ŉ"]
    text = _cut(generator, material.texts, 60) + _joined(generator, [*stacked, *ligatures, " "], 8)
    return (
        unicodedata.normalize(generator.choice(["NFC", "NFD", "NFKC", "NFKD"]), text)
        if generator.random() < 0.8
        else text
    )


def spelled_entries(generator: random.Random, material: Material) -> str:
    """Text that spells what a vocabulary means otherwise: control entries, byte entries, the mark for a space."""
    byte = f"<0x{generator.randrange(256):02X}>"
    token = generator.choice(material.special)
    near = [
        token[:-1],
        token[1:],
        token.upper(),
        token[:1] * 2 + token[1:],
        token + token[1:],
        f" {token} ",
        f"\n{token}\n",
    ]
    marks = [
        SPACE_MARK,
        SPACE_MARK * generator.randint(2, 9),
        " " + SPACE_MARK,
        SPACE_MARK + "a",
        SPACE_MARK + "der ",
    ]
    others = [
        "<s>",
        "</s>",
        "[INST]",
        "<|im_end|>",
        "<|endoftext|>",
        "<unk>",
        "<0x",
        "0x0A>",
        "<0xab>",
        "<0x4a>",
    ]
    return _joined(
        generator, [token, token, *near, byte, byte.lower(), *marks, *others, "a", " ", "Haus", "1"], 8
    )


def long_words(generator: random.Random, material: Material) -> str:
    """Mostly a few hundred letters without a break; one in fifty has thousands."""
    length = generator.randint(1000, 6000) if generator.random() < 0.02 else generator.randint(50, 400)
    syllable = _joined(generator, ["a", "an", "na", "e", "ss", "ő", "λ", "ж", "-", "=", "字", "\u0301"], 4)
    return (syllable * length)[:length] + generator.choice(["", " ", "\n", "end"])


def real_text(generator: random.Random, material: Material) -> str:
    return _cut(generator, material.texts, 200)


def code(generator: random.Random, material: Material) -> str:
    return _joined(generator, CODE, 30)


def entries_end_to_end(generator: random.Random, material: Material) -> str:
    """Entries of the vocabulary one after the other: they overlap with what their neighbours could merge to."""
    return _joined(generator, material.entries, 12)


def few_letters(generator: random.Random, material: Material) -> str:
    """Entries overlap in many ways, so an order of merges that differs shows."""
    letters = generator.sample("aeinrstlodu -.=\n ", 4)
    return _joined(generator, letters, 80)


def odd_characters(generator: random.Random, material: Material) -> str:
    return _joined(generator, [*ODD, "a", " ", "é", "<eod>"], 16)


KINDS: dict[str, Callable[[random.Random, Material], str]] = {
    make.__name__: make
    for make in (
        any_character, white_space, digits, emoji, mixed_scripts, bidirectional, normal_forms, spelled_entries, long_words,
        real_text, code, entries_end_to_end, few_letters, odd_characters,
    )
}  # fmt: skip
