"""Places where no run can be written, and a run that another command is working on."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.disks import small_disk
from tests.runs import copy_before, stage_files


def assert_one_sentence(done: subprocess.CompletedProcess, *words: str) -> None:
    assert done.returncode == 2, done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert all(word in done.stderr for word in words), done.stderr


def test_a_read_only_run_directory(finished, soofi, smoke_recipe: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        copy_before(finished.directory, disk.path / "smoke", "export")
        disk.forbid_writing()
        for command in ("run", "export"):
            done = soofi(command, smoke_recipe, f"run_root={disk.path}")
            assert_one_sentence(done, "Read-only file system", str(disk.path / "smoke"), "run_root")
        # What only reads works there.
        assert soofi("verify", disk.path / "smoke").returncode == 0


def test_a_file_stands_where_the_run_would_be(soofi, smoke_recipe: Path, tmp_path: Path) -> None:
    (tmp_path / "smoke").write_text("not a run")
    assert_one_sentence(soofi("run", smoke_recipe, f"run_root={tmp_path}"), str(tmp_path / "smoke"))
    for root in (tmp_path / "smoke", tmp_path / "smoke" / "below"):
        assert_one_sentence(soofi("run", smoke_recipe, f"run_root={root}"), "Not a directory", str(root))
    assert (tmp_path / "smoke").read_text() == "not a run"


def test_a_run_root_that_takes_no_directory(soofi, smoke_recipe: Path) -> None:
    assert_one_sentence(soofi("run", smoke_recipe, "run_root=/proc"), "/proc/smoke", "run_root")


def test_a_second_command_is_refused_by_the_number_of_the_first(
    soofi, smoke_recipe: Path, tmp_path: Path
) -> None:
    hold = """
import sys
from pathlib import Path
from soofi.ledger import lock_run
with lock_run(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(tmp_path / "smoke")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as holder:  # fmt: skip
        assert holder.stdout.readline() == "held\n"
        for command in ("run", "corpus", "train"):
            done = soofi(command, smoke_recipe, f"run_root={tmp_path}")
            assert_one_sentence(done, f"process {holder.pid} ", "another name")
        holder.stdin.close()
    assert soofi("corpus", smoke_recipe, f"run_root={tmp_path}").returncode == 0


@pytest.mark.nightly
def test_the_whole_way_without_a_network(soofi, smoke_recipe: Path, tmp_path: Path) -> None:
    """In a network of its own that has only the loopback device, over which the ranks speak."""
    alone = ["unshare", "--net"] if subprocess.run(["unshare", "--net", "true"]).returncode == 0 else None
    if alone is None and subprocess.run(["unshare", "-rn", "true"]).returncode == 0:
        alone = ["unshare", "-rn"]
    if alone is None:
        pytest.skip("this machine lets nobody make a network of his own")
    script = 'ip link set lo up && exec "$@"'
    command = [
        *alone, "sh", "-c", script, "sh",
        sys.executable, "-m", "soofi", "run", str(smoke_recipe), f"run_root={tmp_path}",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
    assert soofi("verify", tmp_path / "smoke").returncode == 0


def test_a_long_temporary_directory(finished, soofi, smoke_recipe: Path, tmp_path: Path) -> None:
    """As clusters set one for each job: the path of a socket in it would be longer than the system allows."""
    long = tmp_path / "scratch-of-the-job" / ("x" * 80)
    long.mkdir(parents=True)
    done = soofi("corpus", smoke_recipe, f"run_root={tmp_path}", TMPDIR=str(long))
    assert done.returncode == 0, done.stderr
    assert stage_files(tmp_path / "smoke", "corpus") == stage_files(finished.directory, "corpus")
