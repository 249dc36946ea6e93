"""Replacing personal data by the names of their types, in texts and in batches of documents.

The placeholder is the type's name in angle brackets: `<email>`, `<person_number>`. It is the same in every language and in ASCII, so that a
tokenizer holds it in a few pieces or, listed among its `user_defined_symbols`, in one. It stands as one undeclined noun where the value stood, with
the sentence around it untouched; and it is nobody's: an invented address or number could be somebody's, and a model that has read it
often would hand it out as a fact. A model that has read `<email>` shows the gap instead.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from soofi.corpus.batches import WORKING, Marks
from soofi.corpus.documents import PII
from soofi.corpus.privacy.detect import Span, find_bytes
from soofi.recipe.privacy import PERSONAL_DATA_TYPES, PersonalData, PersonalDataType, Privacy


def placeholder(type: str) -> str:
    """What stands in place of personal data of a type."""
    return f"<{type}>"


@dataclass
class Scrubbed:
    """A text without the personal data that was to be replaced, and what was found by type and by rule."""

    data: bytes
    counts: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)

    def add(self, spans: Sequence[Span]) -> None:
        self.counts.update(span.type for span in spans)
        self.rules.update(span.rule for span in spans)


def scrub(data: bytes, language: str | None, treatments: Mapping[PersonalDataType, PersonalData]) -> Scrubbed:
    """Replace or count personal data in a text (UTF-8) as `treatments` say.

    What has been replaced brings words nearer to the numbers that stay, so that one more may be told by its context. The text is looked
    through again until nothing more is found: scrubbing a scrubbed text changes nothing.
    """
    result = Scrubbed(data)
    spans = find_bytes(data, language, frozenset(treatments))
    result.add([span for span in spans if treatments[span.type].action == "count"])  # type: ignore[index]
    replaced: frozenset[str] = frozenset(
        name for name, treatment in treatments.items() if treatment.action == "replace"
    )
    while spans := [span for span in spans if span.type in replaced]:
        result.add(spans)
        result.data = _replace(result.data, spans)
        spans = find_bytes(result.data, language, replaced)
    return result


def scrub_text(text: str, language: str | None, privacy: Privacy | None = None) -> tuple[str, Counter[str]]:
    """`text` without personal data, and how much of each type was found; lone surrogates pass unchanged."""
    result = scrub(text.encode("utf-8", "surrogatepass"), language, (privacy or Privacy()).treatments())
    return result.data.decode("utf-8", "surrogatepass"), result.counts


def _replace(data: bytes, spans: Sequence[Span]) -> bytes:
    parts, place = [], 0
    for span in spans:
        parts += [data[place : span.start], placeholder(span.type).encode()]
        place = span.end
    return b"".join([*parts, data[place:]])


def prepare_privacy(privacy: Privacy) -> Callable[[pa.RecordBatch], pa.RecordBatch] | None:
    """The stage for a recipe, or None where it is switched off."""
    treatments = privacy.treatments()
    if not privacy.enabled or not treatments:
        return None
    none_found: dict[str, int | None] = {
        name: 0 if name in treatments else None for name in PERSONAL_DATA_TYPES
    }

    def over_batch(batch: pa.RecordBatch) -> pa.RecordBatch:
        marks = Marks(batch, "privacy")
        texts = batch["text"].cast(pa.binary()).to_pylist()
        languages = batch["language"].to_pylist()
        found: list[dict[str, int | None] | None] = batch["pii"].to_pylist()
        changed = False
        for row in marks.open_rows():
            result = scrub(texts[row], languages[row], treatments)
            if not result.counts:
                found[row] = none_found
                continue
            found[row] = {**none_found, **result.counts}
            if broken := _too_much(texts[row], result, treatments):
                marks.drop(row, "personal_data", broken)
                continue
            if result.data != texts[row]:
                texts[row] = result.data
                changed = True
        batch = marks.onto(batch, pii=found)
        if changed:
            column = pa.array(texts, pa.binary()).cast(pa.string())
            batch = batch.set_column(WORKING.get_field_index("text"), WORKING.field("text"), column)
        return batch

    return over_batch


def _too_much(
    data: bytes, result: Scrubbed, treatments: Mapping[PersonalDataType, PersonalData]
) -> dict[str, object] | None:
    """The evidence for dropping a document: counts and rules, never what was found."""
    characters = len(data.decode("utf-8", "replace"))
    for name, treatment in treatments.items():
        limit = treatment.maximum_per_1000_characters
        if limit is not None and result.counts[name] * 1000 > limit * characters:
            return {
                "type": name,
                "per_1000_characters": round(result.counts[name] * 1000 / characters, 3),
                "maximum_per_1000_characters": limit,
                "rules": dict(sorted(result.rules.items())),
            }
    return None


assert set(PERSONAL_DATA_TYPES) == {column.name for column in PII}
