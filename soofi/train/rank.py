"""One rank of a training run, from the environment that torchrun makes to the last checkpoint."""

import gc
import sys
from pathlib import Path

import torch

from soofi.checkpoint.repair import repair_run
from soofi.checkpoint.trainer_state import go_back_to, read_trainer_state
from soofi.ledger import RunDirectory, damage, write_json
from soofi.model.attention_gpu import cudnn_runs_on, kernel_on
from soofi.recipe import Recipe
from soofi.tokenizer import open_tokenizer, read_extension
from soofi.tokens import Loader, Sampler, open_streams
from soofi.train.determinism import make_deterministic
from soofi.train.distributed import first_sentence, hash_together, process_group
from soofi.train.engine import build_engine, device_of, engine_configuration
from soofi.train.expert_balance import ExpertBalance
from soofi.train.first_weights import open_weights
from soofi.train.fragments import EngineState
from soofi.train.libraries import log_to_file
from soofi.train.loading import load_checkpoint
from soofi.train.loop import Loop
from soofi.train.mesh import Mesh
from soofi.train.preflight import INITIAL_WEIGHTS, PARENT, Start, check_start, train_governing
from soofi.train.progress import TrainingProgress
from soofi.train.record import Record
from soofi.train.requirements import check_capability, check_requirements
from soofi.train.saver import Saver
from soofi.train.validation import Validation


def train_rank(recipe: Recipe, run: RunDirectory, resume: bool, chosen: str | None = None) -> bool:
    """Train as one of the ranks that torchrun started (or alone). Returns False if a signal ended it early.

    Raises ValueError or FileNotFoundError, on every rank alike, for what `check_start` refuses.
    """
    mesh = Mesh.from_environment()
    log_to_file(run.logs / f"rank-{mesh.rank}.log")
    torch.set_num_threads(recipe.train.threads_per_rank)
    device = device_of(mesh)
    check_requirements(recipe.train, has_gpu=device.type == "cuda")
    if recipe.train.deterministic:
        make_deterministic(device)
    check_capability(recipe.train, _capability(device))

    def damage_found_together(path: Path) -> str | None:
        """Every rank hashes its share of the files; all come to the same answer."""
        return first_sentence(damage(path, part=mesh.rank, parts=mesh.size), device)

    with process_group(device):
        start = check_start(
            recipe,
            run,
            mesh.data_size,
            resume,
            chosen=chosen,
            find_damage=damage_found_together,
            hash_files=lambda paths: hash_together(paths, device),
        )
        if not start.is_finished:
            return train_from(start, recipe, run, mesh, device)
        if mesh.is_first:
            repair_run(run)
        return True


def build_loop(recipe: Recipe, run: RunDirectory, mesh: Mesh, device: torch.device, start: Start) -> Loop:
    """Everything a rank needs to take steps: engine (loaded from the start's checkpoint), loader, validation."""
    tokenizer = open_tokenizer(run.tokenizer)
    row = start.table.row_of_step(start.steps_taken)
    share = row.batch_samples // mesh.data_size
    micro_batch = recipe.train.micro_batch_samples or share
    configuration = engine_configuration(recipe.train, micro_batch, share // micro_batch)
    engine = build_engine(
        recipe.model,
        recipe.train,
        start.vocabulary_size,
        # A checkpoint is loaded over what stands there, so nothing need be made or read before.
        None
        if start.checkpoint
        else open_weights(recipe.model, start.vocabulary_size, recipe.seed, read_extension(run.tokenizer)),
        configuration,
        device,
    )
    balance = ExpertBalance(engine.module)
    engine_state = EngineState(engine, mesh.data_rank, mesh.data_size)
    if start.checkpoint:
        saved = read_trainer_state(start.checkpoint)
        load_checkpoint(engine_state, start.checkpoint, saved.updates)
        balance.set_biases(saved.router_biases)
    streams = open_streams(run.tokens, "train")
    sampler = Sampler(start.table)
    loader = Loader(
        sampler,
        streams,
        tokenizer.eod_id,
        tokenizer.pad_id,
        mesh.data_rank,
        mesh.data_size,
        recipe.train.loss.goldfish,
    )
    validation = Validation(
        open_streams(run.tokens, "validation"),
        tokenizer.token_byte_counts(),
        start.table.rows[0].sequence_length,
        recipe.train.validation.bytes_per_language,
        # Not the batch that a resume happens to begin with: held-out text is measured in the same batches ever after.
        recipe.train.micro_batch_samples or max(1, start.table.rows[0].batch_samples // mesh.data_size),
        tokenizer.eod_id,
        tokenizer.pad_id,
        mesh,
    )
    if mesh.is_first:
        write_json(run.engine_configuration, configuration)
        write_json(run.stage_table, start.table.to_values())
    return Loop(
        recipe,
        run,
        mesh,
        device,
        engine,
        start.table,
        loader,
        validation,
        balance,
        Saver(engine_state, run, mesh, start.inputs, train_governing(recipe)),
        start.inputs,
    )


def train_from(start: Start, recipe: Recipe, run: RunDirectory, mesh: Mesh, device: torch.device) -> bool:
    """Train from `start` to the end, with record, progress and ledger. Returns False if a signal ended it early. Collective."""
    loop = build_loop(recipe, run, mesh, device, start)
    # What stands now stays to the end: garbage is looked for among what the steps make only, as often as Python does.
    gc.collect()
    gc.freeze()
    gc.set_threshold(700, 10, 10)
    if not mesh.is_first:
        return loop.train(start.steps_taken)
    _tell_damage(start)
    repair_run(run)
    _enter_in_ledger(recipe, run, mesh, device, start)
    progress = TrainingProgress(start.table.steps, start.steps_taken, recipe.train.log_every_steps)
    # What a child recorded before its first checkpoint is done again, all of it.
    kept = 0 if start.at_parent else start.steps_taken
    with (
        Record(run.metrics, run.path / "tensorboard", kept) as record,
        progress,
    ):
        loop.record, loop.progress = record, progress
        return loop.train(start.steps_taken)


def _tell_damage(start: Start) -> None:
    if start.checkpoint:
        for path, wrong in start.passed_over:
            print(f"  {path} is damaged ({wrong}); going on from {start.checkpoint.name}", file=sys.stderr)


def _enter_in_ledger(
    recipe: Recipe, run: RunDirectory, mesh: Mesh, device: torch.device, start: Start
) -> None:
    layout = {
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
        "ranks": mesh.size,
        "threads_per_rank": recipe.train.threads_per_rank,
        "zero_stage": recipe.train.zero_stage,
        "micro_batch_samples": recipe.train.micro_batch_samples,
        "precision": recipe.train.precision,
        "attention": _attention(recipe, device),
        "activation_checkpointing": recipe.train.activation_checkpointing,
        "compile": recipe.train.compile,
        "deterministic": recipe.train.deterministic,
        "zero": recipe.train.zero.model_dump(),
    }
    run.ledger.append("layout", "train", layout)
    facts = {
        "stage_table_sha256": start.table.sha256,
        "steps": start.table.steps,
        "tokens": start.table.tokens,
    }
    if INITIAL_WEIGHTS in start.inputs:
        facts["initialise_from_sha256"] = start.inputs[INITIAL_WEIGHTS]
    own = None if start.at_parent else start.checkpoint
    # Later checkpoints are set aside and metrics.jsonl grows again: what the ledger said of them no longer holds.
    if (aside := go_back_to(run, own)) or own:
        facts["pruned"] = [*aside, run.metrics.name]
    if start.at_parent:
        facts |= {"parent_checkpoint_sha256": start.inputs[PARENT], "step": start.steps_taken}
    elif own:
        facts |= {"checkpoint": own.name, "step": start.steps_taken}
        facts["passed_over"] = [path.name for path, _ in start.passed_over]
    run.ledger.append("resume" if own else "start", "train", facts)


def _attention(recipe: Recipe, device: torch.device) -> str:
    """The kernel, and the one for samples of one document where that is another."""
    if device.type != "cuda":
        return "cpu"
    kind = device, _working_type(recipe), recipe.model.head_dim
    return f"{kernel_on(*kind)}, cudnn for whole samples" if cudnn_runs_on(*kind) else kernel_on(*kind)


def _capability(device: torch.device) -> tuple[int, int] | None:
    return torch.cuda.get_device_capability(device) if device.type == "cuda" else None


def _working_type(recipe: Recipe) -> torch.dtype:
    return torch.float32 if recipe.train.precision == "fp32" else torch.bfloat16
