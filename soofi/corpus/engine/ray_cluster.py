"""Corpus tasks on a Ray cluster, by datatrove's executor."""

from collections.abc import Callable, Sequence
from pathlib import Path

from datatrove.executor.ray import RayPipelineExecutor

from soofi.corpus.engine.group_step import GroupStep
from soofi.corpus.engine.groups import complete_tasks, died, groups_left, told_failure
from soofi.corpus.engine.processes import worker_environment
from soofi.corpus.engine.work import Work
from soofi.recipe import Corpus


def run_on_ray(
    work: Work, phase: str, sizes: Sequence[int], corpus: Corpus, log: Path, say: Callable[[str], None]
) -> None:
    """Carry out a phase's tasks on the Ray cluster of `RAY_ADDRESS`, or on one started here for the purpose.

    See `soofi.corpus.engine.execute.executor`.
    """
    try:
        import ray
    except ModuleNotFoundError:
        raise ValueError(
            "corpus.executor is ray, and Ray is not installed: run `pip install 'soofi[ray]'`, or set corpus.executor=local"
        ) from None
    tasks = len(sizes)
    groups = groups_left(work, phase, sizes, corpus.workers)
    logs = log.with_suffix("") / phase
    work.remove_partial()
    started = not ray.is_initialized()
    if started:
        ray.init(log_to_driver=False, include_dashboard=False, runtime_env={"env_vars": worker_environment()})
    try:
        say(f"corpus: {len(groups)} jobs on Ray ({phase})")
        RayPipelineExecutor(
            [GroupStep(work.path, phase, groups, tasks, logs)],
            tasks=len(groups),
            workers=corpus.workers,
            skip_completed=False,  # what is complete is marked by the workers
            logging_dir=str(work.path / "ray" / phase),
            cpus_per_task=1,
            mem_per_cpu_gb=corpus.ray_memory_gib,
        ).run()
    finally:
        if started:
            ray.shutdown()
    if complete_tasks(work, phase, tasks) < tasks:
        raise told_failure(work, phase) or died(work, phase, tasks, "on Ray failed", logs / "group-*.log")
