"""Processes that die in the middle, and the run that goes on from there."""

import os
import signal
import threading
import time
from pathlib import Path

import psutil
import pytest

from soofi.corpus.engine.tasks import tasks_of
from soofi.corpus.engine.work import Work, open_work
from soofi.corpus.reading.sources import locate
from soofi.ledger import RunDirectory
from soofi.recipe import dump_recipe

START = """
import sys
from pathlib import Path
from soofi.corpus import make_corpus
from soofi.ledger import RunDirectory
from soofi.recipe import load_recipe
make_corpus(load_recipe(sys.argv[1]), RunDirectory(Path(sys.argv[2])), {"texts": "0" * 64}, print)
"""
PATIENCE_SECONDS = 60


@pytest.fixture(scope="module")
def recipe(tmp_path_factory, jsonl, prose, recipe_of):
    """Files of which the second takes a worker about a second, the others none."""
    folder = tmp_path_factory.mktemp("texts")
    for number, name in enumerate(("a", "c")):
        jsonl(folder / f"{name}.jsonl", *({"text": prose("de", number * 100 + n)} for n in range(10)))
    long = ({"text": " ".join(prose("de", n * 20 + i) for i in range(12))} for n in range(1000, 1500))
    jsonl(folder / "b.jsonl", *long)
    return recipe_of([{"name": "web", "paths": [str(folder / "*.jsonl")]}], ["de"], workers=1)


def completed(run: Path) -> list[str]:
    return sorted(path.name for path in run.glob(".work/corpus/*/engine/documents/completions/*"))


def wait_until(condition) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def workers(run: Path) -> list[psutil.Process]:
    """Processes that work for this run, and datatrove's helpers that they started."""
    found = []
    for process in psutil.process_iter():
        try:
            if any(argument.startswith(str(run / ".work")) for argument in process.cmdline()):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            pass
    return found


def test_a_run_goes_on_after_its_worker_and_after_the_whole_run_was_killed(
    recipe, make, start_python, tmp_path, bytes_below
):
    undisturbed = make(recipe, tmp_path / "undisturbed")

    # The whole run is killed: its worker, which nobody waits for any more, ends too.
    directory = tmp_path / "disturbed"
    (tmp_path / "recipe.yaml").write_text(dump_recipe(recipe))
    parent = start_python(START, tmp_path / "recipe.yaml", directory)
    wait_until(lambda: completed(directory) or parent.poll() is not None)
    assert completed(directory) == ["00000"]
    parent.kill()
    parent.communicate()
    wait_until(lambda: not workers(directory))
    assert completed(directory) == ["00000"]

    # A second attempt does not do the first file again; its worker is killed while it reads the second.
    first = next(directory.glob(".work/corpus/*/documents/00000.parquet"))
    written = first.stat().st_mtime_ns
    killed = []

    def kill_worker() -> None:
        wait_until(
            lambda: (
                list(directory.glob(".work/corpus/*/documents/.partial-00001.parquet*"))
                and workers(directory)
            )
        )
        killed.extend(process.pid for process in workers(directory))
        for pid in killed[:1]:
            os.kill(pid, signal.SIGKILL)

    for partial in directory.glob(".work/corpus/*/documents/.partial-*"):
        partial.unlink()  # so that its return shows the second attempt at work
    killer = threading.Thread(target=kill_worker)
    killer.start()
    said: list[str] = []
    with pytest.raises(
        ChildProcessError, match=r"killed by signal 9 \(SIGKILL\); 1 of 3 parts are done: run the same"
    ):
        make(recipe, directory, said)
    killer.join()
    assert "corpus: 1 of 3 parts were done before" in said
    assert killed
    wait_until(
        lambda: not workers(directory)
    )  # datatrove's helper was killed too; the system may be a moment behind
    assert first.stat().st_mtime_ns == written
    assert not (directory / "corpus").exists()

    # The third finishes, and nobody can tell.
    disturbed = make(recipe, directory)
    assert bytes_below(disturbed.corpus) == bytes_below(undisturbed.corpus)
    assert not (directory / ".work").exists()


def test_work_is_taken_up_only_for_the_same_inputs_recipe_and_files(recipe, recipe_of, tmp_path):
    run = RunDirectory(tmp_path)
    files = locate(recipe.corpus.sources[0]).files
    inputs = {"texts": "0" * 64}

    def opened(recipe=recipe, inputs=inputs, files=files) -> Path:
        return open_work(recipe, run, inputs, tasks_of(files)).path

    first = opened()
    (first / "engine/documents/completions").mkdir(parents=True)
    (first / "engine/documents/completions/00000").touch()
    paths = [str(file.path) for file in files]
    source = {"name": "web", "paths": paths}
    assert opened(recipe_of([source], ["de"], workers=7)) == first  # the number of workers decides nothing
    assert Work(first).complete("documents") == {0}
    others = [
        opened(inputs={"texts": "1" * 64}),
        opened(files=files[:2]),
        opened(recipe_of([source], ["de"], identify={"minimum_score": 0.4})),
        opened(recipe_of([source], ["de", "hr"])),
    ]
    assert len({first, *others}) == 5
    assert not first.exists()  # what cannot serve any more is not left lying about
    assert not Work(opened()).complete("documents")
