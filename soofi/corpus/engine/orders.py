"""What a worker is told to do."""

import json
from dataclasses import dataclass
from pathlib import Path

from soofi.corpus.engine.groups import Group


@dataclass(frozen=True)
class Order:
    """A group of the `tasks` of a phase, in the work directory `work`."""

    work: Path
    phase: str
    group: Group
    tasks: int

    def arguments(self) -> list[str]:
        """The order as arguments of a process that carries out this one only, without the work directory."""
        return [self.phase, *(str(number) for number in (self.group.first, self.group.count, self.tasks))]

    def line(self) -> bytes:
        """The order as a line."""
        return json.dumps([str(self.work), *self.arguments()]).encode() + b"\n"

    @classmethod
    def read(cls, work: str, phase: str, first: str, count: str, tasks: str) -> "Order":
        """The order that `work` and `arguments` say."""
        return cls(Path(work), phase, Group(int(first), int(count)), int(tasks))

    @classmethod
    def of_line(cls, line: bytes) -> "Order":
        """Read back what `line` wrote."""
        return cls.read(*json.loads(line))
