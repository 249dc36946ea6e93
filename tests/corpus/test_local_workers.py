"""Processes of this machine: what they are told, when they are replaced, and how their deaths are seen."""

import os
import signal
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soofi.corpus.engine import local_workers
from soofi.corpus.engine.groups import Group
from soofi.corpus.engine.local_workers import LocalWorkers
from soofi.corpus.engine.orders import Order
from soofi.corpus.engine.tasks import tasks_of
from soofi.corpus.engine.work import open_work
from soofi.corpus.reading.sources import locate
from soofi.ledger import RunDirectory

FILES = 4
PATIENCE_SECONDS = 60


@pytest.fixture(scope="module")
def recipe(tmp_path_factory, jsonl, prose, recipe_of):
    folder = tmp_path_factory.mktemp("texts")
    for number in range(FILES):
        jsonl(
            folder / f"{number}.jsonl", *({"text": prose("de", number * 100 + n), "id": n} for n in range(10))
        )
    return recipe_of([{"name": "web", "paths": [str(folder / "*.jsonl")]}], ["de"], workers=1)


@pytest.fixture
def work_of(recipe, tmp_path):
    tasks = tasks_of(locate(recipe.corpus.sources[0]).files)
    work = open_work(recipe, RunDirectory(tmp_path / "run"), {"texts": "0" * 64}, tasks)
    return work, [task.size_bytes for task in tasks]


@pytest.fixture
def started(monkeypatch):
    """The processes that are started, in order."""
    processes = []
    start = local_workers.start_worker

    def start_and_remember(*arguments, **options):
        processes.append(start(*arguments, **options))
        return processes[-1]

    monkeypatch.setattr(local_workers, "start_worker", start_and_remember)
    return processes


def test_a_process_is_replaced_when_it_has_read_enough(
    recipe, make, started, monkeypatch, tmp_path, bytes_below
):
    one = make(recipe, tmp_path / "one")
    assert len(started) == 1
    monkeypatch.setattr(local_workers, "GROUP_BYTES", 1)
    each = make(recipe, tmp_path / "each")
    assert len(started) == 1 + FILES
    assert bytes_below(each.corpus) == bytes_below(one.corpus)
    assert all(process.returncode is not None for process in started)


def test_one_that_died_while_it_waited_is_replaced(work_of, started, tmp_path):
    work, sizes = work_of
    with LocalWorkers(1, tmp_path / "log") as local:
        local.prepare(work, FILES)
        os.kill(started[0].pid, signal.SIGKILL)
        started[0].wait(PATIENCE_SECONDS)
        local.carry_out(work, "documents", sizes, print)
    assert len(started) == 2
    assert work.complete("documents") == set(range(FILES))


def test_a_death_is_seen_though_something_holds_its_pipe_open(work_of, monkeypatch, tmp_path):
    """As a helper does that a library has forked."""
    work, sizes = work_of
    held = []
    start = local_workers.start_worker

    def start_and_kill(*arguments, **options):
        process = start(*arguments, **options)
        held.extend(map(os.dup, options["pass_fds"]))
        threading.Timer(0.1, process.kill).start()  # before it has loaded what it needs
        return process

    monkeypatch.setattr(local_workers, "start_worker", start_and_kill)
    try:
        with (
            LocalWorkers(1, tmp_path / "log") as local,
            pytest.raises(ChildProcessError, match=rf"signal 9 \(SIGKILL\); 0 of {FILES} parts are done"),
        ):
            local.carry_out(work, "documents", sizes, print)
    finally:
        for descriptor in held:
            os.close(descriptor)


@given(
    st.text().map(Path) | st.binary().map(lambda name: Path(os.fsdecode(name))),
    st.text("abcdef-", min_size=1),
    *[st.integers(0, 10**9)] * 3,
)
def test_an_order_is_one_line(work, phase, first, count, tasks):
    order = Order(work, phase, Group(first, count), tasks)
    assert order.line().count(b"\n") == 1
    assert Order.of_line(order.line()) == order
