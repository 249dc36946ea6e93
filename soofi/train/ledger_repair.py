"""Bringing the ledger up to what a crash left on disk."""

from soofi.ledger import RunDirectory, manifest_sha256
from soofi.train.state import checkpoint_facts, published_checkpoints


def enter_missing_checkpoints(run: RunDirectory) -> None:
    """Enter checkpoints that were published, and name those that were deleted, just before a crash."""
    known: dict[str, str] = {}
    for kind, subject, facts in run.ledger.subjects_and_facts():
        if kind == "checkpoint":
            known[subject] = facts["manifest_sha256"]
        for name in facts.get("pruned", []):
            known.pop(name, None)
    there = {f"{run.checkpoints.name}/{path.name}": path for path in published_checkpoints(run)}
    for name, path in there.items():
        if known.get(name) != manifest_sha256(path):
            run.ledger.append("checkpoint", name, checkpoint_facts(path))
    if there and (gone := sorted(set(known) - set(there))):
        newest = max(there)
        run.ledger.append("checkpoint", newest, checkpoint_facts(there[newest]) | {"pruned": gone})
