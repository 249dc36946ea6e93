"""Writes that a crash cannot leave half done: temporary name, flush to disk, rename."""

import ctypes
import errno
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_FULL_BYTES = 1 << 18

PARTIAL = ".partial-"
"""Prefix of names that are not published yet; a reader ignores them, the next writer or `remove_partial` removes them."""

_of_this_process = ""


def write_beside_others() -> None:
    """From here on temporary names are this process's own, so that another one may write the same files and directories at once.

    As a job does that a cluster has started again while the node that it gave up still works. Both are to write the same
    bytes: of two files the later one stays, of two directories the first. What a killed process leaves, the next writer does not
    remove; `remove_partial` does.
    """
    global _of_this_process
    _of_this_process = f"-{os.uname().nodename}-{os.getpid()}"


@contextmanager
def publish_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path to write to; on leaving without an error it is flushed and renamed to `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = _partial(path)
    _remove(partial)
    try:
        with full_disk_named(partial):
            yield partial
            flush(partial)
            os.replace(partial, path)
            flush(path.parent)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def write_text(path: Path, text: str) -> None:
    """Publish a UTF-8 text file."""
    with publish_file(path) as partial:
        partial.write_text(text, encoding="utf-8")


def write_json(path: Path, values: Any) -> None:
    """Publish plain values as indented JSON with sorted keys, so that equal values give equal bytes."""
    write_text(path, json.dumps(values, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


@contextmanager
def publish_directory(path: Path) -> Iterator[Path]:
    """Yield an empty temporary directory; on leaving without an error all of it is flushed and renamed to `path`.

    What stood at `path` before is replaced. What an earlier, interrupted writer left is removed first, unless it is
    all that is left of `path`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = _partial(path)
    if _of_this_process:
        with _directory_beside_others(partial, path):
            yield partial
        return
    replaced = _replaced(path)
    if replaced.exists() and not path.exists():
        os.rename(replaced, path)
    for stale in (partial, replaced):
        _remove(stale)
    try:
        with full_disk_named(partial):
            partial.mkdir()
            yield partial
            publish_prepared(partial, path)
    except Exception:
        shutil.rmtree(partial, ignore_errors=True)
        raise


@contextmanager
def _directory_beside_others(partial: Path, path: Path) -> Iterator[None]:
    """Make `partial`, and rename it to `path` on leaving, unless another process has published that already."""
    _remove(partial)
    try:
        with full_disk_named(partial):
            partial.mkdir()
            yield
            _flush_below(partial)
            try:
                os.rename(partial, path)  # fails where there is a directory with something in it
            except OSError as error:
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                    raise
            flush(path.parent)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def full_disk_named(path: Path) -> Iterator[None]:
    """Where the disk that holds `path` is full, say so: libraries report it by errors of many kinds and words.

    Raises OSError (ENOSPC) in place of whatever the full disk led to.
    """
    try:
        yield
    except Exception as error:
        if (
            isinstance(error, OSError)
            and error.errno is not None
            and (error.filename or not is_full_disk(error))
        ):
            raise  # the system has said what it is
        there = next(p for p in (path, *path.parents) if p.exists())
        if is_full_disk(error) or shutil.disk_usage(there).free < _FULL_BYTES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path)) from error
        raise


def is_full_disk(error: BaseException) -> bool:
    """Whether an error is, or quotes, the system's word for a full disk."""
    return (isinstance(error, OSError) and error.errno == errno.ENOSPC) or os.strerror(errno.ENOSPC) in str(
        error
    )


def publish_prepared(partial: Path, path: Path) -> None:
    """Flush a finished directory to disk and rename it to `path`, replacing what stood there.

    Where the system can exchange two names (Linux, most local file systems), `path` is at every instant the old or the
    new directory. Elsewhere there is an instant between two renames in which it is neither; the old one then waits under
    a partial name, and the next writer puts it back.
    """
    _flush_below(partial)
    if not path.exists():
        os.rename(partial, path)
        flush(path.parent)
        return
    old = partial
    if not _exchange(partial, path):
        old = _replaced(path)
        _remove(old)
        os.rename(path, old)
        os.rename(partial, path)
    flush(path.parent)
    _remove(old)


def check_replaceable(path: Path, sign: str) -> None:
    """Raise ValueError if something stands at `path` that soofi did not make: it would be lost if a directory were published there.

    `sign`: name of a file that every such directory of ours has. An empty directory may be replaced.
    """
    replaceable = (path / sign).is_file() or not any(path.iterdir()) if path.is_dir() else not path.exists()
    if not replaceable:
        raise ValueError(
            f"{path} is not of soofi's making, and would be replaced: move it, or choose another name"
        )


def remove_partial(directory: Path) -> None:
    """Delete what interrupted writers left in a directory."""
    for path in directory.glob(f"{PARTIAL}*"):
        _remove(path)


def _partial(path: Path) -> Path:
    return path.with_name(f"{PARTIAL}{path.name}{_of_this_process}")


def _flush_below(directory: Path) -> None:
    for folder, _, names in os.walk(directory):
        for name in names:
            flush(Path(folder) / name)
        flush(Path(folder))


def _replaced(path: Path) -> Path:
    return path.with_name(f"{PARTIAL}replaced-{path.name}")


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _exchange(one: Path, other: Path) -> bool:
    """Swap two names in one step; False where system, kernel or file system cannot."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    at_current_directory, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    return rename is not None and not rename(
        at_current_directory, os.fsencode(one), at_current_directory, os.fsencode(other), exchange
    )


def flush(path: Path) -> None:
    """Wait until a file's bytes, or a directory's names, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
