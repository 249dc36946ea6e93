"""Corpus tasks as an array job of Slurm, by datatrove's executor: submit, wait, and go on after anything.

The array belongs to the cluster, not to the command that submitted it: a command that is killed and typed again
finds its array by name and waits for it.
"""

import getpass
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from datatrove.executor.slurm import SlurmPipelineExecutor

from soofi.corpus.engine.group_step import GroupStep
from soofi.corpus.engine.groups import complete_tasks, died, groups_left, told_failure
from soofi.corpus.engine.processes import worker_environment
from soofi.corpus.engine.work import Work
from soofi.recipe import Corpus

_POLL_SECONDS = 2.0
_SAY_SECONDS = 30.0
_SETTLE_SECONDS = 60.0  # a shared directory may show a file of another node that much later


def run_on_slurm(
    work: Work, phase: str, sizes: Sequence[int], corpus: Corpus, log: Path, say: Callable[[str], None]
) -> None:
    """Carry out a phase's tasks as an array job; see `soofi.corpus.engine.execute.executor`.

    An array of the same work that is still queued or running is waited for, not submitted again. An interruption
    cancels the array; a kill leaves it to go on.
    """
    if shutil.which("sbatch") is None:
        raise ValueError(
            "corpus.executor is slurm, and this machine has no `sbatch`: start the command where jobs are submitted, or "
            "set corpus.executor=local"
        )
    tasks = len(sizes)
    groups = groups_left(work, phase, sizes, corpus.workers)
    name = f"soofi-corpus-{phase}-{work.path.name}"
    logs = log.with_suffix("") / phase
    if jobs := _jobs(name):
        say(f"corpus: waiting for the array job {', '.join(jobs)}, which was submitted before ({phase})")
    else:
        work.remove_partial()
        place = work.path / "slurm" / phase
        shutil.rmtree(place, ignore_errors=True)
        executor = _Executor(
            [GroupStep(work.path, phase, groups, tasks, logs)],
            logging_dir=str(place),
            tasks=len(groups),
            workers=corpus.workers,
            job_name=name,
            env_command=_environment(),
            slurm_logs_folder=str(logs),
            with_srun=False,
            qos=None,
            **_limits(corpus),
        )
        try:
            executor.run()
        except subprocess.CalledProcessError:
            raise ValueError(
                "Slurm refuses the corpus tasks, see its words above: correct corpus.slurm"
            ) from None
        say(f"corpus: submitted {len(groups)} jobs as the array {executor.job_id} ({phase})")
    try:
        _wait(work, phase, tasks, name, say)
    except BaseException:
        subprocess.run(["scancel", "--name", name, "--user", getpass.getuser()], check=False)
        raise
    if complete_tasks(work, phase, tasks) < tasks:
        raise told_failure(work, phase) or died(
            work, phase, tasks, "of the array job failed", logs / "group-*.log"
        )


class _Executor(SlurmPipelineExecutor):
    """datatrove's executor without the job that adds up statistics: the account of a corpus is our own."""

    def launch_merge_stats(self) -> None:
        """Launch nothing."""

    def get_sbatch_args(self, max_array: int = 1) -> dict[str, Any]:
        """Its arguments, without those that the recipe leaves to the cluster."""
        return {key: value for key, value in super().get_sbatch_args(max_array).items() if value is not None}


def _limits(corpus: Corpus) -> dict[str, Any]:
    slurm = corpus.slurm
    arguments: dict[str, str | int | None] = dict(slurm.arguments)
    if slurm.account is not None:
        arguments["account"] = slurm.account
    if slurm.memory_gib is not None:
        arguments.setdefault("mem", f"{slurm.memory_gib}G")
    return {
        "time": slurm.time,
        "partition": slurm.partition,
        "max_array_size": slurm.array_jobs,
        # `mem` says it for the job; Slurm takes only one of the two.
        "sbatch_args": arguments | {"mem-per-cpu": None},
    }


def _environment() -> str:
    """Shell lines that give a job the interpreter and the settings of this one."""
    values = worker_environment() | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    }
    return "\n".join(f"export {name}='{value}'" for name, value in values.items())


def _jobs(name: str) -> list[str]:
    """Array jobs of this name that are queued or running."""
    command = ["squeue", "--noheader", "--user", getpass.getuser(), "--name", name, "--format", "%F"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    if found.returncode:
        raise ValueError(
            f"`squeue` does not answer ({found.stderr.strip()}): is the cluster's controller up?"
        )
    return sorted(set(found.stdout.split()))


def _wait(work: Work, phase: str, tasks: int, name: str, say: Callable[[str], None]) -> None:
    """Wait until every task is complete, or the array has ended and what it wrote can be seen."""
    said, ended = time.monotonic(), None
    while (complete := complete_tasks(work, phase, tasks)) < tasks:
        now = time.monotonic()
        if _jobs(name):
            ended = None
        elif ended is None:
            ended = now
        elif now - ended > _SETTLE_SECONDS or work.failures(phase):
            return
        if now - said > _SAY_SECONDS:
            said = now
            say(f"corpus: {complete} of {tasks} parts done ({phase})")
        time.sleep(_POLL_SECONDS)
