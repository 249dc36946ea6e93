"""The recipe's words for the machines that corpus tasks run on."""

from pydantic import field_validator

from soofi.recipe.fields import Section, field


class Slurm(Section):
    """Limits of the array jobs that `corpus.executor: slurm` submits; none changes the result."""

    partition: str | None = field(
        None, "Partition to submit to; without it the cluster's default.", on_resume="free"
    )
    account: str | None = field(None, "Account to charge; without it the user's default.", on_resume="free")
    time: str = field(
        "12:00:00",
        "Longest time of one job (hours:minutes:seconds or days-hours).",
        on_resume="free",
        pattern=r"^(\d+-)?\d+(:\d+){0,2}$",
    )
    memory_gib: int | None = field(
        8, "Memory of one job (GiB); null leaves it to the cluster.", on_resume="free", ge=1
    )
    array_jobs: int = field(
        1001, "Most jobs of one array; the cluster's MaxArraySize or less.", on_resume="free", ge=1
    )
    arguments: dict[str, str | int] = field(
        {}, "Other options of `sbatch`, such as {qos: long}.", on_resume="free"
    )

    @field_validator("arguments")
    @classmethod
    def _ours(cls, arguments: dict[str, str | int]) -> dict[str, str | int]:
        for name in ("array", "job-name", "output", "error"):
            if name in arguments:
                raise ValueError(f"'{name}' cannot be set: the corpus engine sets it")
        return arguments
