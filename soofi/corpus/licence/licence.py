"""The licence stage over a batch: the licence as an SPDX expression, and what the recipe does not allow dropped."""

import re
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from soofi.corpus.batches import WORKING, dropped, evidence_json
from soofi.corpus.licence.spdx import allowed_by, is_told, normalise
from soofi.corpus.markup import start_tags, tag_pattern
from soofi.recipe.licence import Licence

_DECLARING = r"(?i)rel\s*=\s*[\"']?[^\"'>]*licen[cs]e|dc\.rights|dcterms\.(?:rights|license)|\"license\"\s*:"
_TAGS = tag_pattern("a", "link", "meta")
_RIGHTS = {"dc.rights", "dc.rights.license", "dcterms.rights", "dcterms.license", "license", "licence"}
_JSON_LD = re.compile(rb'"license"\s*:\s*"((?:[^"\\]|\\.){1,300})"')
_normalise = lru_cache(1 << 16)(normalise)


class LicenceStage:
    """Prepared for one recipe; callable on batches."""

    def __init__(self, settings: Licence):
        self._settings = settings
        self._is_allowed = allowed_by(settings.allow)

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Write `licence` as SPDX; drop what the allow-list does not cover."""
        place = WORKING.get_field_index("licence")
        declared = batch["licence"]
        if self._settings.read_markup:
            declared = _declared_by_pages(batch)
        encoded = declared.dictionary_encode()
        licences = [_normalise(written) for written in encoded.dictionary.to_pylist()]
        written = pa.array(licences, pa.string()).take(encoded.indices)
        batch = batch.set_column(place, WORKING.field(place), written)
        if not self._settings.allow:
            return batch
        reasons = [*map(self._refusal, licences), self._refusal(None)]
        evidence = [
            evidence_json({"licence": licence, "declared": name}) if reason else None
            for licence, name, reason in zip(
                [*licences, None], [*encoded.dictionary.to_pylist(), None], reasons, strict=True
            )
        ]
        places = encoded.indices.fill_null(len(licences))
        of_rows = (pa.array(values, pa.string()).take(places) for values in (reasons, evidence))
        return dropped(batch, "licence", *of_rows)

    def _refusal(self, licence: str | None) -> str | None:
        """Why a licence is refused, or None."""
        if licence is None or not is_told(licence):
            by_name = licence is not None and self._is_allowed(licence)
            return None if by_name or self._settings.unknown == "allow" else "licence_unknown"
        return None if self._is_allowed(licence) else "licence_not_allowed"


def declared_licence(markup: bytes) -> str | None:
    """What a page says its licence is: `rel=license`, Dublin Core, JSON-LD; several licences are all to be kept (`AND`).

    A statement that names no known licence (`All rights reserved`) tells something only as `rel=license`.
    """
    found: list[str] = []
    for attributes in start_tags(markup, _TAGS):
        rel = attributes.get("rel", "").lower().split()
        if {"license", "licence"} & set(rel):
            found.append(attributes.get("href", ""))
        elif attributes.get("name", attributes.get("property", "")).strip().lower() in _RIGHTS:
            content = attributes.get("content", "")
            if is_told(_normalise(content)):
                found.append(content)
    for value in _JSON_LD.findall(markup):
        stated = value.decode(errors="replace").replace("\\/", "/")
        if is_told(_normalise(stated)):
            found.append(stated)
    licences = dict.fromkeys(filter(None, map(_normalise, found)))
    return " AND ".join(f"({licence})" if " OR " in licence else licence for licence in licences) or None


def _declared_by_pages(batch: pa.RecordBatch) -> pa.StringArray:
    """The column `licence` with what pages declare themselves in the place of what their source says."""
    markup = batch["markup"]
    if markup.null_count == len(markup):
        return batch["licence"]
    speaking = pc.fill_null(pc.match_substring_regex(markup, _DECLARING), False)
    licences = batch["licence"].to_pylist()
    for row in np.flatnonzero(speaking.to_numpy(zero_copy_only=False)).tolist():
        if found := declared_licence(markup[row].as_buffer().to_pybytes()):
            licences[row] = found
    return pa.array(licences, pa.string())
