"""The run's ledger: an append-only JSON Lines file in which every line seals the one before."""

import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Literal, get_args

import rfc8785

from soofi.ledger.digest import sha256_values
from soofi.ledger.publish import flush, full_disk_named

Kind = Literal[
    "recipe", "environment", "source", "stage", "tokenizer", "tokens", "start", "layout", "preflight", "checkpoint",
    "resume", "requeue", "skip", "rollback", "intervention", "erase", "fork", "evaluate", "export", "finish", "fail",
]  # fmt: skip

GENESIS = "0" * 64
"""`previous` of the first line."""


@dataclass(frozen=True)
class Entry:
    """One line of the ledger."""

    seq: int
    time: str
    kind: str
    subject: str
    facts: dict[str, Any]
    previous: str
    sha256: str


class LedgerError(ValueError):
    """A ledger whose chain does not hold; the message names the first line that is wrong."""


class Ledger:
    """Reads and appends to one ledger file. Facts are plain values; never text or personal data."""

    def __init__(self, path: Path):
        self.path = Path(path)

    def append(self, kind: Kind, subject: str, facts: dict[str, Any]) -> Entry:
        """Add a line and flush it to disk; a torn last line, left by a crash, is cut off first.

        Raises LedgerError if the last whole line is damaged, ValueError for an unknown kind or for facts that are not
        plain values; the file then stays as it was.
        """
        if kind not in get_args(Kind):
            raise ValueError(f"'{kind}' is no kind of ledger entry: use one of {', '.join(get_args(Kind))}")
        sha256_values(facts)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with full_disk_named(self.path), open(self.path, "a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            last = _last_entry(file, self.path)
            values: dict[str, Any] = {
                "seq": last.seq + 1 if last else 0,
                "time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "kind": kind,
                "subject": subject,
                "facts": facts,
                "previous": last.sha256 if last else GENESIS,
            }
            values["sha256"] = sha256_values(values)
            file.seek(0, os.SEEK_END)
            # The line is itself canonical JSON, so that there is one way to write an entry and every byte counts.
            file.write(rfc8785.dumps(values) + b"\n")
            file.flush()
            os.fsync(file.fileno())
            if last is None:
                flush(self.path.parent)
        return Entry(**values)

    def entries(self) -> list[Entry]:
        """All lines in order, checked; a torn last line (no newline at its end) is left out.

        Raises LedgerError naming the first line that does not hold, FileNotFoundError where there is no ledger.
        """
        entries: list[Entry] = []
        for number, line in enumerate(self._lines(), start=1):
            entry = _parse(line, f"{self.path.name}, line {number}")
            previous = entries[-1].sha256 if entries else GENESIS
            if entry.previous != previous or entry.seq != len(entries):
                raise LedgerError(f"{self.path.name}, line {number} does not follow the line before it")
            entries.append(entry)
        return entries

    def subjects_and_facts(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Kind, subject and facts of every line in order, without recomputing a seal: a resume must not take longer after
        thousands of checkpoints, and `soofi verify` checks the chain. Raises LedgerError for what is no entry."""
        for number, line in enumerate(self._lines(), start=1):
            try:
                values = json.loads(line)
                yield values["kind"], values["subject"], values["facts"]
            except (ValueError, KeyError, TypeError):
                raise LedgerError(f"{self.path.name}, line {number} is not a ledger entry") from None

    def newest(self, kind: Kind, subject: str | None = None) -> Entry | None:
        """The last line of a kind (and subject), or None. Only its own seal is checked: see `subjects_and_facts`."""
        if not self.path.exists():
            return None
        lines, written = self._lines(), f'"kind":"{kind}"'.encode()
        for number in range(len(lines), 0, -1):
            line = lines[number - 1]
            if written in line:
                entry = _parse(line, f"{self.path.name}, line {number}")
                if entry.kind == kind and (subject is None or entry.subject == subject):
                    return entry
        return None

    def _lines(self) -> list[bytes]:
        return self.path.read_bytes().split(b"\n")[:-1]


def _parse(line: bytes, where: str) -> Entry:
    try:
        values = json.loads(line, parse_int=_number)
        sealed = sha256_values({key: value for key, value in values.items() if key != "sha256"})
        written = rfc8785.dumps(values)
        known = {field.name for field in fields(Entry)}
        if (unknown := values.keys() - known) and known <= values.keys() and sealed == values["sha256"]:
            raise LedgerError(
                f"{where} has a field that this soofi does not know ({min(unknown)}): use the soofi that wrote it"
            )
        entry = Entry(**values)
    except LedgerError:
        raise
    except (ValueError, TypeError, AttributeError):
        raise LedgerError(f"{where} is not a ledger entry") from None
    if sealed != entry.sha256 or written != line:
        raise LedgerError(f"{where} was changed after it was written")
    return entry


def _number(digits: str) -> int | float:
    """Canonical JSON writes a large float (operations of a run, say) without a point; no integer beyond 2^53 is written."""
    return int(digits) if abs(int(digits)) < 2**53 else float(digits)


def _last_entry(file: IO[bytes], path: Path) -> Entry | None:
    """Cut off a torn last line and return the last whole one, reading only the file's end."""
    end = file.seek(0, os.SEEK_END)
    tail, start = b"", end
    while start > 0 and tail.count(b"\n") < 2:
        start = max(0, start - 65536)
        file.seek(start)
        tail = file.read(end - start)
    whole = tail.rfind(b"\n") + 1
    if whole < len(tail):
        file.truncate(start + whole)
    lines = tail[:whole].split(b"\n")[:-1]
    return _parse(lines[-1], f"{path.name}, last line") if lines else None
