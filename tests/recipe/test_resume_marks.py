"""Each field's mark decides what a resume with another recipe does: walked over all fields that a recipe can have."""

import pytest

from soofi.recipe import RecipeError, check_resume, parse_recipe
from tests.recipe.conftest import TREE
from tests.recipe.test_documentation import FIELDS
from tests.recipe_fields import fields_of, sections_of

EVERYTHING = {
    **TREE,
    "parent": "earlier@10",
    "corpus": {
        "sources": [
            {"name": "web", "paths": ["raw/*.parquet"], "format": "parquet", "columns": {"text": "body"}, "language": "de", "licence": "CC0-1.0"},
            {"name": "law", "paths": ["law/a.jsonl"], "preset": "hplt-3", "storage_options": {"anon": True}, "rows_per_document": 2},
            {"name": "hub", "dataset": {"name": "open/set", "configuration": "deu_Latn", "revision": "main"}},
        ],
        "quality_by_language": {"mt": {"minimum_characters": 5}},
        "decontaminate": {"sets": [{"name": "quiz", "paths": ["quiz/a.jsonl"]}]},
        "consent": {"snapshots": ["robots.parquet"], "blocked": ["a.eu"], "block_lists": ["blocked.txt"]},
        "licence": {"allow": ["attribution", "MIT"]},
    },
    "tokenizer": {
        **TREE["tokenizer"],
        "languages": ["de", "mt"],
        "weights": {"mt": 2.0},
        "word_counts": "counts",
        "parity": {"development": "parallel"},
    },
    "tokens": {"packed_lengths": [64, 128]},
    "model": {
        **TREE["model"],
        "vocab_size": 4096,
        "rope_scaling": {
            "rope_type": "yarn",
            "factor": 4,
            "original_max_position_embeddings": 64,
            "beta_fast": 30,
            "beta_slow": 2,
            "attention_factor": 1.2,
        },
        "experts": {
            "num_experts": 8,
            "num_experts_per_tok": 2,
            "moe_intermediate_size": 32,
            "balance": "bias",
            "router_aux_loss_coef": 0.01,
            "n_shared_experts": 1,
        },
    },
    "stages": [
        {
            **TREE["stages"][0],
            "batch_samples": 12,
            "batch_ramp": {"from_samples": 4, "increment_samples": 4, "tokens": 4096},
            "mixture": {"sources": {"law": 2.0}, "languages": {"mt": 2.0}},
        },
        TREE["stages"][1],
    ],
    "train": {
        "optimizer": {"learning_rate": 0.01, "embedding_learning_rate": 0.02},
        "loss": {"goldfish": {"k": 4, "h": 5}, "chunk_tokens": 64, "z_loss": 1e-4},
        "schedule": {"warmup_tokens": 1024, "decay_tokens": 2048},
        "zero_stage": 3,
        "micro_batch_samples": 1,
        "checkpoints": {"keep_every_steps": 100},
    },
    "cluster": {
        "name": "one",
        "nodes": 1,
        "gpus_per_node": 2,
        "gpu": "H100",
        "gpu_memory_gib": 80,
        "peak_tflops": {"bf16": 900},
    },
    "generate": {"prompts": {"de": "Der"}},
}  # fmt: skip
"""A recipe with every optional section, but those of a model and a tokenizer that others made."""

GIVEN = {
    **TREE,
    "tokenizer": {
        "from": "open/model",
        "end_of_document": "<s>",
        "padding": "<pad>",
        "extend": {"entries": 100, "languages": ["mt"]},
    },
}
GIVEN["model"] = {
    **TREE["model"],
    "initialise_from": "open/model",
    "rope_scaling": {"rope_type": "linear", "factor": 4, "original_max_position_embeddings": 64},
    "experts": {"num_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 32},
}
GIVEN["corpus"] = {
    "sources": [*TREE["corpus"]["sources"], {"name": "local", "dataset": {"path": "open/set"}}],
    "quality": {"classifier": {"model": "classifier"}},
}
RECIPES = [parse_recipe(EVERYTHING), parse_recipe(GIVEN)]
WALKED = [[*fields_of(recipe)] for recipe in RECIPES]
ONE_VALUE = {"Recipe.format", "Tokenizer.byte_fallback", "Optimizer.name"}
"""Fields that have one value today."""


def test_the_walk_leaves_no_field_of_the_schema_out() -> None:
    fields = [field for walked in WALKED for field in walked]
    sections = {found for recipe in RECIPES for found in sections_of(recipe)}
    assert {(field.section, field.name) for field in fields} | sections == set(FIELDS)
    changed = {(field.section, field.name) for field in fields if field.other is not None}
    unchanged = {f"{kind.__name__}.{name}" for kind, name in set(FIELDS) - sections - changed}
    assert unchanged == ONE_VALUE


@pytest.mark.parametrize("kind", ["must_match", "free", "recorded"])
def test_a_changed_field_is_treated_as_its_mark_says(kind: str) -> None:
    seen = 0
    for recipe, fields in zip(RECIPES, WALKED, strict=True):
        for field in (field for field in fields if field.mark == kind and field.other is not None):
            seen += 1
            if kind == "must_match":
                with pytest.raises(RecipeError) as caught:
                    check_resume(recipe, field.other)
                message = str(caught.value)
                assert message.startswith((f"{field.path} was ", f"{field.path}[")), message
                assert "put it back, or give the run another name" in message
                assert "\n" not in message
            else:
                recorded = {change.field.split("[")[0] for change in check_resume(recipe, field.other)}
                expected = {field.path.split("[")[0]} if kind == "recorded" else set()
                assert recorded == expected, field.path
    assert seen > 10
