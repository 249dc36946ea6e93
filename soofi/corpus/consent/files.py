"""Which files the consent stage of a recipe reads; told without loading what reads them."""

from pathlib import Path

from soofi.recipe import Consent

_KINDS = (
    ".jsonl", ".jsonl.gz", ".jsonl.zst", ".parquet", ".arrow", ".warc", ".warc.gz", ".warc.zst", "/robots.txt", "/tdmrep.json",
)  # fmt: skip


def consent_files(consent: Consent | None) -> dict[str, Path]:
    """All files that a recipe's consent stage reads, by a name that does not depend on where they stand.

    Raises FileNotFoundError for a path that leads to no snapshot.
    """
    if consent is None:
        return {}
    files = {f"block_lists/{place}": path for place, path in enumerate(consent.block_lists)}
    for place, named in enumerate(consent.snapshots):
        for path in snapshot_files(named):
            inside = path.relative_to(named).as_posix() if path != named else path.name
            files[f"snapshots/{place}/{inside}"] = path
    return files


def snapshot_files(named: Path) -> list[Path]:
    """The files of a snapshot at a path of the recipe, sorted; raises FileNotFoundError if there is none."""
    found = [named] if named.is_file() else [path for path in sorted(named.rglob("*")) if path.is_file()]
    found = [path for path in found if path.as_posix().lower().endswith(_KINDS)]
    if not found:
        raise FileNotFoundError(
            f"corpus.consent.snapshots: {named} holds no snapshot: put robots files there as .jsonl, .parquet, .arrow or .warc, "
            f"or as DATE/HOST/robots.txt"
        )
    return found
