"""Erasures in a run's history: the digests that they supersede, and the documents that must not come back."""

from pathlib import Path

from soofi.ledger.chain import Ledger
from soofi.ledger.manifest import manifest_sha256

KIND = "erase"


def original_sha256(directory: Path) -> str:
    """The digest by which a published directory of a run is known to what was made from it.

    That of its manifest, or, after erasures, of the manifest before the first of them: an erased document leaves every
    length as it was, so that nothing need be made again. A linked directory goes by the ledger of the run that it stands in.
    """
    digest = manifest_sha256(directory)
    place = directory.resolve()
    ledger = Ledger(place.parent / "ledger.jsonl")
    if not ledger.path.is_file():
        return digest
    erasures = [
        facts
        for kind, subject, facts in ledger.subjects_and_facts()
        if kind == KIND and subject == place.name and "supersedes" in facts
    ]
    for facts in reversed(erasures):
        if facts["manifest_sha256"] == digest:
            digest = facts["supersedes"]
    return digest


def erased_documents(ledger: Ledger) -> set[str]:
    """Ids of all documents that were erased from a run."""
    if not ledger.path.is_file():
        return set()
    return {
        document
        for kind, _, facts in ledger.subjects_and_facts()
        if kind == KIND
        for document in facts.get("documents", [])
    }
