"""The training loop of one rank."""

import math
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from types import FrameType
from typing import Any, Self

import torch

from soofi.checkpoint.retention import prune_checkpoints
from soofi.checkpoint.trainer_state import TrainerState, checkpoint_facts, checkpoint_name
from soofi.ledger import RunDirectory
from soofi.model import Boundaries, Losses
from soofi.model.attention import to_device
from soofi.recipe import Recipe
from soofi.tokens import MicroBatch, Prefetch, StageTable, Steps
from soofi.train.distributed import sum_over_ranks
from soofi.train.engine import apply_gradients
from soofi.train.expert_balance import ExpertBalance
from soofi.train.loss_sums import LossSums
from soofi.train.mesh import Mesh
from soofi.train.progress import TrainingProgress
from soofi.train.record import Record
from soofi.train.saver import SaveEnded, Saver, SaveStatus
from soofi.train.schedule import learning_rate_of_step
from soofi.train.validation import Validation


@dataclass
class Loop:
    """Takes steps until the table's end. Every rank holds one; only rank 0 has a record and progress."""

    recipe: Recipe
    run: RunDirectory
    mesh: Mesh
    device: torch.device
    engine: Any
    table: StageTable
    loader: Steps
    validation: Validation
    balance: ExpertBalance
    saver: Saver
    inputs: Mapping[str, str]
    record: Record | None = None
    progress: TrainingProgress | None = None

    def train(self, first_step: int) -> bool:
        """Take the steps from `first_step` on. Returns False if a signal ended it early; a checkpoint is left then."""
        train = self.recipe.train
        with _Interruption() as interruption, Prefetch(self.loader, train.prefetch_steps) as steps:
            before = self._measure_given_weights() if first_step == 0 else {}
            for step in range(first_step, self.table.steps):
                figures, stop = self.take_step(step, interruption.asked, steps)
                if step == 0:
                    figures |= before
                taken = step + 1
                last = taken == self.table.steps
                if last or taken % train.validation.every_steps == 0:
                    figures["bits_per_byte"] = self.validation.measure(self.engine, self.device)
                self._tell(figures)
                if last or stop or taken % train.checkpoints.every_steps == 0:
                    self.begin_save(taken, figures.get("bits_per_byte"))
                if last or stop:
                    self._finish_save(must_succeed=True)
                if stop and not last:
                    return False
        return True

    def _measure_given_weights(self) -> dict[str, Any]:
        """What a model that others began makes of held-out text before its first step here."""
        if self.recipe.model.initialise_from is None:
            return {}
        by_language = self.validation.measure(self.engine, self.device)
        self._tell_held_out("before the first step", by_language)
        return {"bits_per_byte_before": by_language}

    def take_step(
        self, step: int, stop_asked: bool = False, steps: Steps | None = None
    ) -> tuple[dict[str, Any], bool]:
        """One optimizer update. Returns its figures, and whether any rank was asked to stop.

        The step's samples come from `steps`, or from the loader itself.

        The loss is the mean over the valid tokens of the whole step, whatever the micro batch, accumulation or number
        of ranks: the count is summed over ranks before the backward pass. What balances experts is a mean over the step's
        samples. DeepSpeed divides gradients by the number of
        ranks, which the factor takes back.
        """
        began = time.perf_counter()
        row = self.table.row_of_step(step)
        share = (steps or self.loader).step(step, self.recipe.train.micro_batch_samples)
        # One sum tells every rank what all have to know before the backward pass, and how far the save at hand is.
        valid, stops, *status = sum_over_ranks(
            [share.valid_tokens, float(stop_asked), *astuple(self.saver.status)], self.device
        )
        self._save_ended(self.saver.advance(SaveStatus(*map(int, status))))
        if not valid:
            raise ValueError(
                f"step {step} has no token to learn from: its samples hold only padding, or labels that "
                f"train.loss.goldfish leaves out"
            )
        tokens_before = self.table.tokens_before(step)
        factor = learning_rate_of_step(self.recipe.train.schedule, self.table, step)
        for group in self.engine.optimizer.param_groups:
            group["lr"] = group["peak_learning_rate"] * factor
        sums = LossSums(self.table.stream_tokens)
        for index, batch in enumerate(share.micro_batches):
            self.engine.set_gradient_accumulation_boundary(index == len(share.micro_batches) - 1)
            losses = self._forward(batch)
            loss = losses.loss_sum / valid + losses.balance_sum / row.batch_samples
            self.engine.backward(loss * self.mesh.data_size, scale_wrt_gas=False)
            sums.add(batch, losses)
            self.balance.add(losses.router)
        norm = apply_gradients(self.engine)
        told = sums.over_ranks(self.device)
        if not math.isfinite(told.nats):
            raise ArithmeticError(
                f"the loss of step {step} is not finite, and nothing was saved since the last checkpoint: lower "
                f"train.optimizer.learning_rate in a new run, or go on from an earlier checkpoint with --from"
            )
        seconds = time.perf_counter() - began
        figures: dict[str, Any] = {
            "step": step,
            "tokens_seen": tokens_before + row.step_tokens,
            "loss": told.nats / valid,
            "loss_by_language": told.by_language,
            "gradient_norm": norm,
            "learning_rate": self.recipe.train.optimizer.learning_rate * factor,
            "valid_tokens": int(valid),
            "tokens_per_second": row.step_tokens / seconds,
        }
        if self.recipe.train.loss.z_loss:
            figures["z_loss"] = told.z_nats / valid
        figures |= self.balance.end_step(row.batch_samples, self.device)
        return figures, stops > 0

    def _forward(self, batch: MicroBatch) -> Losses:
        # Where documents begin is found on the CPU: counting them on a GPU would wait until it has done all it was given.
        boundaries = Boundaries.of(torch.from_numpy(batch.documents))
        losses: Losses = self.engine(
            to_device(torch.from_numpy(batch.tokens), self.device).long(),
            boundaries=boundaries.to(self.device),
            labels_BS=to_device(torch.from_numpy(batch.labels), self.device).long(),
        )
        return losses

    def _tell(self, figures: dict[str, Any]) -> None:
        if self.record and self.progress:
            self.record.write(figures)
            self.progress.show(figures["step"] + 1, figures["loss"], figures["tokens_per_second"])
            if by_language := figures.get("bits_per_byte"):
                self._tell_held_out(f"after step {figures['step'] + 1:,}", by_language)

    def _tell_held_out(self, when: str, by_language: Mapping[str, float]) -> None:
        if self.progress and by_language:
            mean = sum(by_language.values()) / len(by_language)
            worst = max(by_language, key=lambda language: by_language[language])
            self.progress.say(
                f"held-out text {when}: {mean:.3f} bits per byte, most in {worst} ({by_language[worst]:.3f})"
            )

    def save(self, steps_taken: int) -> None:
        """Save now and wait until it is published. Collective."""
        self.begin_save(steps_taken)
        self._finish_save(must_succeed=True)

    def begin_save(self, steps_taken: int, bits_per_byte: Mapping[str, float] | None = None) -> None:
        """Begin a save; the one before it is waited for, which slows a run down whose disk cannot keep up."""
        self._finish_save()
        row = self.table.row_of_step(steps_taken)
        state = TrainerState(
            step=steps_taken,
            updates=steps_taken,
            tokens_seen=self.table.tokens_before(steps_taken),
            next_sample=row.first_sample + (steps_taken - row.first_step) * row.batch_samples,
            stage_table_sha256=self.table.sha256,
            geometry_sha256=self.table.geometry_sha256,
            tokenizer_sha256=self.inputs["tokenizer"],
            layout={
                "zero_stage": self.recipe.train.zero_stage,
                "data_parallel": self.mesh.data_size,
            },
            router_biases=self.balance.biases,
            bits_per_byte=sum(bits_per_byte.values()) / len(bits_per_byte) if bits_per_byte else None,
        )
        if self.record:
            self.record.flush()  # a resume from this checkpoint must find every step before it
        self.saver.begin(state)

    def _finish_save(self, must_succeed: bool = False) -> None:
        def sum_status(status: SaveStatus) -> SaveStatus:
            return SaveStatus(*map(int, sum_over_ranks([float(n) for n in astuple(status)], self.device)))

        self._save_ended(self.saver.wait(sum_status), must_succeed)

    def _save_ended(self, ended: SaveEnded | None, must_succeed: bool = False) -> None:
        if ended is None:
            return
        checkpoints = self.recipe.train.checkpoints
        name = checkpoint_name(ended.state.step)
        if not ended.is_published:
            reason = ended.failure or "another rank could not write its part"
            sentence = f"checkpoint {name} was not saved ({reason}); earlier ones are whole"
            if must_succeed or checkpoints.on_failure == "stop":
                raise ChildProcessError(sentence)
            if ended.failure:
                print(f"  {sentence}, and the run goes on", file=sys.stderr, flush=True)
        elif self.mesh.is_first:
            pruned = prune_checkpoints(self.run, checkpoints)
            facts = checkpoint_facts(self.run.checkpoints / name) | ({"pruned": pruned} if pruned else {})
            self.run.ledger.append("checkpoint", f"{self.run.checkpoints.name}/{name}", facts)


class _Interruption:
    """While it is open, SIGINT and SIGTERM ask for a stop after the step at hand instead of ending the process."""

    def __init__(self) -> None:
        self.asked = False

    def __enter__(self) -> Self:
        self._before = {
            number: signal.signal(number, self._ask) for number in (signal.SIGINT, signal.SIGTERM)
        }
        return self

    def __exit__(self, *error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
