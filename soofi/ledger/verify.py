"""Recomputing a run's chain and every digest in it."""

from pathlib import Path

from soofi.ledger.chain import Entry, LedgerError
from soofi.ledger.digest import sha256_file
from soofi.ledger.erasures import original_sha256
from soofi.ledger.manifest import NAME, files_below, read_manifest
from soofi.ledger.publish import PARTIAL
from soofi.ledger.run_directory import RunDirectory


class VerificationError(ValueError):
    """Something in a run is not as its ledger says; the message names the first thing."""


def verify_run(run: RunDirectory) -> dict[str, int]:
    """Hash every file that the ledger vouches for.

    Ledger facts that vouch: `manifest_sha256` seals the manifest of the directory named by the entry's subject, which
    seals the directory's files; `files` maps paths to digests; `pruned` lists what it no longer vouches for.
    The newest entry about a path counts. Returns counts of entries, files and bytes. Raises VerificationError for the
    first mismatch, FileNotFoundError where there is no run.
    """
    if not run.ledger.path.is_file():
        raise FileNotFoundError(f"{run.path} is not a run: it has no ledger.jsonl")
    try:
        entries = run.ledger.entries()
    except LedgerError as error:
        raise VerificationError(str(error)) from None
    if not entries:
        raise VerificationError("ledger.jsonl is empty")
    if not run.ledger.path.read_bytes().endswith(b"\n"):
        raise VerificationError("ledger.jsonl ends in a torn line")
    directories, files = _vouched(entries)
    checked = {"entries": len(entries), "files": 0, "bytes": 0}
    for name, digest in files.items():
        _check_file(run.path, name, digest, checked)
    for name, digest in directories.items():
        _check_file(run.path, f"{name}/{NAME}", _standing(run.path / name, digest), checked)
        _check_directory(run.path, name, checked)
    for manifest in sorted(run.path.glob(f"*/{NAME}")) + sorted(run.path.glob(f"checkpoints/step-*/{NAME}")):
        name = manifest.parent.relative_to(run.path).as_posix()
        if name not in directories and not manifest.parent.name.startswith(PARTIAL):
            raise VerificationError(f"{name} is there, but the ledger does not know it")
    return checked


def _vouched(entries: list[Entry]) -> tuple[dict[str, str], dict[str, str]]:
    directories: dict[str, str] = {}
    files: dict[str, str] = {}
    for entry in entries:
        if "manifest_sha256" in entry.facts:
            directories[entry.subject] = entry.facts["manifest_sha256"]
        files.update(entry.facts.get("files", {}))
        for name in entry.facts.get("pruned", []):
            directories.pop(name, None)
            files.pop(name, None)
    return directories, files


def _standing(directory: Path, digest: str) -> str:
    """Digest of a manifest that must be there now: a linked directory may have been erased from where it stands."""
    if directory.is_symlink() and (directory / NAME).is_file() and original_sha256(directory) == digest:
        return sha256_file(directory / NAME)
    return digest


def _check_directory(root: Path, name: str, checked: dict[str, int]) -> None:
    directory = root / name
    try:
        manifest = read_manifest(directory)
    except ValueError as error:
        raise VerificationError(str(error)) from None
    for output in manifest.outputs:
        _check_file(root, f"{name}/{output.path}", output.sha256, checked)
    known = {output.path for output in manifest.outputs}
    for path in files_below(directory):
        if path.relative_to(directory).as_posix() not in known:
            raise VerificationError(f"{path.relative_to(root)} is there, but its manifest does not know it")


def _check_file(root: Path, name: str, digest: str, checked: dict[str, int]) -> None:
    path = root / name
    if not path.is_file():
        raise VerificationError(f"{name} is missing")
    if sha256_file(path) != digest:
        raise VerificationError(f"{name} is not the file that was written: its digest differs")
    checked["files"] += 1
    checked["bytes"] += path.stat().st_size
