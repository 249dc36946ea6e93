"""A run as the stages leave it, up to a checkpoint; the model is tiny and untrained."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from soofi.checkpoint import checkpoint_facts
from soofi.checkpoint.weights import read_weights
from soofi.corpus import make_corpus
from soofi.export import read_card_facts
from soofi.export.card_facts import ModelCardFacts
from soofi.ledger import RunDirectory, manifest_sha256, write_manifest, write_text
from soofi.model import Transformer, initialise
from soofi.recipe import Recipe, load_recipe
from soofi.tokenizer import SentencePieceTokenizer, make_tokenizer
from soofi.tokens import make_tokens
from tests.runs import write_checkpoint

ROOT = Path(__file__).parents[2]
TEXTS = ROOT / "tests/data/texts"
LANGUAGES = ("de", "fr", "hr")
STEPS = 30


@pytest.fixture(scope="session")
def quiet() -> Callable[[str], None]:
    """Takes the stages' progress lines."""
    return lambda line: None


@pytest.fixture(scope="session")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Recipe:
    values = {
        "extends": str(ROOT / "recipes/smoke.yaml"),
        "name": "tiny",
        "description": "A model for a test.",
        "languages": list(LANGUAGES),
        "corpus": {
            "sources": [
                {"name": "texts", "paths": [str(TEXTS / f"{tag}.jsonl") for tag in LANGUAGES[:2]]},
                {"name": "more-texts", "paths": [str(TEXTS / "hr.jsonl")], "licence": "CC-BY-4.0"},
            ]
        },
        "tokenizer": {"vocabulary_size": 1000},
        "model": {"initializer_range": 0.2},
    }
    path = tmp_path_factory.mktemp("recipe") / "tiny.yaml"
    path.write_text(json.dumps(values), encoding="utf-8")
    return load_recipe(path)


@pytest.fixture(scope="session")
def run(
    tmp_path_factory: pytest.TempPathFactory, recipe: Recipe, quiet: Callable[[str], None]
) -> RunDirectory:
    """Real corpus, tokenizer and token shards; a checkpoint of one rank; two measurements."""
    run = RunDirectory(tmp_path_factory.mktemp("run"))
    make_corpus(recipe, run, {}, quiet)
    make_tokenizer(recipe, run, {}, quiet)
    make_tokens(recipe, run, {}, quiet)
    vocabulary_size = SentencePieceTokenizer(run.tokenizer).vocabulary_size
    model = Transformer(recipe.model, vocabulary_size)
    initialise(model, recipe.seed)
    checkpoint = run.checkpoints / f"step-{STEPS:08d}"
    write_checkpoint(checkpoint, dict(model.named_parameters()), STEPS, 30_720, 240)
    write_manifest(checkpoint, "train", {}, {})
    write_text(run.checkpoints / "latest", f"{checkpoint.name}\n")
    measured = {19: (3.5, 3.25, 4.5), 29: (2.5, 2.25, None), 39: (1.0, 1.0, 1.0)}
    lines = [
        {"step": step, "loss": 1.0}
        | ({"bits_per_byte": dict(zip(LANGUAGES, measured[step], strict=True))} if step in measured else {})
        for step in range(40)
    ]
    run.metrics.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    run.ledger.append("checkpoint", f"checkpoints/{checkpoint.name}", checkpoint_facts(checkpoint))
    run.ledger.append("finish", "train", {"manifest_sha256": manifest_sha256(checkpoint)})
    return run


@pytest.fixture(scope="session")
def checkpoint(run: RunDirectory) -> Path:
    return run.checkpoints / f"step-{STEPS:08d}"


@pytest.fixture(scope="session")
def weights(checkpoint: Path) -> dict[str, torch.Tensor]:
    return read_weights(checkpoint)


@pytest.fixture(scope="session")
def facts(run: RunDirectory, checkpoint: Path) -> ModelCardFacts:
    return read_card_facts(run, checkpoint)


@pytest.fixture
def elsewhere(run: RunDirectory, tmp_path: Path) -> RunDirectory:
    """Another run directory with the same tokenizer, to export into."""
    other = RunDirectory(tmp_path / "run")
    other.path.mkdir()
    other.tokenizer.symlink_to(run.tokenizer)
    return other


@pytest.fixture(scope="session")
def variant() -> Callable[..., Recipe]:
    """A recipe with other values in one section: `variant(recipe, "model", tie_word_embeddings=False)`."""

    def change(recipe: Recipe, section: str, **values: Any) -> Recipe:
        return recipe.model_copy(update={section: getattr(recipe, section).model_copy(update=values)})

    return change
