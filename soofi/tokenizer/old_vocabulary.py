"""What new entries must know of the tokenizer that they are added to."""

import unicodedata
from typing import Any

import numpy as np

from soofi.tokenizer.conversion import last_merge
from soofi.tokenizer.spelling import byte_entries, is_byte_level, space_marks, spell_byte_level

_LETTERS, _OTHERS, _SPACE = 1, 2, 3
"""Kinds of characters at which pieces join: like with like, and a single space with anything."""


class OldVocabulary:
    """The entries of a byte-pair `tokenizer.json` that can be merged, and where they may be.

    `size`: first id that is free. `entries`: what can be merged, as the vocabulary spells it, to its id. `taken`: texts that
    no new entry may have, since an entry or an added token has them. `byte_of`: ids that spell one byte of a character
    without an entry (byte fallback only). `is_byte_level`: entries are written in GPT-2's alphabet for bytes.

    `merges_any_pair`: any two neighbours that make an entry merge, as SentencePiece does; the file has a merge for every way to
    cut an entry in two, or the one that each entry needs. Otherwise only the pairs that are written merge.

    Raises ValueError, with one sentence, for a tokenizer whose merges do not only join what stands in the vocabulary.
    """

    def __init__(self, description: dict[str, Any], spelled: list[bytes]):
        """`description`: content of a tokenizer.json; `spelled`: bytes of each id, as `spelled_bytes` gives them."""
        model = description["model"]
        for option in ("dropout", "continuing_subword_prefix", "end_of_word_suffix"):
            if model.get(option):
                raise ValueError(
                    f"the given tokenizer has {option} {model[option]!r}, which new entries cannot follow: leave out "
                    "tokenizer.extend"
                )
        self.size = len(spelled)
        self.spelled = spelled
        self.is_byte_level = is_byte_level(description)
        vocabulary: dict[str, int] = model["vocab"]
        added = {token["id"]: token["content"] for token in description.get("added_tokens", ())}
        unknown = vocabulary.get(model.get("unk_token") or "")
        fallback = {} if self.is_byte_level else byte_entries()
        self.byte_of = {vocabulary[entry]: byte[0] for entry, byte in fallback.items() if entry in vocabulary}
        left_out = {*added, *self.byte_of, unknown}
        # What spells nothing closes documents or fills up samples: no text may be merged into it.
        self.entries = {entry: id for entry, id in vocabulary.items() if id not in left_out and spelled[id]}
        self.taken = {*vocabulary, *added.values()}
        if self.is_byte_level:
            self.taken |= {spell_byte_level(content.encode()) for content in added.values()}
        self.merges = [merge_pair(merge) for merge in model["merges"]]
        self.merges_any_pair = not self.is_byte_level and (self._has_every_cut() or self._has_last_merges())
        marks = space_marks(description)
        self.first, self.last = self._edges(marks)

    def cuts(self, entry: str) -> list[tuple[str, str]]:
        """Every way to cut a text into two entries, the longest left part first."""
        return [
            (entry[:cut], entry[cut:])
            for cut in range(len(entry) - 1, 0, -1)
            if entry[:cut] in self.entries and entry[cut:] in self.entries
        ]

    def _has_every_cut(self) -> bool:
        written = {pair for pair in self.merges if pair[0] + pair[1] in self.entries}
        return written == {cut for entry in self.entries for cut in self.cuts(entry)}

    def _has_last_merges(self) -> bool:
        """Whether each entry has the one merge that makes it by SentencePiece's rule, as `conversion` writes them."""
        written = {left + right: (left, right) for left, right in self.merges}
        if len(written) < len(self.merges):
            return False
        ranks = {entry: rank for rank, entry in enumerate(written)}
        return all(last_merge(entry, ranks) == pair for entry, pair in written.items())

    def _edges(self, marks: list[str]) -> tuple[np.ndarray, np.ndarray]:
        """Kind of the first and the last character of every id, 0 where nothing may join: uint8 (size,) each."""
        edges = np.zeros((2, self.size), np.uint8)
        for entry, id in self.entries.items():
            edges[:, id] = (_LETTERS, _LETTERS) if self.is_byte_level else edges_of(entry, marks)
        return edges[0], edges[1]


def edges_of(entry: str, marks: list[str]) -> tuple[int, int]:
    """How a text joins to what stands before it and behind it: the kinds of its first and last characters, 0 for not at all.

    Without a pre-tokeniser nothing but this keeps new entries within words: as SentencePiece has it, a space only begins an
    entry, letters do not join with other characters, and digits stay alone.
    """
    for mark in marks:
        entry = entry.replace(mark, " ")
    body = entry.removeprefix(" ")
    if any(c.isspace() or c.isnumeric() for c in body):
        return 0, 0
    if not body:
        return 0, _SPACE
    return (_kind(body[0]) if body == entry else 0), _kind(body[-1])


def joins(last: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Whether pieces that end as `last` join with pieces that begin as `first`."""
    return (last > 0) & (first > 0) & ((last == _SPACE) | (last == first))


def merge_pair(merge: str | list[str]) -> tuple[str, str]:
    """A merge as tokenizer.json writes it, in the older form or the newer one."""
    left, right = merge.split(" ") if isinstance(merge, str) else merge
    return left, right


def _kind(character: str) -> int:
    return _LETTERS if unicodedata.category(character)[0] in "LM" else _OTHERS
