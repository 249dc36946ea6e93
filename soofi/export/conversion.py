"""Checkpoints in other forms: a Hugging Face directory, plain safetensors; and from those of others."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from soofi.checkpoint.address import find_checkpoint, run_of
from soofi.ledger import (
    RunDirectory,
    damage,
    manifest_sha256,
    publish_directory,
    sha256_file,
    sha256_values,
    write_manifest,
)
from soofi.recipe import load_resolved, model_of_config, weight_files

if TYPE_CHECKING:
    from soofi.export.lazy_weights import LazyWeights

Form = Literal["huggingface", "safetensors"]
Precision = Literal["bf16", "fp32"]
Kind = Literal["soofi", "huggingface", "deepspeed"]


@dataclass(frozen=True)
class Source:
    """Weights somewhere, and whose they are. `sha256`: stands for all files that are read."""

    kind: Kind
    path: Path
    sha256: str


def find_source(text: str) -> Source:
    """What `text` names: a checkpoint (RUN@STEP, a run, a directory), a Hugging Face directory, or DeepSpeed's directory.

    Raises FileNotFoundError where it is none of them, ValueError for a checkpoint that is damaged.
    """
    from soofi.train.deepspeed_checkpoint import deepspeed_files  # imports torch

    directory = Path(text)
    if (directory / "config.json").is_file():
        files = [directory / "config.json", *weight_files(directory)]
        return Source("huggingface", directory, _digest(files))
    if directory.is_dir() and (files := deepspeed_files(directory)):
        return Source("deepspeed", directory, _digest(files))
    try:
        checkpoint = find_checkpoint(text)
    except FileNotFoundError as error:
        if directory.is_dir() and not RunDirectory(directory).checkpoints.is_dir():
            raise FileNotFoundError(
                f"{text} is no checkpoint: give RUN@STEP, a checkpoint's directory, a Hugging Face directory, or one that "
                "DeepSpeed wrote"
            ) from None
        raise error
    if (wrong := damage(checkpoint)) is not None:
        raise ValueError(f"{checkpoint} is damaged ({wrong}): convert another checkpoint")
    return Source("soofi", checkpoint, manifest_sha256(checkpoint))


def convert_to_safetensors(source: Source, target: Path, moments: bool = False) -> None:
    """Publish whole fp32 tensors by canonical name as `target`: `model.safetensors`, and, with `moments`, a file for each
    optimizer state (`exp_avg.safetensors` …), each in shards where it is large.

    One tensor is held at a time. Raises ValueError if moments are asked for and not there, or if `target` exists.
    """
    from soofi.export.consolidated import write_consolidated
    from soofi.export.lazy_weights import checkpoint_weights

    _check_free(target)
    states = _moments(source) if moments else ()
    with publish_directory(target) as directory:
        with _weights(source) as weights:
            write_consolidated(directory, "model", weights)
        for state in states:
            with checkpoint_weights(source.path, state) as values:
                write_consolidated(directory, state, values)
        if source.kind == "soofi":
            shutil.copyfile(source.path / "trainer.json", directory / "trainer.json")
        write_manifest(directory, "convert", {source.kind: source.sha256}, "safetensors")


def convert_to_huggingface(
    source: Source, target: Path, like: Path | None = None, precision: Precision | None = None
) -> None:
    """Publish a directory that stock `transformers` loads and `model.initialise_from` takes, as `target`.

    `like`: a run or a Hugging Face directory whose configuration and tokenizer the weights go with; by default those of the
    run in which a checkpoint lies, or of the directory itself. `precision`: by default that of the run's export, where the
    configuration is a run's, else fp32. The model card is written for a checkpoint in its own run.

    A shard of at most 5 GB is held at a time. Raises ValueError or FileNotFoundError, with one sentence, if weights and
    configuration do not belong together, or if `target` exists.
    """
    from soofi.export.card_facts import read_card_facts
    from soofi.export.stage import export_model

    _check_free(target)
    like = like or _own_configuration(source)
    run = RunDirectory(like)
    with _weights(source) as weights:
        if run.recipe.is_file():
            recipe = load_resolved(run.recipe)
            if precision is not None:
                export = recipe.export.model_copy(update={"precision": precision})
                recipe = recipe.model_copy(update={"export": export})
            owner = run_of(source.path) if source.kind == "soofi" else None
            is_own = owner is not None and owner.path.resolve() == run.path.resolve()
            card = read_card_facts(run, source.path) if is_own else None
            inputs = {str(source.kind): source.sha256}
            export_model(recipe, run, inputs, weights, card, lambda text: None, target)
        elif (like / "config.json").is_file():
            _write_like(like, source, weights, target, precision or "fp32")
        else:
            raise FileNotFoundError(
                f"{like} is neither a run nor a Hugging Face directory: name one with the model's configuration in --like"
            )


def _write_like(
    like: Path, source: Source, weights: "LazyWeights", target: Path, precision: Precision
) -> None:
    import torch
    from transformers import AutoConfig

    from soofi.export.weights import check_weights, write_weights
    from soofi.tokenizer import tokenizer_files

    model_of_config(like)  # refuses what could not be trained from
    files = tokenizer_files(like)
    files += [file for file in (like / "generation_config.json",) if file.is_file()]
    try:
        config = AutoConfig.from_pretrained(like, local_files_only=True, trust_remote_code=False)
    except Exception as error:  # whatever a library makes of a file that is not of the kind it says
        reason = " ".join(str(error).split())
        raise ValueError(f"{like / 'config.json'} cannot be read by transformers: {reason}") from None
    dtype = {"bf16": torch.bfloat16, "fp32": torch.float32}[precision]
    with publish_directory(target) as directory:
        config.dtype = dtype
        config.save_pretrained(directory)
        write_weights(directory, check_weights(weights, config), dtype)
        for file in files:
            shutil.copyfile(file, directory / file.name)
        inputs = {source.kind: source.sha256, "config": sha256_file(like / "config.json")}
        write_manifest(
            directory, "convert", inputs, precision, libraries=("torch", "transformers", "safetensors")
        )


@contextmanager
def _weights(source: Source) -> Iterator["LazyWeights"]:
    from soofi.export.lazy_weights import LazyWeights, checkpoint_weights, huggingface_weights
    from soofi.train.deepspeed_checkpoint import DeepSpeedWeights

    if source.kind == "soofi":
        with checkpoint_weights(source.path) as weights:
            yield weights
    elif source.kind == "huggingface":
        yield huggingface_weights(source.path)
    else:
        theirs = DeepSpeedWeights(source.path)
        yield LazyWeights(theirs.shapes, theirs.read)


def _moments(source: Source) -> tuple[str, ...]:
    from soofi.checkpoint.fragment_files import WEIGHT, FragmentReader

    states: tuple[str, ...] = ()
    if source.kind == "soofi":
        with FragmentReader(source.path) as reader:
            states = tuple(state for state in reader.states if state != WEIGHT)
    if not states:
        raise ValueError(f"no moments can be read from {source.path}: leave --moments out")
    return states


def _own_configuration(source: Source) -> Path:
    if source.kind == "huggingface":
        return source.path
    if source.kind == "soofi" and (run := run_of(source.path)) is not None:
        return run.path
    raise ValueError(
        f"{source.path} lies in no run: name the run, or a Hugging Face directory, whose configuration and tokenizer it goes "
        "with in --like"
    )


def _check_free(target: Path) -> None:
    if target.exists():
        raise ValueError(f"{target} is there already: name a new directory")


def _digest(files: list[Path]) -> str:
    return sha256_values({file.name: sha256_file(file) for file in files})
