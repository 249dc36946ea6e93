"""Fetching packages with the machine's own package tools, and unpacking them; nothing of theirs is run."""

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

_APT = ("apt-get", "-q", "-o", "Acquire::Retries=2", "-o", "Acquire::http::Timeout=30")
_NPM = ("npm", "pack", "--ignore-scripts", "--loglevel=error", "--fetch-retries=1", "--fetch-timeout=60000")
_SECONDS_MAX = 600  # for one call of a package tool: a connection that hangs must not hang us


class CannotFetchError(Exception):
    """Packages are not to be had here; the message is one sentence that says what to do."""


@dataclass(frozen=True)
class Package:
    """One package as fetched: what a second person needs to get, and to check, the same bytes."""

    name: str
    kind: str  # deb or npm
    version: str
    bytes: int
    sha256: str
    path: Path


def fetch(
    debs: Sequence[str], npms: Sequence[tuple[str, str]], folder: Path, say: Callable[[str], None]
) -> list[Package]:
    """Download Debian packages by name and npm packages by (name, version) into `folder`; sorted by name.

    Each arrival is told to `say`; nothing is told before the first. As root, npm is installed if missing and
    the package lists are renewed once if they are missing or out of date. Raises `CannotFetchError`.
    """
    _require_tools(needs_npm=bool(npms))
    packages = [_timed(_fetch_npm, (name, version, folder), say) for name, version in npms]
    try:
        packages += _fetch_debs(debs, folder, say)
    except CannotFetchError:
        if os.geteuid() != 0:
            raise
        _call((*_APT, "update"), folder, "update the package lists")
        packages += _fetch_debs(debs, folder, say)
    return sorted(packages, key=lambda package: package.name)


def unpack(package: Package, root: Path) -> None:
    """Unpack one package below `root`, where others may already lie. No script of the package is run."""
    root.mkdir(parents=True, exist_ok=True)
    if package.kind == "deb":
        _call(
            ("dpkg-deb", "-x", str(package.path), str(root)),
            root,
            f"unpack the Debian package {package.name}",
        )
    else:
        with tarfile.open(package.path) as archive:
            archive.extractall(root, filter="data")


def _require_tools(needs_npm: bool) -> None:
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise CannotFetchError(
            "Cannot fetch packages because apt-get or dpkg-deb is missing: run this on Debian or Ubuntu."
        )
    if needs_npm and not shutil.which("npm"):
        if os.geteuid() != 0:
            raise CannotFetchError(
                "Cannot fetch packages because npm is missing: install it (`apt-get install npm` as root)."
            )
        _call((*_APT, "update"), None, "update the package lists")
        _call((*_APT, "install", "-y", "--no-install-recommends", "npm"), None, "install npm")


def _fetch_debs(names: Sequence[str], folder: Path, say: Callable[[str], None]) -> list[Package]:
    if not names:
        return []
    # one look at the lists for all names first, so that nothing large is fetched in vain
    _call((*_APT, "download", "--print-uris", *names), folder, "find the Debian packages")
    with ThreadPoolExecutor(max_workers=2) as pool:
        waiting = [pool.submit(_timed, _fetch_deb, (name, folder), say) for name in names]
        try:
            return [future.result() for future in as_completed(waiting)]
        except CannotFetchError:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _timed(
    fetch_one: Callable[..., Package], arguments: tuple[Any, ...], say: Callable[[str], None]
) -> Package:
    start_seconds = monotonic()
    package = fetch_one(*arguments)
    seconds = monotonic() - start_seconds
    say(f"fetched {package.name} {package.version}: {package.bytes / 1e6:.1f} MB in {seconds:.1f} s")
    return package


def _fetch_deb(name: str, folder: Path) -> Package:
    own = folder / name
    own.mkdir(exist_ok=True)
    task = f"fetch the Debian package {name}"
    _call((*_APT, "download", name), own, task)
    path = _only_file(own, "*.deb", task)
    return _described(name, "deb", _call(("dpkg-deb", "-f", str(path), "Version"), own, task).strip(), path)


def _fetch_npm(name: str, version: str, folder: Path) -> Package:
    own = folder / name
    own.mkdir(parents=True, exist_ok=True)  # a scope of npm is a folder
    task = f"fetch the npm package {name}"
    _call((*_NPM, f"--cache={own / 'cache'}", f"{name}@{version}"), own, task)
    path = _only_file(own, "*.tgz", task)
    with tarfile.open(path) as archive:
        description = archive.extractfile("package/package.json")
        assert description is not None, f"package.json of {name} is no file"
        declared = json.load(description)["version"]
    return _described(name, "npm", declared, path)


def _only_file(folder: Path, pattern: str, task: str) -> Path:
    files = list(folder.glob(pattern))
    if len(files) != 1:
        raise CannotFetchError(
            f"Cannot {task}: the package tool ended well but left {len(files)} files, not one."
        )
    return files[0]


def _described(name: str, kind: str, version: str, path: Path) -> Package:
    data = path.read_bytes()
    return Package(name, kind, version, len(data), hashlib.sha256(data).hexdigest(), path)


def _call(command: Sequence[str], folder: Path | None, task: str) -> str:
    """What a package tool printed; `CannotFetchError` with its own first complaint if it fails."""
    environment = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS_MAX,
        )
    except subprocess.TimeoutExpired:
        raise CannotFetchError(
            f"Cannot {task}: no answer in {_SECONDS_MAX} s, so check the network."
        ) from None
    except OSError as error:
        raise CannotFetchError(f"Cannot {task}: {command[0]} does not start ({error.strerror}).") from None
    if done.returncode != 0:
        complaints = [
            line.strip() for line in done.stderr.decode(errors="replace").splitlines() if line.strip()
        ]
        errors = [
            line for line in complaints if line.startswith(("E:", "npm error", "npm ERR!", "dpkg-deb: error"))
        ]
        reason = (errors or complaints or [f"exit code {done.returncode}"])[0].rstrip(".")
        lists = ", run `apt-get update` as root" if command[0] == "apt-get" else ""
        raise CannotFetchError(f"Cannot {task} ({reason}): check the network{lists} and start again.")
    return done.stdout.decode(errors="replace")
