"""The recipe's words for duplicates and for texts that models are tested on."""

from typing import Literal

from pydantic import model_validator

from soofi.recipe.fields import Section, field


class NearDuplicates(Section):
    """Texts that are nearly the same: found by MinHash in bands, then compared word by word.

    Two texts of Jaccard similarity s are compared with probability 1 - (1 - s ** rows) ** bands.
    """

    action: Literal["drop", "mark", "off"] = field(
        "drop",
        "drop removes all but the document that stands for them, mark keeps them and says in `duplicate_of` for which, "
        "off does not look.",
    )
    similarity: float = field(
        0.75,
        "Least Jaccard similarity (0 to 1) of two near-duplicates' sets of shingles.",
        gt=0,
        le=1,
    )
    shingle_words: int = field(5, "Words of a shingle.", ge=1, le=64)
    bands: int = field(14, "Bands of a signature: more of them find more pairs.", ge=1, le=512)
    rows: int = field(8, "Permutations of a band: more of them compare fewer pairs.", ge=1, le=64)


class RepeatedLines(Section):
    """Lines that stand in many documents, such as menus and notices."""

    action: Literal["remove", "drop", "off"] = field(
        "off",
        "remove takes such lines out of every document, drop only drops documents of which they are too much, off does not look.",
    )
    documents: int = field(
        100, "A line is repeated if it stands in so many documents, over all sources.", ge=2
    )
    line_words: int = field(4, "Lines of fewer words are left alone: headings and labels.", ge=1)
    maximum_share: float = field(
        0.5,
        "Greatest share (0 to 1) of a document's characters in repeated lines; above it the document is dropped.",
        ge=0,
        le=1,
    )


class Deduplicate(Section):
    """Documents that say again what another says, within and across sources and languages."""

    prefer: list[str] = field(
        [],
        "Sources whose document stands for its duplicates before those of other sources, best first; then the longest "
        "text in bytes, then the smallest id.",
    )
    lines: RepeatedLines = field(
        RepeatedLines(), "Lines that stand in many documents; they go before near-duplicates are looked for."
    )
    near: NearDuplicates = field(NearDuplicates(), "Near-duplicates.")

    @model_validator(mode="after")
    def _preferred_once(self) -> "Deduplicate":
        for name in self.prefer:
            if self.prefer.count(name) > 1:
                raise ValueError(f"deduplicate.prefer names '{name}' twice: name each source once")
        return self
