"""An environment of the benchmark's own: this one, and besides it what its peers need.

For datatrove that is JSON Lines, words and hashes: datatrove 0.10.1 hashes strings, which xxhash 4 no longer takes.
"""

import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

ADDED = ("spacy==3.8.18", "orjson==3.13.0", "xxhash==3.8.2")
THREADS = dict.fromkeys(
    ("MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"
)


def enter(directory: Path, added: Sequence[str] = ADDED) -> None:
    """Go on in the environment of `directory`, on one core; it is made there if there is none. Starts this program anew.

    `added`: what pip is to install there.
    """
    python = directory.absolute() / "bin" / "python"
    if Path(sys.prefix) == directory.absolute():
        return
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(directory)], check=True)
        packages = Path(sysconfig.get_path("purelib", vars={"base": str(directory.absolute())}))
        here = sysconfig.get_path("purelib")
        (packages / "here.pth").write_text(f"import site; site.addsitedir({here!r})\n", encoding="utf-8")
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *added], check=True)
    home = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, [home, os.environ.get("PYTHONPATH")]))
    os.execve(python, [str(python), *sys.argv], os.environ | THREADS | {"PYTHONPATH": path})


def added_versions(added: Sequence[str] = ADDED) -> dict[str, str]:
    """Versions of what was added."""
    names = [one.partition("==")[0] for one in added]
    code = f"import importlib.metadata as m, json; print(json.dumps({{n: m.version(n) for n in {names}}}))"
    return json.loads(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout)
