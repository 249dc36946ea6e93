"""scripts/install: finishes what was begun, does nothing twice, stands in any path."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A tiny project with the real install script, in a path with spaces and umlauts."""
    root = tmp_path / "Pfad mit Ümlaut"
    (root / "scripts").mkdir(parents=True)
    shutil.copy(REPOSITORY / "scripts" / "install", root / "scripts")
    (root / "requirements.lock").write_text("iniconfig==2.3.1\n")
    (root / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["setuptools>=77"]\nbuild-backend = "setuptools.build_meta"\n'
        '[project]\nname = "tiny"\nversion = "1"\n[tool.setuptools]\npy-modules = ["tiny"]\n'
    )
    (root / "tiny.py").write_text("NUMBER = 42\n")
    return root


def install(root: Path, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        ["bash", "scripts/install"],
        cwd=root,
        env={**os.environ, "PYTHON": sys.executable, **environment},
        capture_output=True,
        text=True,
        timeout=200,
    )


def works(root: Path) -> bool:
    code = "import iniconfig, tiny; print(tiny.NUMBER)"
    done = subprocess.run([root / ".venv/bin/python", "-c", code], cwd="/", capture_output=True, text=True)
    return done.stdout == "42\n"


def test_it_installs_then_does_nothing_then_mends_and_follows_a_move(project: Path) -> None:
    first = install(project)
    assert first.returncode == 0, first.stderr
    assert works(project)
    stamp = (project / ".venv/installed").stat().st_mtime_ns

    second = install(project)
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    assert (project / ".venv/installed").stat().st_mtime_ns == stamp

    (project / ".venv/installed").unlink()  # killed after half of the packages
    shutil.rmtree(next((project / ".venv/lib").glob("python*/site-packages/iniconfig")))
    (project / ".venv/bin/python").unlink()
    assert install(project).returncode == 0
    assert works(project)

    moved = project.with_name("elsewhere")
    project.rename(moved)
    assert install(moved).returncode == 0
    assert works(moved)


def test_a_failing_package_is_named_with_the_log(project: Path) -> None:
    (project / "requirements.lock").write_text("iniconfig==0.0.999\n")
    done = install(project)
    assert done.returncode == 1
    assert "iniconfig" in done.stderr
    assert "install.log" in done.stderr.splitlines()[-1]
    assert not (project / ".venv/installed").exists()


def test_without_the_venv_module_and_without_root_it_names_the_command(project: Path, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, body in {
        "id": "echo 1000",
        "python-without-venv": f'[[ "$*" == *ensurepip* ]] && exit 1; exec "{sys.executable}" "$@"',
    }.items():
        (tools / name).write_text(f"#!/usr/bin/env bash\n{body}\n")
        (tools / name).chmod(0o755)
    done = install(project, PATH=f"{tools}:{os.environ['PATH']}", PYTHON=str(tools / "python-without-venv"))
    assert done.returncode == 1
    assert "apt-get install python3." in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (project / ".venv").exists()


def test_an_old_python_is_refused(project: Path, tmp_path: Path) -> None:
    old = tmp_path / "python-old"
    old.write_text('#!/usr/bin/env bash\n[[ "$1" == --version ]] && echo "Python 3.9.2" && exit 0; exit 1\n')
    old.chmod(0o755)
    done = install(project, PYTHON=str(old))
    assert done.returncode == 1
    assert "Python 3.9.2 is too old" in done.stderr


@pytest.mark.nightly
def test_a_fresh_clone_installs_the_real_lock(tmp_path: Path) -> None:
    clone = tmp_path / "fresh clone"
    subprocess.run(["git", "clone", "-q", REPOSITORY, clone], check=True)
    done = subprocess.run(
        ["bash", "scripts/install"], cwd=clone, env=os.environ, capture_output=True, text=True, timeout=1200
    )
    assert done.returncode == 0, done.stderr
    checked = subprocess.run(
        [clone / ".venv/bin/soofi", "recipe", "check", "recipes/smoke.yaml"],
        cwd=clone,
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stderr
