"""Looking through a vocabulary's pieces: which no text can yield, which a text never did, which look like debris, which are longest.

Pieces that training never sees keep the embedding they were born with, and a model that meets one writes nonsense (Land and
Bartolo 2024, arXiv 2405.05417). That paper judges them by a model's weights; before there is a model, three signs remain: no
text yields the piece, the measured text never did, or it looks like debris of the text that the vocabulary was learned from.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from soofi.tokenizer.foreign import OpenedTokenizer

EXAMPLES = 40
"""Pieces of each kind that are named."""

_MARKUP = re.compile(
    r"https?|www\.|://|</|/>|<\w|&\w+;|\w=\"|\.(?:com|org|html?|php|jpe?g|png)\b|\{\{|\}\}|\\[nrtu]\b|xmlns|href",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"<\|[^<>|\s]+\|>|<(?:[a-z]{2,}\d+|[a-z]+(?:_[a-z0-9]+)+|unk|pad|mask|bos|eos|s)>|\[[A-Z]{2,}[A-Z0-9_]*\]"
)
JUNK = ("placeholder", "markup", "mixed_scripts", "repeated", "mojibake", "control")
"""Signs that give a piece away as debris: `junk_pieces` says what each means."""

_REPEATED = re.compile(r"(.)\1{4,}")
_ANCHOR = "\n"
"""What is put before a piece that does not stand for itself at the beginning of a text."""

_TOGETHER = {"CJK", "HIRAGANA", "KATAKANA", "HALFWIDTH", "FULLWIDTH", "HANGUL"}
"""Beginnings of letters' names that words of one language share: one script for us."""


def audit(tokenizer: OpenedTokenizer, used: Mapping[str, Counter[int]]) -> dict[str, Any]:
    """Counts of pieces by kind, with examples.

    `used`: language → id → how often its text yielded it. Kinds: `special` (no text), `single_bytes`, `partial` (bytes that are
    not whole characters), `whole`, `shadowed` (those of them that spell the same as another, which text yields). `unreachable`: whole
    pieces that encoding their own text does not yield; `unused`: whole pieces without use in `used`, None if there is none; `junk`: whole pieces by the sign that gives them away; `longest`: by script.
    """
    whole = whole_pieces(tokenizer.pieces)
    partial = [id for id, piece in enumerate(tokenizer.pieces) if piece and id not in whole]
    single = [id for id in partial if len(tokenizer.pieces[id]) == 1]
    counted: Counter[int] = Counter()
    for counts in used.values():
        counted.update(counts)
    unreachable, shadowed = unreachable_pieces(tokenizer, whole)
    unused = [id for id in set(whole).difference(shadowed) if not counted[id]] if counted else None
    scripts = {id: script_of(text) for id, text in whole.items()}
    return {
        "vocabulary_size": tokenizer.vocabulary_size,
        "special": sum(not piece for piece in tokenizer.pieces),
        "single_bytes": len(single),
        "partial": len(partial) - len(single),
        "whole": len(whole),
        "scripts": dict(Counter(scripts.values()).most_common()),
        "shadowed": len(shadowed),
        "unreachable": _named(unreachable, whole),
        "unused": None if unused is None else _named(_words_first(unused, whole), whole),
        "junk": {sign: _named(ids, whole) for sign, ids in junk_pieces(whole, scripts).items()},
        "longest": _longest(whole, scripts),
        "longest_used": {
            language: [whole[id] for id in _by_length([id for id in counts if id in whole], whole)[:5]]
            for language, counts in used.items()
        },
    }


def whole_pieces(pieces: Sequence[bytes]) -> dict[int, str]:
    """Pieces whose bytes are whole characters, as text."""
    whole = {}
    for id, piece in enumerate(pieces):
        try:
            text = piece.decode()
        except UnicodeDecodeError:
            continue
        if text:
            whole[id] = text
    return whole


def unreachable_pieces(tokenizer: OpenedTokenizer, whole: Mapping[int, str]) -> tuple[list[int], list[int]]:
    """Ids whose own text is encoded as something else, alone and behind a line break; and those that stand in the shadow of
    another id that spells the same, such as the byte entry of a letter that has an entry of its own.
    """
    ids = list(whole)
    alone = tokenizer.encode_batch([whole[id] for id in ids])
    shadowed = [
        id
        for id, got in zip(ids, alone, strict=True)
        if len(got) == 1 and whole.get(got[0]) == whole[id] and got != [id]
    ]
    left = [
        id
        for id, got in zip(ids, alone, strict=True)
        if not (len(got) == 1 and whole.get(got[0]) == whole[id])
    ]
    # A tokenizer that puts a space before a text, or ties a piece to what stands before it, yields it there only.
    for texts in (lambda text: _ANCHOR + text, lambda text: text.removeprefix(" ")):
        encoded = tokenizer.encode_batch([texts(whole[id]) for id in left])
        left = [id for id, got in zip(left, encoded, strict=True) if got[-1:] != [id]]
    return left, shadowed


def junk_pieces(whole: Mapping[int, str], scripts: Mapping[int, str]) -> dict[str, list[int]]:
    """Pieces by what gives them away: `placeholder` (looks like a special entry, but texts yield it), `markup` (addresses, tags,
    escapes), `mixed_scripts`, `repeated` (a sign five times and more, not a space or a line break), `mojibake` (read in a wrong
    encoding), `control` (characters that no text shows; those of one byte are entries for bytes).
    """
    from ftfy.badness import is_bad

    junk: dict[str, list[int]] = {sign: [] for sign in JUNK}
    for id, text in whole.items():
        if _PLACEHOLDER.fullmatch(text):
            junk["placeholder"].append(id)
        elif _MARKUP.search(text):
            junk["markup"].append(id)
        if scripts[id] == "mixed":
            junk["mixed_scripts"].append(id)
        if (found := _REPEATED.search(text)) and not found[1].isspace():
            junk["repeated"].append(id)
        if not text.isascii() and is_bad(text):
            junk["mojibake"].append(id)
        if len(text.encode()) > 1 and any(_unseen(character) for character in text):
            junk["control"].append(id)
    return junk


def script_of(text: str) -> str:
    """The script of a text's letters (`latin`, `greek` …), `mixed` if there are several, `none` without letters."""
    scripts = {_script(character) for character in text if character.isalpha()} - {""}
    if not scripts:
        return "none"
    return scripts.pop() if len(scripts) == 1 else "mixed"


_SCRIPTS: dict[str, str] = {}


def _script(character: str) -> str:
    if character not in _SCRIPTS:
        _SCRIPTS[character] = _named_script(unicodedata.name(character, ""))
    return _SCRIPTS[character]


def _named_script(name: str) -> str:
    """What a letter's name begins with, such as LATIN SMALL LETTER A; signs such as µ and ª belong to no script."""
    words = re.split("[ -]", name)
    if words[0] in _TOGETHER:
        return "cjk"
    kinds = [words.index(kind) for kind in ("LETTER", "SYLLABLE", "LIGATURE") if kind in words]
    script = [word for word in words[: min(kinds, default=0)] if word not in ("SMALL", "CAPITAL")]
    return "" if script in ([], ["MODIFIER"]) else " ".join(script).lower()


def _unseen(character: str) -> bool:
    return (
        character not in "\t\n\r\v\f" and unicodedata.category(character) in ("Cc", "Co", "Cn")
    ) or character == "\ufffd"


def _longest(whole: Mapping[int, str], scripts: Mapping[int, str]) -> dict[str, list[str]]:
    by_script: dict[str, list[int]] = {}
    for id, script in scripts.items():
        by_script.setdefault(script, []).append(id)
    ranked = sorted(by_script.items(), key=lambda item: -len(item[1]))
    return {script: [whole[id] for id in _by_length(ids, whole)[:10]] for script, ids in ranked[:12]}


def _by_length(ids: Iterable[int], whole: Mapping[int, str]) -> list[int]:
    return sorted(ids, key=lambda id: (-len(whole[id]), id))


def _words_first(ids: Iterable[int], whole: Mapping[int, str]) -> list[int]:
    return sorted(ids, key=lambda id: (not any(map(str.isalpha, whole[id])), -len(whole[id]), id))


def _named(ids: Sequence[int], whole: Mapping[int, str]) -> dict[str, Any]:
    return {"pieces": len(ids), "examples": [whole[id] for id in ids[:EXAMPLES]]}
