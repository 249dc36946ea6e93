"""Work on many cores: fresh processes that an interrupt does not reach and that end with the one that started them."""

import multiprocessing
import multiprocessing.connection
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import resource_tracker
from typing import Any, TypeVar

import pyarrow as pa

J = TypeVar("J")
R = TypeVar("R")


def map_in_processes(function: Callable[[J], R], jobs: Sequence[J], workers: int) -> Iterator[R]:
    """Yield `function(job)` of every job as it is done, in no fixed order, from fresh processes.

    `function` is a module's own. Raises what it raises; ChildProcessError if a process is killed. The processes end with
    this one, even if it is killed.
    """
    context = multiprocessing.get_context("spawn")  # a fork of a process with threads may hang
    _start_quiet_tracker()
    pool = ProcessPoolExecutor(min(workers, len(jobs)), context, initializer=_start_worker)
    try:
        with _interrupts_kept_from_children():
            futures: list[Future[R]] = [pool.submit(function, job) for job in jobs]
        for future in as_completed(futures):
            yield future.result()
    except BrokenProcessPool:
        raise ChildProcessError(
            "a process that encodes text was killed, perhaps for want of memory: set tokens.workers lower and run again"
        ) from None
    except BaseException as error:
        if not isinstance(error, Exception):  # an interrupt
            for process in multiprocessing.active_children():
                process.kill()  # what they write is not published: nobody has to wait for it
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _start_quiet_tracker() -> None:
    """Start the process that cleans up after this one, which would warn of that behind the sentence of an interrupted
    command. It takes its interpreter's options from `sys.warnoptions`, at its start only."""
    sys.warnoptions.append("ignore:resource_tracker:UserWarning")
    try:
        resource_tracker.ensure_running()
    finally:
        sys.warnoptions.remove("ignore:resource_tracker:UserWarning")


@contextmanager
def _interrupts_kept_from_children() -> Iterator[None]:
    """Processes started meanwhile never see Ctrl-C, which a terminal sends to all: this one ends them without a trace.

    An interrupt that comes meanwhile waits until all are started: a process that is half started would show a trace.
    """
    came: list[int] = []
    handlers: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for awaited in (signal.SIGINT, signal.SIGTERM):
            handlers[awaited] = signal.signal(awaited, lambda number, frame: came.append(number))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])


def _start_worker() -> None:
    """One core for each worker, and no worker without its parent."""
    pa.set_cpu_count(1)
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    parent = multiprocessing.parent_process()
    assert parent is not None, "only a process of the pool calls this"
    sentinel = parent.sentinel

    def end_with_parent() -> None:
        multiprocessing.connection.wait([sentinel])
        os._exit(1)

    threading.Thread(target=end_with_parent, daemon=True).start()
