"""The recipe's words for text: where it comes from and how it is cleaned."""

from typing import Literal

from pydantic import field_validator

from soofi.recipe.executor import Slurm
from soofi.recipe.fields import Section, field
from soofi.recipe.identification import Identify
from soofi.recipe.languages import check_language
from soofi.recipe.quality import Quality
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
    identify: Identify = field(Identify(), "Language identification.")
    quality: Quality = field(Quality(), "Quality rules for every language.")
    quality_by_language: dict[str, Quality] = field(
        {}, "Quality rules that replace `quality` for one language."
    )
    validation_split: ValidationSplit = field(ValidationSplit(), "What is held out.")
    keep_dropped_text: bool = field(False, "Whether dropped documents keep their text beside the reason.")
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
