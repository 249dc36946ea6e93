"""The export stage: a checkpoint's weights, the tokenizer and the card as one Hugging Face directory."""

import json
import math
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import safe_open

from soofi.checkpoint import latest_checkpoint
from soofi.export.card_facts import ModelCardFacts, read_card_facts
from soofi.export.model_card import model_card
from soofi.ledger import RunDirectory, publish_directory, write_manifest, write_text
from soofi.recipe import Recipe, governing
from soofi.tokenizer import open_tokenizer

if TYPE_CHECKING:
    import torch


def make_export(
    recipe: Recipe, run: RunDirectory, inputs: Mapping[str, str], say: Callable[[str], None]
) -> None:
    """Publish the newest checkpoint of `run` as `run.export`.

    `inputs`: name of each input to its hex SHA-256, for the manifest. Raises FileNotFoundError where there is no
    checkpoint.
    """
    from soofi.export.lazy_weights import checkpoint_weights  # imports torch

    checkpoint = latest_checkpoint(run)
    if checkpoint is None:
        raise FileNotFoundError(f"{run.path} has no checkpoint yet: run `soofi train` first")
    facts = read_card_facts(run, checkpoint)
    say(f"export: {checkpoint.name}, {facts.tokens_seen:,} tokens seen")
    with checkpoint_weights(checkpoint) as weights:
        export_model(recipe, run, inputs, weights, facts, say)


def export_model(
    recipe: Recipe,
    run: RunDirectory,
    inputs: Mapping[str, str],
    weights: Mapping[str, "torch.Tensor"],
    card: ModelCardFacts | None,
    say: Callable[[str], None],
    target: Path | None = None,
) -> None:
    """Publish weights (fp32, by canonical name; a tied head absent or equal) as a directory that stock `transformers`
    loads: configuration, safetensors, tokenizer, model card, manifest. Equal arguments give equal bytes.

    `card`: None leaves the model card out. `target`: the directory, by default `run.export`. Raises ValueError if the weights
    are not those of the recipe's model, FileNotFoundError if `run` has no tokenizer.
    """
    import torch
    from transformers import GenerationConfig

    from soofi.export.lazy_weights import shapes_of
    from soofi.export.weights import check_weights, count_parameters, write_weights
    from soofi.model.huggingface import huggingface_config
    from soofi.model.huggingface_weights import EMBEDDING

    tokenizer = open_tokenizer(run.tokenizer)
    shapes = shapes_of(weights)
    vocabulary_size = shapes[EMBEDDING][0] if EMBEDDING in shapes else tokenizer.vocabulary_size
    if vocabulary_size < tokenizer.vocabulary_size:
        raise ValueError(
            f"the checkpoint's vocabulary has {vocabulary_size} entries and that of {run.tokenizer} "
            f"{tokenizer.vocabulary_size}: the tokenizer was made again after training"
        )
    config = huggingface_config(recipe.model, vocabulary_size, tokenizer.eod_id, tokenizer.pad_id)
    checked = check_weights(weights, config)
    precision = _precision(recipe)
    config.dtype = {"bf16": torch.bfloat16, "fp32": torch.float32}[precision]
    experts = recipe.model.experts
    parameters, active = count_parameters(checked, experts.num_experts_per_tok if experts else 0)
    target = target or run.export
    with publish_directory(target) as directory:
        config.save_pretrained(directory)
        GenerationConfig(
            bos_token_id=tokenizer.eod_id, eos_token_id=tokenizer.eod_id, pad_token_id=tokenizer.pad_id
        ).save_pretrained(directory)
        write_weights(directory, checked, config.dtype)
        for name in tokenizer.files:
            if not (run.tokenizer / name).is_file():
                raise FileNotFoundError(f"{run.tokenizer} has no {name}: make the tokenizer again")
            shutil.copyfile(run.tokenizer / name, directory / name)
        if card is not None:
            write_text(directory / "README.md", model_card(recipe, card, parameters, active, precision))
        write_manifest(
            directory,
            "export",
            inputs,
            export_governing(recipe),
            libraries=("torch", "transformers", "safetensors"),
        )
    say(f"export: {parameters:,} parameters in {precision} at {target}")


def export_governing(recipe: Recipe) -> Any:
    """Plain values of the recipe that decide the directory beside its inputs: what the model is and what the card says."""
    return {
        "name": recipe.name,
        "description": recipe.description,
        "seed": recipe.seed,
        "export": recipe.export.model_dump(mode="json"),
        "model": governing(recipe.model),
        "stages": governing(recipe.stages),
        "precision": recipe.train.precision,
        "optimizer": governing(recipe.train.optimizer),
        "schedule": governing(recipe.train.schedule),
    }


def export_facts(run: RunDirectory) -> dict[str, Any]:
    """For the ledger: architecture, parameters, type and vocabulary of the published model."""
    config = json.loads((run.export / "config.json").read_text(encoding="utf-8"))
    return {
        "architecture": config["architectures"][0],
        "dtype": config["dtype"],
        "parameters": sum(_parameters(file) for file in sorted(run.export.glob("*.safetensors"))),
        "vocabulary_size": config["vocab_size"],
    }


def _parameters(file: Path) -> int:
    """Parameters in a safetensors file, from its header; a router's bias is none."""
    with safe_open(file, framework="numpy") as tensors:
        names = [name for name in tensors.keys() if not name.endswith("e_score_correction_bias")]  # noqa: SIM118
        return sum(math.prod(tensors.get_slice(name).get_shape()) for name in names)


def _precision(recipe: Recipe) -> str:
    if recipe.export.precision != "as_trained":
        return recipe.export.precision
    return "fp32" if recipe.train.precision == "fp32" else "bf16"  # only products are in fp8, never weights
