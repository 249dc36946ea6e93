"""Learning that goes on: its bookkeeping against counting everything anew before each entry."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soofi.tokenizer.continued_merges import Learned, NewEntry, continue_merges
from soofi.tokenizer.encoded_words import EncodedWords
from soofi.tokenizer.old_vocabulary import OldVocabulary, edges_of
from soofi.tokenizer.spelling import spelled_bytes

DECODERS = {"byte-level": {"type": "ByteLevel"}, "byte-fallback": {"type": "ByteFallback"}}


def vocabulary(kind: str) -> OldVocabulary:
    """Entries a, b, c and, made of them, ab; ids 4 and 5 spell the two bytes of ħ."""
    model = {"type": "BPE", "vocab": {"a": 0, "b": 1, "c": 2, "ab": 3}, "merges": [["a", "b"]]}
    model["vocab"] |= {"<0xC4>": 4, "<0xA7>": 5} if kind == "byte-fallback" else {"d": 4, "e": 5}
    description = {"model": model, "decoder": DECODERS[kind]}
    return OldVocabulary(description, spelled_bytes(description, frozenset()))


def naive(words: dict, old: OldVocabulary, entries: int, minimum: int, longest: int) -> Learned:
    """The same by its definition: all patterns of the sample are counted anew before every step."""
    text = {id: entry for entry, id in old.entries.items()} | {-1: "ħ"}
    pieces = {id: (id,) for id in text} | {-1: (4, 5)}
    merged: dict[tuple, int] = {}
    new, merges, state = [], [], {word: list(word) for word in words}
    while len(new) < entries:
        counts = Counter()
        for word, times in words.items():
            for pattern in [(s,) for s in state[word] if s < 0] + list(pairwise(state[word])):
                if len(pattern) == 1 or min(pattern) >= 0:
                    counts[pattern] += times
        best = None
        for pattern, count in counts.items():
            whole = "".join(text[part] for part in pattern)
            by_text = {entry: id for id, entry in text.items() if id >= 0}
            known = by_text.get(whole) if old.merges_any_pair and len(pattern) == 2 else merged.get(pattern)
            if known is not None:
                rank = ((0, known), pattern)
            elif count < minimum or whole in old.taken or len(whole) > longest:
                continue
            else:
                rank = ((1, -count), pattern)  # ħ has two bytes, and saves one token too
            best = min(best or (rank, known, whole), (rank, known, whole))
        if best is None:
            break
        ((_, pattern), id, whole) = best
        if id is None:
            id = {entry: id for id, entry in text.items()}.get(whole) if whole != "ħ" else None
            if id is None:
                id = old.size + len(new)
                parts = tuple(piece for part in pattern for piece in pieces[part])
                new.append(NewEntry(id, whole, parts))
                text[id], pieces[id] = whole, parts
            merged[pattern] = id
            if len(pattern) == 2:
                merges.append((text[pattern[0]], text[pattern[1]]))
        for word, symbols in state.items():
            joined, at = [], 0
            while at < len(symbols):
                found = tuple(symbols[at : at + len(pattern)]) == pattern
                joined.append(id if found else symbols[at])
                at += len(pattern) if found else 1
            state[word] = joined
    return Learned(new, merges)


@pytest.mark.parametrize("kind", DECODERS)
def test_it_learns_what_counting_anew_learns(kind: str) -> None:
    old = vocabulary(kind)
    assert old.merges_any_pair == (kind == "byte-fallback")
    symbols = st.sampled_from([0, 1, 2, 3, -1] if kind == "byte-fallback" else [0, 1, 2, 3, 4])
    word = st.lists(symbols, min_size=1, max_size=9).map(tuple)

    @settings(max_examples=150, derandomize=True, database=None)
    @given(
        words=st.dictionaries(word, st.integers(1, 5), max_size=6),
        entries=st.integers(0, 12),
        minimum=st.integers(1, 4),
        longest=st.integers(2, 6),
    )
    def check(words, entries: int, minimum: int, longest: int) -> None:
        encoded = EncodedWords(Counter(words), ["ħ"] if kind == "byte-fallback" else [])
        assert continue_merges(encoded, old, entries, minimum, longest) == naive(
            words, old, entries, minimum, longest
        )

    check()


def test_the_most_frequent_pair_comes_first() -> None:
    words = EncodedWords(Counter({(0, 2): 5, (2, 0): 3, (1, 2, 2): 3}), [])
    learned = continue_merges(words, vocabulary("byte-level"), 2, 2, 16)
    assert learned.entries == [NewEntry(6, "ac", (0, 2)), NewEntry(7, "bc", (1, 2))]
    assert learned.merges == [("a", "c"), ("b", "c")]


@pytest.mark.parametrize(
    ("entry", "edges"),
    [("▁", (0, 3)), ("▁a", (0, 1)), ("a", (1, 1)), ("a,", (1, 2)), ("▁▁", (0, 0)), ("a▁", (0, 0)), ("a1", (0, 0)), ("…", (2, 2))],
)  # fmt: skip
def test_where_entries_without_a_pre_tokeniser_join(entry: str, edges: tuple[int, int]) -> None:
    assert edges_of(entry, ["▁"]) == edges
