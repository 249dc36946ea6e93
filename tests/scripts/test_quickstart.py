"""scripts/quickstart on a poor machine: no npm, no apt, no compiler, no root, a home that cannot be written."""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
STRANGER = 4711
"""A user id that no machine knows by name."""
FETCHERS = ("npm", "npx", "node", "apt", "dpkg")
COMPILERS = (
    *("gcc", "g++", "cc", "c++", "c89", "c99", "cpp", "clang", "nvcc", "ld", "as"),
    *("ninja", "make", "cmake"),
)
SHORTER = (
    "stages.0.tokens=20480",
    "train.schedule.warmup_tokens=2048",
    "train.schedule.decay_tokens=10240",
    "train.validation.bytes_per_language=500",
    "evaluate.bytes_per_language=500",
    "generate.new_tokens=10",
)


def clone(root: Path) -> None:
    """The sources as git knows them, and an installed environment: this one, under a name of the clone's own."""
    known = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY, capture_output=True, text=True, check=True,
    ).stdout.split("\0")  # fmt: skip
    for name in filter(None, known):
        if (REPOSITORY / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, root / name)
    (root / ".venv").mkdir()
    for name in ("bin", "lib", "pyvenv.cfg"):
        (root / ".venv" / name).symlink_to(Path(sys.prefix) / name)
    locked = b"".join((root / name).read_bytes() for name in ("requirements.lock", "pyproject.toml"))
    place = f"Python {platform.python_version()} in {root}"
    (root / ".venv/installed").write_text(f"{place}\n{hashlib.sha256(locked).hexdigest()}\n")


def tools_without(folder: Path, hidden: tuple[str, ...]) -> None:
    """Links to the system's programs, but for those whose names begin so or end in `-` and one of them."""
    folder.mkdir()
    for program in [*Path("/usr/bin").iterdir(), *Path("/bin").iterdir()]:
        words = program.name.split("-")
        if any(word.rstrip("0123456789.") in hidden for word in words):
            continue
        link = folder / program.name
        if not link.is_symlink():
            link.symlink_to(program)


@pytest.mark.nightly
def test_a_second_user_without_npm_apt_compiler_or_a_home(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    if sys.prefix == sys.base_prefix:
        pytest.skip("the tests do not run in an environment of their own")
    root, home, tools, scratch = (tmp_path / name for name in ("Ümlaut und Raum", "home", "tools", "scratch"))
    root.mkdir()
    clone(root)
    tools_without(tools, (*FETCHERS, *COMPILERS))
    home.mkdir(mode=0o555)
    scratch.mkdir()
    for path in [scratch, root, *root.rglob("*")]:
        os.chown(path, STRANGER, STRANGER, follow_symlinks=False)
    done = subprocess.run(
        [
            # May read what root may, since the interpreter can lie in root's home; may write only what is its own.
            shutil.which("setpriv"), "--reuid", str(STRANGER), "--regid", str(STRANGER), "--clear-groups",
            "--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search",
            "bash", "scripts/quickstart", *SHORTER,
        ],
        cwd=root,
        env={"PATH": str(tools), "HOME": str(home), "TMPDIR": str(scratch), "OMP_NUM_THREADS": "1"},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = done.stderr.splitlines()
    assert said[0].startswith("Cannot fetch packages because apt-get or dpkg-deb is missing")
    assert said[1] == "Going on with the small texts of tests/data."
    ours = (
        "corpus:",
        "tokenizer:",
        "tokens:",
        "train:",
        "  step ",
        "  held-out ",
        "export:",
        "evaluate:",
        "report:",
    )
    assert [line for line in said[2:] if not line.startswith(ours)] == []
    assert "Job: " in done.stdout
    run = root / "runs/quickstart-offline"
    assert (run / "report/loss.png").stat().st_uid == STRANGER
    assert not list(home.iterdir())
    # Nothing was compiled, and no folder is left in the temporary directory but torch's own empty one.
    left = [path for path in scratch.rglob("*") if path.is_file() or path.name.startswith("soofi")]
    assert left == []
