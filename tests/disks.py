"""Small file systems that tests fill up, or make read-only."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

_PAGE_BYTES = 4096
_ROOMY_BYTES = 256 << 20


@dataclass(frozen=True)
class Disk:
    """A file system in memory, mounted at `path`."""

    path: Path

    def leave_free(self, size: int) -> None:
        """Make the disk so small that only `size` bytes are free."""
        used = shutil.disk_usage(self.path).used
        self._remount(f"size={max(used + size, _PAGE_BYTES)}")  # a size of 0 would mean no limit

    def enlarge(self) -> None:
        """Make room for any test, and let it be written."""
        self._remount(f"rw,size={_ROOMY_BYTES}")

    def forbid_writing(self) -> None:
        """Make it read-only, as soon as no file is being written."""
        while subprocess.run(["mount", "-o", "remount,ro", self.path], capture_output=True).returncode:
            time.sleep(0.002)

    def _remount(self, options: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{options}", self.path], check=True)


@contextmanager
def small_disk(path: Path) -> Iterator[Disk]:
    """Mount an empty disk at `path`; the test is skipped where that is not allowed."""
    path.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={_ROOMY_BYTES}", "soofi-test", str(path)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("a file system can be mounted only by root")
    try:
        yield Disk(path)
    finally:
        subprocess.run(["umount", "--lazy", path], check=True)
