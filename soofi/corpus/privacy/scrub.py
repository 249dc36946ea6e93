"""Replacing personal data by the names of their types, in texts and in batches of documents.

The placeholder is the type's name in angle brackets: `<email>`, `<person_number>`. It is the same in every language and in ASCII, so that a
tokenizer holds it in a few pieces or, listed among its `user_defined_symbols`, in one. It stands as one undeclined noun where the value stood, with
the sentence around it untouched; and it is nobody's: an invented address or number could be somebody's, and a model that has read it
often would hand it out as a fact. A model that has read `<email>` shows the gap instead.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from soofi.corpus.batches import WORKING, Marks
from soofi.corpus.privacy.detect import has_numbers, scan
from soofi.corpus.privacy.region import Span
from soofi.recipe.privacy import PERSONAL_DATA_TYPES, PersonalData, Privacy

_JOINED_BYTES = 64 << 20  # more text than this is not copied to be scanned at once


def placeholder(type: str) -> str:
    """What stands in place of personal data of a type."""
    return f"<{type}>"


@dataclass(slots=True)
class Scrubbed:
    """A text without the personal data that was to be replaced, and what was found by type and by rule."""

    data: bytes
    counts: dict[str, int]
    rules: dict[str, int]


class Scrubber:
    """Looks for the types of personal data that a recipe names, and replaces or counts them."""

    def __init__(self, privacy: Privacy):
        self.treatments = privacy.treatments()
        self._types: frozenset[str] = frozenset(self.treatments)
        self._replaced: frozenset[str] = frozenset(
            name for name, treatment in self.treatments.items() if treatment.action == "replace"
        )

    def has_numbers(self, texts: Sequence[bytes]) -> set[int]:
        """Which of the texts could hold more than e-mail addresses."""
        if sum(map(len, texts)) > _JOINED_BYTES:
            return set(range(len(texts)))
        return has_numbers(texts, self._types)

    def scrub(self, data: bytes, language: str | None, numbers: bool = True) -> Scrubbed | None:
        """A text (UTF-8) without personal data; None where there is none. `numbers`: whether `has_numbers` has named it.

        What has been replaced brings words nearer to the numbers that stay, so that one more may be told by its context. The text is
        looked through again until nothing more is found: scrubbing a scrubbed text changes nothing.
        """
        spans, numbers = scan(data, language, self._types, numbers)
        if not spans:
            return None
        result = Scrubbed(data, {}, {})
        while spans:
            for span in spans:
                result.counts[span.type] = result.counts.get(span.type, 0) + 1
                result.rules[span.rule] = result.rules.get(span.rule, 0) + 1
            replaced = [span for span in spans if span.type in self._replaced]
            if not replaced:
                break
            result.data = _replace(result.data, replaced)
            if not numbers:
                break
            # What is counted has been; and the placeholder of an address makes no other of what stands around it.
            spans, numbers = scan(result.data, language, self._replaced - {"email"})
        return result


def scrub_text(text: str, language: str | None, privacy: Privacy | None = None) -> tuple[str, dict[str, int]]:
    """`text` without personal data, and how much of each type was found; lone surrogates pass unchanged."""
    result = Scrubber(privacy or Privacy()).scrub(text.encode("utf-8", "surrogatepass"), language)
    if result is None:
        return text, {}
    return result.data.decode("utf-8", "surrogatepass"), result.counts


def _replace(data: bytes, spans: Sequence[Span]) -> bytes:
    parts, place = [], 0
    for span in spans:
        parts += [data[place : span.start], _PLACEHOLDERS[span.type]]
        place = span.end
    return b"".join([*parts, data[place:]])


def prepare_privacy(privacy: Privacy) -> Callable[[pa.RecordBatch], pa.RecordBatch] | None:
    """The stage for a recipe, or None where it is switched off."""
    scrubber = Scrubber(privacy)
    if not privacy.enabled or not scrubber.treatments:
        return None
    none_found: dict[str, int | None] = {
        name: 0 if name in scrubber.treatments else None for name in PERSONAL_DATA_TYPES
    }

    def over_batch(batch: pa.RecordBatch) -> pa.RecordBatch:
        marks = Marks(batch, "privacy")
        texts = batch["text"].view(pa.binary()).to_pylist()
        languages = batch["language"].to_pylist()
        found: list[dict[str, int | None] | None] = batch["pii"].to_pylist()
        changed = False
        rows = [row for row in marks.open_rows() if texts[row] is not None]
        numbers = scrubber.has_numbers([texts[row] for row in rows])
        for place, row in enumerate(rows):
            result = scrubber.scrub(texts[row], languages[row], place in numbers)
            if result is None:
                found[row] = none_found
                continue
            found[row] = {**none_found, **result.counts}
            if evidence := _too_much(texts[row], result, scrubber.treatments):
                marks.drop(row, "personal_data", evidence)
            elif result.data is not texts[row]:
                texts[row] = result.data
                changed = True
        batch = marks.onto(batch, pii=found)
        if changed:
            column = pa.array(texts, pa.binary()).view(pa.string())
            batch = batch.set_column(WORKING.get_field_index("text"), WORKING.field("text"), column)
        return batch

    return over_batch


def _too_much(
    data: bytes, result: Scrubbed, treatments: Mapping[str, PersonalData]
) -> dict[str, object] | None:
    """The evidence for dropping a document: counts and rules, never what was found."""
    for name, count in result.counts.items():
        limit = treatments[name].maximum_per_1000_characters
        if limit is None:
            continue
        share = count * 1000 / len(data.decode("utf-8", "replace"))
        if share > limit:
            return {
                "type": name,
                "per_1000_characters": round(share, 3),
                "maximum_per_1000_characters": limit,
                "rules": dict(sorted(result.rules.items())),
            }
    return None


_PLACEHOLDERS: dict[str, bytes] = {name: placeholder(name).encode() for name in PERSONAL_DATA_TYPES}
