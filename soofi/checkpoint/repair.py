"""Bringing a run directory and its ledger up to what a crash left on disk."""

from contextlib import suppress

from soofi.checkpoint.trainer_state import checkpoint_facts, published_checkpoints
from soofi.ledger import RunDirectory, remove_partial


def repair_run(run: RunDirectory) -> None:
    """Delete what interrupted saves left; enter checkpoints that were published, and name those that were deleted, just
    before a crash.

    A checkpoint whose manifest is not the one that the ledger knows stays as it is: it is damaged, and entering it would
    hide that.
    """
    remove_partial(run.checkpoints)
    known = known_checkpoints(run)
    there = {f"{run.checkpoints.name}/{path.name}": path for path in published_checkpoints(run)}
    for name, path in there.items():
        if name not in known:
            facts = None
            with suppress(ValueError, OSError):  # damaged as well: whoever resumes is told
                facts = checkpoint_facts(path)
            if facts is not None:
                run.ledger.append("checkpoint", name, facts)
    if gone := sorted(set(known) - set(there)):
        run.ledger.append("checkpoint", run.checkpoints.name, {"pruned": gone})


def known_checkpoints(run: RunDirectory) -> dict[str, str]:
    """The checkpoints that the ledger vouches for: subject to SHA-256 of the manifest."""
    known: dict[str, str] = {}
    if not run.ledger.path.exists():
        return known
    for kind, subject, facts in run.ledger.subjects_and_facts():
        if kind == "checkpoint" and "manifest_sha256" in facts:
            known[subject] = facts["manifest_sha256"]
        for name in facts.get("pruned", []):
            known.pop(name, None)
    return known
