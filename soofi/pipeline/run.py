"""Carrying out a recipe: the whole graph, or one stage."""

import hashlib
import platform
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version

from pydantic_core import to_jsonable_python

import soofi
from soofi.checkpoint import latest_checkpoint
from soofi.launch import gpus_here
from soofi.ledger import DigestCache, RunDirectory, lock_run, sha256_file, write_text
from soofi.pipeline.erasure import finish_erasure
from soofi.pipeline.graph import STAGES, in_order
from soofi.pipeline.stage import Context, Stage
from soofi.pipeline.train_stage import TrainStage
from soofi.recipe import GivenTokenizer, Recipe, Tokenizer, check_resume, dump_recipe, load_resolved
from soofi.tokenizer import check_chat, describe_tokenizer
from soofi.train import begin_fork, check_initial_weights, check_requirements, embedding_rows, prepare_fork

LIBRARIES = (
    "torch",
    "transformers",
    "datasets",
    "deepspeed",
    "accelerate",
    "sentencepiece",
    "datatrove",
    "pyarrow",
)


@dataclass(frozen=True)
class StageTime:
    """What a stage cost. CPU seconds count this process and all its children."""

    name: str
    wall_seconds: float
    cpu_seconds: float
    skipped: bool


@contextmanager
def open_run(recipe: Recipe, say: Callable[[str], None]) -> Iterator[Context]:
    """Hold a recipe's run directory: nobody else works on it meanwhile, and the recipe is the run's.

    Raises ValueError if another process holds the run, RecipeError if the run cannot go on with this recipe.
    """
    run = RunDirectory(recipe.run_directory)
    with lock_run(run.path):
        fork = prepare_fork(recipe, run)
        finish_erasure(run, say)
        adopt_recipe(recipe, run)
        if latest_checkpoint(run) is None:
            begin_fork(recipe, run, fork)
        yield Context(recipe, run, DigestCache(run.digest_cache), say)


def adopt_recipe(recipe: Recipe, run: RunDirectory) -> None:
    """Make `recipe` the run's recipe.

    Before the first checkpoint any change is allowed: stages it touches are done again. After it, fields that must
    match are compared and RecipeError names the one that differs; fields marked `recorded` go into the ledger.
    """
    text = dump_recipe(recipe)
    facts: dict[str, object] = {}
    digest = hashlib.sha256(text.encode()).hexdigest()
    if run.recipe.is_file():
        entered = run.ledger.newest("recipe")
        same = run.recipe.read_text(encoding="utf-8") == text
        if same and entered is not None and entered.facts["files"] == {"recipe.yaml": digest}:
            return
        if latest_checkpoint(run) is not None:
            recorded = check_resume(load_resolved(run.recipe), recipe)
            facts["changes"] = [
                to_jsonable_python({"field": c.field, "before": c.before, "after": c.after}) for c in recorded
            ]
    # The file comes last: after a crash at any point before it, all of this is done again and no change is lost.
    run.ledger.append("environment", "machine", environment_facts())
    run.ledger.append("recipe", "recipe.yaml", {"files": {"recipe.yaml": digest}, **facts})
    write_text(run.recipe, text)


def environment_facts() -> dict[str, str]:
    """Versions that mattered. Names no machine and no person."""
    return {
        "soofi": soofi.__version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        **{name: version(name) for name in LIBRARIES},
    }


def check_machine(recipe: Recipe) -> None:
    """Raise ValueError, before anything is written, if training cannot begin on this machine as the recipe wants it."""
    if latest_checkpoint(RunDirectory(recipe.run_directory)) is None:
        check_requirements(recipe.train, has_gpu=gpus_here() > 0)


def carry_out(context: Context, stage: Stage) -> StageTime:
    """Do one stage, or skip it where nothing it depends on has changed."""
    wall, cpu = time.monotonic(), _cpu_seconds()
    skipped = stage.is_finished(context)
    if not skipped:
        stage.carry_out(context)
    context.digests.save()
    return StageTime(stage.name, time.monotonic() - wall, _cpu_seconds() - cpu, skipped)


def run_stage(context: Context, name: str) -> StageTime:
    """Do one stage by name."""
    return carry_out(context, STAGES[name])


def train_here(context: Context, resume: bool, chosen: str | None = None) -> StageTime:
    """Train on this machine; without `resume` a run that has a checkpoint is refused.

    `chosen`: name of the checkpoint to go on from; without it the newest whole one.
    """
    return carry_out(context, TrainStage(resume=resume, chosen=chosen))


def run_all(context: Context) -> list[StageTime]:
    """Do every stage in order; the ledger's last line says that the run is finished.

    A model or tokenizer that others made is looked through first: what is wrong with it must not show after hours.
    """
    if latest_checkpoint(context.run) is None and context.recipe.parent is None:
        _look_through(context.recipe)
    times = [carry_out(context, stage) for stage in in_order()]
    newest = context.run.ledger.newest("finish")
    files = {"metrics.jsonl": sha256_file(context.run.metrics)}
    if newest is None or newest.facts["files"] != files or not all(time.skipped for time in times):
        context.run.ledger.append("finish", "run", {"files": files})
    return times


def _look_through(recipe: Recipe) -> None:
    rows, extension = recipe.vocabulary_size, None
    if isinstance(given := recipe.tokenizer, GivenTokenizer):
        entries, extension = len(describe_tokenizer(given).bytes), given.extend
        rows = embedding_rows(recipe, entries + (extension.entries if extension else 0))
    elif isinstance(recipe.tokenizer, Tokenizer):
        check_chat(recipe.tokenizer)
    check_initial_weights(recipe, rows, None if extension is None else {})


def _cpu_seconds() -> float:
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
