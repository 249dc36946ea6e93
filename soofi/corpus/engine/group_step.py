"""A group of tasks as the step of a cluster's executor: one process of ours for each group."""

from collections.abc import Iterator
from pathlib import Path
from typing import IO

from datatrove.pipeline.base import PipelineStep

from soofi.corpus.engine.groups import Group
from soofi.corpus.engine.orders import Order
from soofi.corpus.engine.processes import end_worker, scratch_directory, start_worker
from soofi.corpus.engine.work import Work


class GroupStep(PipelineStep):
    """Carries out the group of its number in a process of its own, so that a worker that dies takes nothing along."""

    name, type = "tasks", "GROUP"

    def __init__(self, work: Path, phase: str, groups: list[Group], tasks: int, logs: Path):
        super().__init__()
        self.work, self.phase, self.groups, self.tasks, self.logs = work, phase, groups, tasks, logs

    def run(self, data: None, rank: int = 0, world_size: int = 1) -> Iterator[None]:
        """Carry out group number `rank`; RuntimeError if its process fails."""
        self.logs.mkdir(parents=True, exist_ok=True)
        with (self.logs / f"group-{rank:05d}.log").open("ab") as output:
            code = self._carry_out(self.groups[rank], output)
        if code:
            raise RuntimeError(
                f"the worker of tasks from {self.groups[rank].first} on ended with code {code}"
            )
        yield from ()

    def _carry_out(self, group: Group, output: IO[bytes]) -> int:
        with scratch_directory() as scratch:
            order = Order(self.work, self.phase, group, self.tasks)
            process = start_worker(Work(self.work), order.arguments(), scratch, output)
            try:
                return process.wait()
            finally:
                end_worker(process)
