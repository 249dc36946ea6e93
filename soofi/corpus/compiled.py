"""How the corpus compiles its inner loops: numba, with a cache that a changed source file makes void.

numba looks at the file of a function alone to see whether what it has in its cache still holds, not at the files of the
functions that are compiled into it. So the cache lies in a folder that is named after all sources of this package.
"""

import atexit
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])


@cache
def _cache_folder() -> str:
    package = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(str(path.relative_to(package)).encode() + path.read_bytes())
    given = os.environ.get("NUMBA_CACHE_DIR")
    place = (
        Path(given)
        if given
        else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "soofi" / "numba"
    )
    folder = place / digest.hexdigest()[:16]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError:  # nowhere to keep it: a folder of this process alone
        own = tempfile.mkdtemp(prefix="soofi-numba-")
        atexit.register(shutil.rmtree, own, ignore_errors=True)
        return own
    return str(folder)


numba.config.CACHE_DIR = _cache_folder()  # type: ignore[attr-defined]  # made when numba is imported

kernel = njit(cache=True, nogil=True)
"""Compiles a function on its first call; later processes load it from the cache."""


def kernel_of(signature: Any) -> Callable[[Function], Function]:
    """As `kernel`, for these types alone and when it is defined; `signature`: numba's, text or types."""
    return njit(signature, cache=True, nogil=True)


inlined = njit(inline="always")
"""Becomes part of the kernels that call it."""
