"""Training as a stage: torchrun is started unless the last checkpoint is there."""

from dataclasses import dataclass, replace
from pathlib import Path

from soofi.checkpoint import checkpoint_facts, latest_checkpoint, repair_run
from soofi.launch import gpus_here, local_ranks, run_torchrun
from soofi.ledger import damage, full_disk_named
from soofi.pipeline.stage import Context
from soofi.train import Start, check_requirements, check_start


class TrainingInterrupted(RuntimeError):
    """A signal ended training; a checkpoint is left and the same command goes on."""


INTERRUPTED = 130
"""Exit code of a rank that left a checkpoint because a signal asked it to."""


class TrainingFailed(RuntimeError):
    """A rank died; the message says where to look."""


@dataclass(frozen=True)
class TrainStage:
    """From token shards to the last checkpoint. Without `resume` a run that has a checkpoint is refused."""

    name: str = "train"
    after: tuple[str, ...] = ("tokenizer", "tokens")
    resume: bool = True
    chosen: str | None = None

    def is_finished(self, context: Context) -> bool:
        """Whether a whole checkpoint after the last step is there; refuses a run directory of another recipe."""
        if self.chosen is not None or latest_checkpoint(context.run) is None:
            return False
        finished = self._check_start(context).is_finished
        repair_run(context.run)
        return finished

    def carry_out(self, context: Context) -> None:
        """Start the ranks on this machine and wait for them."""
        recipe, run = context.recipe, context.run
        check_requirements(recipe.train, has_gpu=gpus_here() > 0)
        start, ranks = self._check_start(context), self._ranks(context)
        device = "GPU" if gpus_here() else "CPU"
        context.say(
            f"train: {start.table.steps - start.steps_taken:,} steps of {start.table.steps:,} on {ranks} {device} rank"
            f"{'s' if ranks > 1 else ''}, ZeRO stage {recipe.train.zero_stage}, {recipe.train.precision}"
        )
        arguments = ["train", str(run.recipe), "--resume"]
        if self.chosen is not None:
            arguments += ["--from", self.chosen]
        code, interrupted = run_torchrun(
            arguments, ranks, recipe.train.threads_per_rank, run.logs / "torchrun.log"
        )
        newest = latest_checkpoint(run)
        if newest and replace(self, resume=True, chosen=None)._check_start(context).is_finished:
            repair_run(run)  # the ranks may have died between the last checkpoint and its line
            return
        after = f" after step {checkpoint_facts(newest)['step']:,}" if newest else ""
        if interrupted or code in (0, INTERRUPTED):
            raise TrainingInterrupted(f"training was interrupted{after}; the same command goes on from there")
        with full_disk_named(run.path):
            raise TrainingFailed(
                f"training ended early; {run.logs} has what every rank said"
                + (f"; the newest checkpoint is the one{after}" if newest else "")
            )

    def _check_start(self, context: Context) -> Start:
        def find_damage(path: Path) -> str | None:
            return damage(path, context.digests.sha256)

        return check_start(
            context.recipe,
            context.run,
            self._ranks(context),
            self.resume,
            chosen=self.chosen,
            find_damage=find_damage,
            hash_files=lambda paths: [context.digests.sha256(path) for path in paths],
        )

    def _ranks(self, context: Context) -> int:
        return local_ranks(context.recipe, gpus_here())
