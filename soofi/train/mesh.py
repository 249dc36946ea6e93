"""The only source of rank arithmetic."""

import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Mesh:
    """Where this process stands among all. Today every rank is data-parallel; other axes divide `data_size`."""

    rank: int = 0
    size: int = 1
    local_rank: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.rank < self.size:
            raise ValueError(f"rank {self.rank} is not one of {self.size} ranks")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Mesh":
        """The mesh that torchrun describes by RANK, WORLD_SIZE and LOCAL_RANK; one rank where they are not set."""
        return cls(
            int(environment.get("RANK", 0)),
            int(environment.get("WORLD_SIZE", 1)),
            int(environment.get("LOCAL_RANK", 0)),
        )

    @property
    def is_first(self) -> bool:
        """Whether this rank writes what is written once."""
        return self.rank == 0

    @property
    def data_rank(self) -> int:
        """Which share of every step's samples this rank reads."""
        return self.rank

    @property
    def data_size(self) -> int:
        """Into how many shares every step's samples are split."""
        return self.size
