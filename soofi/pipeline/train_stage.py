"""Training as a stage: torchrun is started unless the last checkpoint is there."""

from dataclasses import dataclass, replace
from pathlib import Path

from soofi.launch import gpus_here, local_ranks, run_torchrun
from soofi.ledger import damage, manifest_sha256
from soofi.pipeline.stage import Context
from soofi.train import (
    Start,
    check_start,
    checkpoint_facts,
    latest_checkpoint,
    published_checkpoints,
)


class TrainingInterrupted(RuntimeError):
    """A signal ended training; a checkpoint is left and the same command goes on."""


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
        self._mend_ledger(context)
        return finished

    def carry_out(self, context: Context) -> None:
        """Start the ranks on this machine and wait for them."""
        recipe, run = context.recipe, context.run
        start, ranks = self._check_start(context), self._ranks(context)
        for sentence in start.passed_over:
            context.say(f"train: {sentence}; going on from {start.checkpoint and start.checkpoint.name}")
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
            return
        after = f" after step {checkpoint_facts(newest)['step']:,}" if newest else ""
        if interrupted or code == 0:
            raise TrainingInterrupted(f"training was interrupted{after}; the same command goes on from there")
        raise TrainingFailed(
            f"training ended early; {run.logs} has what every rank said"
            + (f", and the same command goes on from the checkpoint{after}" if newest else "")
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
        )

    def _ranks(self, context: Context) -> int:
        return local_ranks(context.recipe, gpus_here())

    def _mend_ledger(self, context: Context) -> None:
        """Enter checkpoints that were published just before a crash, and those pruned just before one."""
        run = context.run
        known = {e.subject: e.facts for e in run.ledger.entries() if e.kind == "checkpoint"}
        pruned = {name for facts in known.values() for name in facts.get("pruned", [])}
        there = {f"{run.checkpoints.name}/{path.name}": path for path in published_checkpoints(run)}
        for name, path in there.items():
            if known.get(name, {}).get("manifest_sha256") != manifest_sha256(path):
                run.ledger.append("checkpoint", name, checkpoint_facts(path))
        if gone := sorted(set(known) - set(there) - pruned):
            newest = max(there)
            run.ledger.append("checkpoint", newest, checkpoint_facts(there[newest]) | {"pruned": gone})
