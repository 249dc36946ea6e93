"""Which characters get an entry of their own.

SentencePiece's own `required_chars` are not kept to: it takes characters, the required ones first, only until the share
`character_coverage` of the text is covered. Where text holds little else than required characters, the rare ones among
them are left out. So the alphabet is drawn here, and SentencePiece sees no other character.
"""

from collections.abc import Mapping


def draw_alphabet(counts: Mapping[str, float], coverage: float, required: str) -> str:
    """The most frequent characters that make up the share `coverage` (0 to 1) of all, and the required ones.

    `counts`: character → how often it occurs. The most frequent comes first, then by code point; the space is always among
    them.
    """
    needed = coverage * sum(counts.values())
    alphabet = {" ", *required}
    covered = 0.0
    for character, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        if covered >= needed:
            break
        alphabet.add(character)
        covered += count
    return "".join(sorted(alphabet, key=lambda character: (-counts.get(character, 0), character)))
