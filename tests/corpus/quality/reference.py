"""The figures of quality rules in plain Python, as their definitions read: what the compiled code is held against."""

import re
from collections import Counter
from collections.abc import Sequence

from soofi.corpus.quality.characters import COVERED, PUNCTUATION, SYMBOL, classes
from soofi.recipe import Quality

SENTENCE_ENDS = set(".!?‼‽⁇⁈⁉։؟۔।॥。．！？｡")


def figures(text: str, words: Sequence[str], limits: Quality) -> dict[str, float]:
    """All figures of a text whose words are these."""
    return {
        **_own(text),
        **_repetition(text, words),
        **_words(text, words, limits),
        **_lines(text, words, limits),
    }


def _own(text: str) -> dict[str, float]:
    runs = text.split()
    visible = sum(map(len, runs))
    sentences = [" ".join(piece.split()) for piece in re.split(r"(?<=[.!?…;])\s+|\n\s*\n", text)]
    return {
        "characters": len(text),
        "letter_share": _share(sum(map(str.isalpha, text)), visible),
        "mean_word_characters": _share(visible, len(runs)),
        "repeated_line_share": _repeated([line.strip() for line in text.split("\n")])[2],
        "repeated_sentence_share": _repeated(sentences)[2],
    }


def _repetition(text: str, words: Sequence[str]) -> dict[str, float]:
    paragraphs = re.split(r"\n{2,}", text.strip()) if text else []
    lines = re.split(r"\n+", text) if text else []
    found = {
        "duplicate_paragraph_share": _share(_repeated(paragraphs)[0], len(paragraphs)),
        "duplicate_paragraph_character_share": _share(_repeated(paragraphs)[1], len(text)),
        "duplicate_line_share": _share(_repeated(lines)[0], len(lines)),
        "duplicate_line_character_share": _share(_repeated(lines)[1], len(text)),
    }
    for n in (2, 3, 4):
        grams = Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))
        gram, count = grams.most_common(1)[0] if grams else ((), 0)
        found[f"top_{n}_gram_share"] = _share(len(" ".join(gram)) * count, len(text))
    for n in range(5, 11):
        seen, repeated, place = set(), 0, 0
        while place + n <= len(words):
            gram = tuple(words[place : place + n])
            if gram in seen:
                repeated += sum(map(len, gram))
            place += n if gram in seen else 1
            seen.add(gram)
        found[f"duplicate_{n}_gram_share"] = _share(repeated, len(text))
    return found


def _words(text: str, words: Sequence[str], limits: Quality) -> dict[str, float]:
    real = [word for word in words if not all(_bits(c) & SYMBOL for c in word)]
    return {
        "words": len(real),
        "mean_word_length": _share(sum(map(len, real)), len(real)),
        "hash_share": _share(text.count("#"), len(words)),
        "ellipsis_share": _share(text.count("...") + text.count("…"), len(words)),
        "alphabetic_word_share": _share(sum(any(map(str.isalpha, word)) for word in words), len(words)),
        "stop_words": len(set(limits.stop_words) & set(words)),
        "line_breaks_per_word": _share(text.count("\n"), len(words)),
    }


def _lines(text: str, words: Sequence[str], limits: Quality) -> dict[str, float]:
    lines = text.splitlines()
    plain = [line for line in text.split("\n") if line.strip()]
    refused = curly = sentences = place = 0
    for line in lines:
        of_line: list[list[str]] = []
        for run in line.split():
            size, of_run = len(run), list[str]()
            while size:
                of_run.append(words[place])
                size, place = size - len(words[place]), place + 1
            of_line.append(of_run)
        runs, lower = line.split(), line.strip().lower()
        cited = re.sub(r"(\[\d*\])+$", "", line.strip())
        if (
            len(runs) < limits.c4.minimum_line_words
            or max(map(len, runs), default=0) > limits.c4.maximum_word_characters
        ):
            continue
        if limits.c4.line_ends and (not cited.endswith(tuple(limits.c4.line_ends)) or cited.endswith("...")):
            continue
        refused += any(phrase in lower for phrase in limits.c4.refused)
        if any(phrase in lower for phrase in limits.c4.ignored + limits.c4.ignored_also):
            continue
        curly += "{" in line
        sentences += sentence_count(of_line)
    return {
        "bullet_line_share": _share(sum(line.lstrip().startswith(("•", "-")) for line in lines), len(lines)),
        "ellipsis_line_share": _share(
            sum(line.rstrip().endswith(("...", "…")) for line in lines), len(lines)
        ),
        "refused_phrase_lines": refused,
        "curly_bracket_lines": curly,
        "sentences": sentences,
        "punctuated_line_share": _share(
            sum(line.endswith(tuple(limits.fineweb.line_ends)) for line in plain), len(plain)
        ),
        "short_line_share": _share(
            sum(len(line) <= limits.fineweb.short_line_characters for line in plain), len(plain)
        ),
        "visible_line_duplicate_share": _share(_repeated(plain)[1], len(text.replace("\n", ""))),
    }


def sentence_count(runs: Sequence[Sequence[str]]) -> int:
    """A sentence ends at a mark that is a word; the next begins at a word that is no punctuation.

    A citation such as [12] behind the mark hides it from the splitting of words, not here.
    """
    count, ended = 1, False
    for run in runs:
        for word in run:
            if word in SENTENCE_ENDS:
                ended = True
            elif ended and not all(_bits(c) & PUNCTUATION for c in word):
                count, ended = count + 1, False
        rest = re.sub(r"(\[\d*\])+$", "", "".join(run))
        ended |= rest != "".join(run) and (not rest or rest[-1] in SENTENCE_ENDS)
    return count


def _bits(character: str) -> int:
    return int(classes()[ord(character)]) if ord(character) < COVERED else 0


def _repeated(pieces: Sequence[str]) -> tuple[int, int, float]:
    """How many occurred before, their characters, and the share of all characters."""
    seen: set[str] = set()
    count = characters = 0
    for piece in pieces:
        if piece in seen:
            count, characters = count + 1, characters + len(piece)
        seen.add(piece)
    return count, characters, _share(characters, sum(map(len, pieces)))


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
