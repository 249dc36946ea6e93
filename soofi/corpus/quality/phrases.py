"""Phrases that are looked for in lines, in small letters: an automaton that reads each byte once (Aho & Corasick, 1975)."""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MAXIMUM_BYTES = 16_000
"""Of all phrases of a language together: a state is a 16-bit number."""


class Automaton(NamedTuple):
    """`transitions[state, byte]` is the next state, 0 the first; `found[state]` has the bits of all phrases that end there."""

    transitions: NDArray[np.int16]
    found: NDArray[np.uint8]


def automaton(phrases: Mapping[int, Sequence[str]]) -> Automaton:
    """The automaton for lists of phrases, each list with the bit that it sets. Raises ValueError for an empty phrase."""
    children: list[dict[int, int]] = [{}]
    bits = [0]
    for bit, listed in phrases.items():
        for phrase in listed:
            if not phrase.strip():
                raise ValueError("a phrase to look for is empty: take it out of the recipe")
            state = 0
            for byte in phrase.lower().encode():
                if byte not in children[state]:
                    children[state][byte] = len(children)
                    children.append({})
                    bits.append(0)
                state = children[state][byte]
            bits[state] |= bit
    if len(children) > MAXIMUM_BYTES:
        raise ValueError(f"the phrases of a language have more than {MAXIMUM_BYTES} bytes: list fewer")
    transitions = np.zeros((len(children), 256), dtype=np.int16)
    fallback = [0] * len(children)
    waiting = deque([0])
    while waiting:
        state = waiting.popleft()
        if state:
            transitions[state] = transitions[fallback[state]]
            bits[state] |= bits[fallback[state]]
        for byte, child in children[state].items():
            fallback[child] = int(transitions[fallback[state], byte]) if state else 0
            transitions[state, byte] = child
            waiting.append(child)
    return Automaton(transitions, np.array(bits, dtype=np.uint8))
