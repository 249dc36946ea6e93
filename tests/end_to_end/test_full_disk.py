"""A disk that fills up in the middle of a stage: one sentence, nothing half-written, and it goes on when there is room."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from soofi.checkpoint import published_checkpoints
from soofi.ledger import RunDirectory, damage
from tests.disks import Disk, small_disk
from tests.kills import begin
from tests.running import Running
from tests.runs import assert_same_weights, copy_before, metrics, stage_files


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with small_disk(tmp_path / "disk") as mounted:
        yield mounted


def published(run: Path) -> set[str]:
    """Names without a temporary part, apart from what only helps."""
    aside = {".lock", ".work", "logs", ".digests.json"}
    return {
        path.relative_to(run).as_posix()
        for path in run.rglob("*")
        if not any(p in aside or p.startswith(".partial-") for p in path.relative_to(run).parts)
    }


def refused_then_finished(
    finished: Path, disk: Disk, soofi, recipe: Path, stage: str, free_kib: int, *options: str
) -> Path:
    """Carry out `stage` with little room, see it refused, give it room, and see it finish; returns the run."""
    run = disk.path / "smoke"
    copy_before(finished, run, stage)
    before = published(run)
    disk.leave_free(free_kib << 10)
    command = (stage, recipe, f"run_root={disk.path}", *options)

    done = soofi(*command)
    assert done.returncode == 1, done.stderr
    said = list(filter(None, done.stderr.splitlines()))  # two ranks may say it at once, and in one line
    if said[-1].startswith("soofi: training ended early"):
        said.pop()  # a rank has said why; what a failed save wrote is gone, so that the disk has room again
    assert "No space left on device" in said[-1], done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    if stage != "train":
        assert published(run) - before <= {"recipe.yaml", "ledger.jsonl"}

    disk.enlarge()
    done = soofi(*command)
    assert done.returncode == 0, done.stderr
    assert soofi("verify", run).returncode == 0
    return run


# Free space for the first files of the stage but not for all that it makes.
@pytest.mark.parametrize(
    ("stage", "free_kib"),
    [("corpus", 200), ("tokenizer", 80), ("tokens", 300), ("export", 400)],
)
def test_a_full_disk_ends_a_stage_which_then_gives_the_same_bytes(
    finished, disk: Disk, soofi, smoke_recipe: Path, stage: str, free_kib: int
) -> None:
    run = refused_then_finished(finished.directory, disk, soofi, smoke_recipe, stage, free_kib)
    assert stage_files(run, stage) == stage_files(finished.directory, stage)


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("stage", "free_kib"),
    [(stage, free_kib) for stage in ("corpus", "tokens", "export") for free_kib in (0, 16)]
    + [("corpus", 40), ("corpus", 420), ("corpus", 700), ("tokens", 600), ("export", 200)]
    + [("evaluate", 8), ("report", 30), ("report", 60)],
)
def test_it_does_so_wherever_the_disk_fills_up(
    finished, disk: Disk, soofi, smoke_recipe: Path, stage: str, free_kib: int
) -> None:
    run = refused_then_finished(finished.directory, disk, soofi, smoke_recipe, stage, free_kib)
    assert stage_files(run, stage) == stage_files(finished.directory, stage)


@pytest.mark.nightly
@pytest.mark.parametrize(
    "free_kib",
    [0, 20, 60, 1000, 3400],
    ids=["lock", "figures", "first file", "checkpoint", "next checkpoint"],
)
def test_a_full_disk_ends_training_which_then_gives_the_same_weights(
    finished, disk: Disk, soofi, smoke_recipe: Path, free_kib: int
) -> None:
    run = refused_then_finished(finished.directory, disk, soofi, smoke_recipe, "train", free_kib, "--resume")
    assert_same_weights(finished.directory, run)
    assert metrics(run) == metrics(finished.directory)


def test_while_a_disk_is_full_or_read_only_a_run_goes_on_where_its_recipe_says_so(
    finished, tiny, tmp_path: Path
) -> None:
    """Each save that it costs ends in one sentence; what was saved before is whole, and what comes after is the same."""
    recipe, course = tiny
    run = begin(finished.directory, tmp_path)
    with small_disk(run / "checkpoints") as disk:
        overrides = ("train.checkpoints.on_failure=continue", "train.checkpoints.keep_last=1")
        running = Running(run, "train", recipe, *overrides)

        def hears(words: str) -> bool:
            return running.wait_until(lambda: words in running.text())

        assert running.wait_until((run / "checkpoints" / "latest").exists), running.text()
        disk.leave_free(100 << 10)
        assert hears("was not saved (No space left on device"), running.text()
        whole = published_checkpoints(RunDirectory(run))
        assert whole and not any(map(damage, whole))
        disk.forbid_writing()
        assert hears("was not saved (Read-only file system"), running.text()
        assert published_checkpoints(RunDirectory(run)) == whole
        disk.enlarge()
        assert running.process.wait() == 0, running.text()
        said = [line for line in running.text().splitlines() if "was not saved" in line]
        assert all(line.endswith("; earlier ones are whole, and the run goes on") for line in said)
        assert "Traceback" not in running.text()
        course.compare_finished(run)
