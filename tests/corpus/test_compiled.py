"""Where compiled code is kept: in a folder of these very sources, and nowhere if nothing can be kept."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CODE = "import numba\nfrom soofi.corpus.adding import add\nprint(numba.config.CACHE_DIR, add(1))"
ADDING = "from soofi.corpus.compiled import kernel\n@kernel\ndef add(x):\n    return x + {}\n"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package with our `compiled.py` and one kernel."""
    corpus = tmp_path / "package" / "soofi" / "corpus"
    corpus.mkdir(parents=True)
    real = Path(__file__).parents[2] / "soofi" / "corpus" / "compiled.py"
    (corpus / "compiled.py").write_bytes(real.read_bytes())
    (corpus / "adding.py").write_text(ADDING.format(1))
    for path in (corpus.parent / "__init__.py", corpus / "__init__.py", corpus / "other.py"):
        path.write_text("")
    return tmp_path / "package"


def added(package: Path, cache: Path) -> tuple[Path, int]:
    """The folder that compiled code was kept in, and what the kernel gave."""
    environment = os.environ | {"NUMBA_CACHE_DIR": str(cache), "PYTHONPATH": str(package)}
    done = subprocess.run(
        [sys.executable, "-c", CODE], cwd=package, capture_output=True, text=True, env=environment
    )
    folder, _, result = done.stdout.strip().rpartition(" ")
    return Path(folder), int(result)


def test_a_changed_source_has_a_folder_of_its_own(package: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    before, result = added(package, cache)
    assert (before.parent, result) == (cache, 2)
    assert [*before.rglob("*.nbi")]
    assert added(package, cache) == (before, 2)
    # a file that the kernel does not name may hold what is compiled into it
    (package / "soofi" / "corpus" / "other.py").write_text("changed = True\n")
    after, result = added(package, cache)
    assert after.parent == cache
    assert after != before


def test_code_is_compiled_even_where_nothing_can_be_kept(package: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    folder, result = added(package, tmp_path / "file" / "below")
    assert result == 2
    assert not folder.is_relative_to(tmp_path / "file")
    assert not folder.exists()
