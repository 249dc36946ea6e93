"""scripts/install: makes again what was torn, does nothing twice, stands in any path, needs no network of its own."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.scripts.tiny_backend import write_wheel

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A tiny project with the real install script, in a path with spaces and umlauts."""
    root = tmp_path / "Pfad mit Ümlaut"
    (root / "scripts").mkdir(parents=True)
    shutil.copy(REPOSITORY / "scripts/install", root / "scripts")
    shutil.copy(REPOSITORY / "tests/scripts/tiny_backend.py", root)
    (root / "requirements.lock").write_text("needed==1\n")
    (root / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "tiny_backend"\nbackend-path = ["."]\n'
        '[project]\nname = "tiny"\nversion = "1"\n'
    )
    (root / "tiny.py").write_text("NUMBER = 42\n")
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    write_wheel(wheels, "needed", {"needed/__init__.py": "", "needed/part.py": ""})
    write_wheel(wheels, "added", {"added.py": ""})
    return root


def start(root: Path, **environment: str) -> subprocess.Popen:
    offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": (root.parent / "wheels").as_uri()}
    return subprocess.Popen(
        ["bash", "scripts/install"],
        cwd=root,
        env={**os.environ, **offline, "PYTHON": sys.executable, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def install(root: Path, **environment: str) -> subprocess.CompletedProcess:
    process = start(root, **environment)
    output, errors = process.communicate(timeout=200)
    return subprocess.CompletedProcess(process.args, process.returncode, output, errors)


def hold(root: Path, process: subprocess.Popen) -> None:
    """Wait until the installation that `process` began stands between its two halves."""
    while not (root / "held").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)


def works(root: Path, modules: str = "needed.part") -> bool:
    code = f"import {modules}, tiny; print(tiny.NUMBER)"
    done = subprocess.run([root / ".venv/bin/python", "-c", code], cwd="/", capture_output=True, text=True)
    return done.stdout == "42\n"


def tools(folder: Path, **bodies: str) -> str:
    """Shell commands of our own in `folder`; returns a PATH that finds them first."""
    folder.mkdir()
    for name, body in bodies.items():
        (folder / name).write_text(f"#!/usr/bin/env bash\n{body}\n")
        (folder / name).chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def test_a_second_start_does_nothing_and_a_changed_or_failing_lock_costs_no_environment(
    project: Path,
) -> None:
    first = install(project)
    assert first.returncode == 0, first.stderr
    assert works(project)
    stamp = project / ".venv/installed"
    before = stamp.stat()

    for environment in ({}, {"PYTHON": ""}):  # without PYTHON, the Python of .venv stays
        second = install(project, **environment)
        assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    assert (stamp.stat().st_mtime_ns, stamp.stat().st_ino) == (before.st_mtime_ns, before.st_ino)

    (project / ".venv/own").touch()
    (project / "requirements.lock").write_text("needed==1\nadded==1\n")
    assert install(project).returncode == 0
    assert works(project, "needed.part, added")
    assert (project / ".venv/own").exists(), "a complete .venv was thrown away"

    (project / "requirements.lock").write_text("needed==2\n")
    failed = install(project)
    assert failed.returncode == 1
    assert "needed==2" in failed.stderr
    assert str(project / ".venv-install.log") in failed.stderr.splitlines()[-1]
    assert "needed==2" in (project / ".venv-install.log").read_text(encoding="utf-8")
    assert install(project).returncode == 1, "a failed installation counts as done"

    (project / "requirements.lock").write_text("needed==1\n")
    assert install(project).returncode == 0
    assert works(project)
    assert (project / ".venv/own").exists(), "a failure that pip undid cost the whole .venv"


def test_a_killed_installation_is_made_again_and_two_at_once_follow_one_another(project: Path) -> None:
    (project / "hold").touch()
    process = start(project)
    hold(project, process)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    (project / "held").unlink()
    # As if the kill had come in the midst of a package: pip would take it for installed.
    next((project / ".venv/lib").glob("python*/site-packages/needed/part.py")).unlink()

    first = start(project, PYTHON="")
    hold(project, first)
    second = start(project)
    assert second.stdout.readline() == "Another installation is under way here: waiting for it\n"
    (project / "hold").unlink()
    _, errors = first.communicate(timeout=200)
    assert first.returncode == 0, errors
    output, errors = second.communicate(timeout=200)
    assert (second.returncode, output) == (0, ""), errors  # it found the work done
    assert works(project)


@pytest.mark.nightly
@pytest.mark.parametrize("broken", ["python", "pip", "place"])
def test_a_broken_environment_is_made_again(project: Path, broken: str) -> None:
    assert install(project).returncode == 0
    if broken == "python":
        (project / ".venv/bin/python").unlink()
    elif broken == "pip":
        shutil.rmtree(next((project / ".venv/lib").glob("python*/site-packages/pip")))
        (project / "requirements.lock").write_text("needed==1\n# changed\n")
    else:
        project = project.rename(project.with_name("elsewhere"))
    done = install(project, PYTHON="" if broken == "place" else sys.executable)
    assert done.returncode == 0, done.stderr
    assert works(project)
    shebang = (project / ".venv/bin/pip").read_text(encoding="utf-8").splitlines()
    assert any(str(project) in line for line in shebang[:2])


def test_without_the_venv_module_and_without_root_it_names_the_command(project: Path, tmp_path: Path) -> None:
    without_venv = f'[[ "$*" == *ensurepip* ]] && exit 1; exec "{sys.executable}" "$@"'
    path = tools(tmp_path / "tools", id="echo 1000", plain=without_venv)
    done = install(project, PATH=path, PYTHON="plain")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert done.returncode == 1
    assert done.stderr == (
        f"soofi: Python's venv module is missing: run 'apt-get install python{version}-venv' as root\n"
    )
    assert not (project / ".venv").exists()


@pytest.mark.nightly
def test_root_gets_the_venv_module_of_debian_and_goes_on(project: Path, tmp_path: Path) -> None:
    there = tmp_path / "there"
    path = tools(
        tmp_path / "tools",
        id="echo 0",
        plain=f'[[ "$*" == *ensurepip* ]] && ! [ -e "{there}" ] && exit 1; exec "{sys.executable}" "$@"',
        **{"apt-get": f'echo "$*" >>"{there}.log"; [ "$1" = update ] || touch "{there}"'},
    )
    done = install(project, PATH=path, PYTHON="plain")
    assert done.returncode == 0, done.stderr
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert Path(f"{there}.log").read_text() == f"update\ninstall -y python{version}-venv\n"
    assert works(project)


def test_an_old_and_a_missing_python_are_refused(project: Path, tmp_path: Path) -> None:
    path = tools(tmp_path / "tools", old='[[ "$*" == *version_info\\[* ]] && echo 3.9.2 && exit; exit 1')
    done = install(project, PATH=path, PYTHON="old")
    assert (done.returncode, done.stderr) == (
        1,
        "soofi: old is Python 3.9.2: name Python 3.11 or newer in PYTHON\n",
    )
    done = install(project, PYTHON="/no/python")
    assert done.returncode == 1
    assert done.stderr.startswith("soofi: /no/python does not start: install Python 3.11")


@pytest.mark.nightly
def test_a_fresh_clone_installs_the_real_lock(tmp_path: Path) -> None:
    clone = tmp_path / "frischer Klön"
    subprocess.run(["git", "clone", "-q", REPOSITORY, clone], check=True)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        ["bash", "scripts/install"], cwd=clone, env=environment, capture_output=True, text=True, timeout=1200
    )
    assert done.returncode == 0, done.stderr
    for command in (
        ["soofi", "recipe", "check", "recipes/smoke.yaml"],
        ["pip", "check"],
        ["python", "-c", "from megatron.core.datasets.indexed_dataset import IndexedDataset"],
    ):
        checked = subprocess.run(
            [clone / ".venv/bin" / command[0], *command[1:]],
            cwd=clone,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert checked.returncode == 0, checked.stdout + checked.stderr
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=clone, capture_output=True, text=True, check=True
    )
    assert status.stdout == "", "an installation leaves files that git does not ignore"
