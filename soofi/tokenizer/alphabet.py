"""Which characters get an entry of their own.

SentencePiece's own `required_chars` are not kept to: it takes characters, the required ones first, only until the share
`character_coverage` of the text is covered. Where text holds little else than required characters, the rare ones among
them are left out. So the alphabet is drawn here, and SentencePiece sees no other character.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator


def draw_alphabet(lines: Iterable[str], coverage: float, required: str) -> str:
    """The most frequent characters that make up the share `coverage` (0 to 1) of all lines, and the required ones.

    The most frequent comes first, then by code point; the space is always among them.
    """
    counts: Counter[str] = Counter()
    for line in lines:
        counts.update(line)
    needed = coverage * counts.total()
    alphabet = {" ", *required}
    covered = 0
    for character, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        if covered >= needed:
            break
        alphabet.add(character)
        covered += count
    return "".join(sorted(alphabet, key=lambda character: (-counts[character], character)))


def within_alphabet(lines: Iterable[str], alphabet: str) -> Iterator[str]:
    """The lines cut wherever they hold other characters, which are left out."""
    others = re.compile(f"[^{re.escape(alphabet)}]+")
    for line in lines:
        yield from filter(None, others.split(line))
