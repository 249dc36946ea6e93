"""The recipe's words for text: where it comes from and how it is cleaned."""

import os
from typing import Any, Literal

from pydantic import field_serializer, field_validator, model_validator

from soofi.recipe.consent import Consent
from soofi.recipe.decontamination import Decontaminate
from soofi.recipe.duplicates import Deduplicate
from soofi.recipe.executor import Slurm
from soofi.recipe.extraction import Extraction
from soofi.recipe.fields import LocalPath, Section, field
from soofi.recipe.identification import Identify
from soofi.recipe.languages import check_language
from soofi.recipe.licence import Licence
from soofi.recipe.privacy import Privacy
from soofi.recipe.quality import Quality, beyond, laid_over
from soofi.recipe.sources import Source


class ValidationSplit(Section):
    """Which documents are held out, drawn by the hash of their duplicate cluster."""

    fraction: float = field(
        0.02, "Share (0 to 0.5) of duplicate clusters drawn for validation.", ge=0, le=0.5
    )
    minimum_documents: int = field(2, "Every language has at least so many validation documents.", ge=0)
    minimum_bytes: int = field(1000, "Every language has at least so many bytes of validation text.", ge=0)


class Corpus(Section):
    """From raw text to documents that a model may learn from."""

    sources: list[Source] = field(description="Where text comes from.", min_length=1)
    consent: Consent | None = field(
        None, "Opt-outs of those who published a text; left out, no reservation is looked for."
    )
    licence: Licence | None = field(
        None, "Licences in SPDX and an allow-list; left out, licences stay as their sources write them."
    )
    extract: Extraction = field(Extraction(), "Extraction and cleaning of text.")
    identify: Identify = field(Identify(), "Language identification.")
    quality: Quality = field(Quality(), "Quality rules for every language.")
    quality_by_language: dict[str, Quality] = field(
        {}, "Quality rules of one language; what they do not name is as `quality` says."
    )
    decontaminate: Decontaminate = field(Decontaminate(), "Texts that models are tested on.")
    deduplicate: Deduplicate = field(Deduplicate(), "Exact and near duplicates.")
    privacy: Privacy = field(Privacy(), "Personal data: replaced, counted, or reason to drop a document.")
    validation_split: ValidationSplit = field(ValidationSplit(), "What is held out.")
    erased: list[LocalPath] = field(
        [],
        "Receipts of `soofi erase`, or files with one document id a line: documents that are dropped when they are read.",
        on_resume="recorded",
    )
    keep_dropped_text: bool = field(
        False,
        "Whether dropped documents keep their text beside the reason, as the stage that dropped them saw it: personal data too.",
    )
    executor: Literal["local", "slurm", "ray"] = field(
        "local",
        "Where the work is done: by processes here, by array jobs of Slurm, or on a Ray cluster; does not change the result.",
        on_resume="free",
    )
    workers: int = field(
        2,
        "Processes, or jobs of a cluster, that work at once; does not change the result.",
        on_resume="free",
        ge=1,
    )
    slurm: Slurm = field(Slurm(), "Limits of Slurm's jobs.", on_resume="free")
    ray_memory_gib: int = field(4, "Memory that one worker asks of Ray (GiB).", on_resume="free", ge=1)

    @property
    def threads(self) -> int:
        """Threads for the process that leads: as many as there are workers, but not more than this machine's cores."""
        return min(self.workers, os.cpu_count() or 1)

    @model_validator(mode="before")
    @classmethod
    def _rules_of_languages(cls, values: Any) -> Any:
        """Complete the rules of each language from those of all."""
        if not isinstance(values, dict):
            return values
        below, by_language = _plain(values.get("quality", {})), values.get("quality_by_language", {})
        if not isinstance(below, dict) or not isinstance(by_language, dict):
            return values  # what is wrong with them the fields say
        plain = {tag: _plain(rules) for tag, rules in by_language.items()}
        whole = {
            tag: laid_over(below, rules) if isinstance(rules, dict) else rules for tag, rules in plain.items()
        }
        return values | {"quality_by_language": whole}

    @field_serializer("quality_by_language")
    def _rules_beyond(self, rules: dict[str, Quality]) -> dict[str, Any]:
        """Only what differs from the rules of all: so they are read back, and a resolved recipe stays short."""
        below = self.quality.model_dump(mode="json")
        return {tag: beyond(below, quality.model_dump(mode="json")) for tag, quality in rules.items()}

    @field_validator("quality_by_language")
    @classmethod
    def _languages(cls, rules: dict[str, Quality]) -> dict[str, Quality]:
        return {check_language(tag): quality for tag, quality in rules.items()}

    @field_validator("sources")
    @classmethod
    def _names_differ(cls, sources: list[Source]) -> list[Source]:
        names = [source.name for source in sources]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two sources are called '{name}': give each its own name")
            if name == "dropped":
                raise ValueError(
                    "no source can be called 'dropped': the corpus keeps dropped documents there"
                )
        return sources

    @model_validator(mode="after")
    def _preferred_exist(self) -> "Corpus":
        names = [source.name for source in self.sources]
        for name in self.deduplicate.prefer:
            if name not in names:
                raise ValueError(
                    f"deduplicate.prefer names '{name}', which is none of corpus.sources ({', '.join(names)}): correct it"
                )
        return self


def _plain(value: Any) -> Any:
    return value.model_dump(exclude_unset=True) if isinstance(value, Quality) else value
