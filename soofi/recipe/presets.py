"""Names of columns in data sets that many people train on, so that a recipe need not spell them."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["text", "markup", "id", "url", "date", "language", "script", "licence", "domain"]
"""What a column can be for a document. `markup`: HTML, from which the text is extracted; `script`: ISO 15924, beside `language`."""

PresetName = Literal["fineweb-2", "hplt-3", "europarl", "eurlex", "wikipedia"]


@dataclass(frozen=True)
class Preset:
    """Columns by role, and rows that make one document."""

    columns: dict[Role, str]
    rows_per_document: int = 1


PRESETS: dict[PresetName, Preset] = {
    "fineweb-2": Preset(
        {
            "text": "text",
            "id": "id",
            "url": "url",
            "date": "date",
            "language": "language",
            "script": "language_script",
        }
    ),
    "hplt-3": Preset({"text": "text", "id": "id", "url": "u", "date": "ts", "language": "lang"}),
    "europarl": Preset({"text": "translation.{language}"}, rows_per_document=32),
    "eurlex": Preset({"text": "text.{language}", "id": "celex_id"}),
    "wikipedia": Preset({"text": "text", "id": "id", "url": "url"}),
}
"""Layouts as their publishers describe them: HuggingFaceFW/fineweb-2 (Parquet, one configuration a language), HPLT 3 (JSONL,
`lang` is a list, the likeliest first), Helsinki-NLP/europarl (Parquet, one sentence pair a row), coastalcph/multi_eurlex
(`text` is a string, or a mapping from language to text), wikimedia/wikipedia (Parquet)."""
