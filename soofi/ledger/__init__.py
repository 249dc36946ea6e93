"""The hash-chained record of a run, manifests, digests, and writes that a crash cannot tear."""

from soofi.ledger.chain import Entry, Ledger, LedgerError
from soofi.ledger.digest import DigestCache, sha256_file, sha256_values
from soofi.ledger.erasures import erased_documents, original_sha256
from soofi.ledger.manifest import NAME as MANIFEST
from soofi.ledger.manifest import (
    FormatError,
    Manifest,
    Output,
    damage,
    files_below,
    is_finished,
    manifest_sha256,
    read_manifest,
    update_manifest,
    write_manifest,
)
from soofi.ledger.publish import (
    PARTIAL,
    check_replaceable,
    flush,
    full_disk_named,
    is_full_disk,
    publish_directory,
    publish_file,
    publish_prepared,
    remove_partial,
    write_beside_others,
    write_json,
    write_text,
)
from soofi.ledger.run_directory import RunDirectory
from soofi.ledger.run_lock import lock_run
from soofi.ledger.verify import VerificationError, verify_run

__all__ = [
    "MANIFEST", "PARTIAL", "DigestCache", "Entry", "FormatError", "Ledger", "LedgerError", "Manifest", "Output", "RunDirectory",
    "VerificationError", "check_replaceable", "damage", "erased_documents", "files_below", "flush", "full_disk_named", "is_finished", "is_full_disk", "lock_run", "manifest_sha256", "original_sha256", "publish_directory", "publish_file", "publish_prepared",
    "read_manifest", "remove_partial", "sha256_file", "sha256_values", "update_manifest", "verify_run", "write_beside_others", "write_json", "write_manifest", "write_text",
]  # fmt: skip
