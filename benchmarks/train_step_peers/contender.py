"""Starting a worker, ordering a step, and keeping it still meanwhile."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any, Self

from train_step_peers.gate import ORDERS, REPORTS
from train_step_peers.shape import THREADS, Shape

BENCHMARKS = Path(__file__).parents[1]


class Contender:
    """One worker process. It is stopped by a signal except while it works, so none disturbs another."""

    def __init__(self, name: str, module: str, python: Path, shape: Shape, log: Path):
        """`module` runs in the interpreter `python`; its output goes to `log`."""
        self.name, self._log = name, log
        self.settings: dict[str, Any] = {}
        order_end, self._orders = os.pipe()
        self._reports, report_end = os.pipe()
        environment = {
            **os.environ,
            **shape.to_environment(),
            ORDERS: str(order_end),
            REPORTS: str(report_end),
            "OMP_NUM_THREADS": str(THREADS),
            "PYTHONPATH": os.pathsep.join([str(BENCHMARKS), str(BENCHMARKS.parent)]),
            "CUDA_VISIBLE_DEVICES": "",
            **({} if shape.compiled else {"TORCHDYNAMO_DISABLE": "1"}),
        }
        with open(log, "wb") as output:
            self._process = subprocess.Popen(
                [str(python), "-m", module],
                env=environment,
                pass_fds=(order_end, report_end),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        os.close(order_end)
        os.close(report_end)
        self._pending = b""

    @property
    def pid(self) -> int:
        """The worker's process."""
        return self._process.pid

    def settle(self) -> None:
        """Wait until it is built and asks for its first order."""
        self.settings = self._report().get("settings", {})
        self._signal(signal.SIGSTOP)

    def step(self) -> float:
        """Let it take one step; the seconds from the order to the report."""
        self._signal(signal.SIGCONT)
        began = time.perf_counter()
        os.write(self._orders, b"1")
        self._report()
        seconds = time.perf_counter() - began
        self._signal(signal.SIGSTOP)
        return seconds

    def _report(self) -> dict[str, Any]:
        while b"\n" not in self._pending:
            read = os.read(self._reports, 65536)
            if not read:
                tail = self._log.read_text(encoding="utf-8", errors="replace")[-3000:]
                raise RuntimeError(f"{self.name} ended early; its output ends so:\n{tail}")
            self._pending += read
        line, _, self._pending = self._pending.partition(b"\n")
        return json.loads(line)

    def _signal(self, number: int) -> None:
        os.killpg(self._process.pid, number)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        os.close(self._orders)
        try:
            self._signal(signal.SIGCONT)
            self._process.wait(10)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            pass
        if self._process.poll() is None:
            self._signal(signal.SIGKILL)
        self._process.wait()
        os.close(self._reports)
