"""What a recipe refuses before anything starts, and whether the sentence says what to change."""

from typing import Any

import pytest

from soofi.recipe import BatchRamp, RecipeError, check_layout, parse_recipe

EXPERTS = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 32}


def change(tree: dict[str, Any], changes: dict[str, Any]) -> None:
    """Set values in `tree` by dotted path."""
    for path, value in changes.items():
        *folders, last = [int(part) if part.isdigit() else part for part in path.split(".")]
        place: Any = tree
        for folder in folders:
            place = place.setdefault(folder, {}) if isinstance(place, dict) else place[folder]
        place[last] = value


def refusal(tree: dict[str, Any], changes: dict[str, Any]) -> str:
    """The message with which `tree` is refused after `changes`."""
    change(tree, changes)
    with pytest.raises(RecipeError) as caught:
        parse_recipe(tree, "small.yaml")
    message = str(caught.value)
    assert message.startswith("small.yaml: ")
    assert "\n" not in message
    assert "pydantic" not in message.lower()
    return message


def test_the_small_recipe_is_valid(tree):
    assert parse_recipe(tree).model.hidden_size == 64


@pytest.mark.parametrize(
    ("path", "where", "meant"),
    [
        ("stage", "'stage'", "stages"),
        ("model.hidden_sise", "'model.hidden_sise'", "hidden_size"),
        ("corpus.sources.1.license", "'corpus.sources[1].license'", "licence"),
        ("stages.0.mixture.exponents", "'stages[0].mixture.exponents'", "exponent"),
        ("stages.1.seq_length", "'stages[1].seq_length'", "sequence_length"),
        ("train.checkpoints.every_step", "'train.checkpoints.every_step'", "every_steps"),
        (
            "corpus.quality_by_language.de.minimum_chars",
            "quality_by_language.de.minimum_chars",
            "minimum_characters",
        ),
    ],
)
def test_an_unknown_key_says_which_was_meant(tree, path, where, meant):
    message = refusal(tree, {path: 1})
    assert f"unknown key {where}" in message or f"{where}'" in message
    assert f"did you mean '{meant}'?" in message


def test_an_unknown_key_that_resembles_nothing_lists_the_known_ones(tree):
    message = refusal(tree, {"model.zzzz": 1})
    assert "unknown key 'model.zzzz'" in message
    assert "hidden_size" in message
    assert "rope_theta" in message


def test_a_misspelt_key_is_named_rather_than_the_one_that_is_missing_for_it(tree):
    tree["model"]["hiden_size"] = tree["model"].pop("hidden_size")
    assert "did you mean 'hidden_size'?" in refusal(tree, {})


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("model.hidden_size", "wide", "model.hidden_size"),
        ("model.hidden_size", 64.5, "model.hidden_size"),
        ("model.hidden_size", None, "model.hidden_size"),
        ("model.num_hidden_layers", True, "model.num_hidden_layers"),
        ("seed", True, "seed"),
        ("train.ranks", True, "train.ranks"),
        ("train.zero_stage", True, "train.zero_stage"),
        ("train.optimizer.betas", [True, 0.9], "train.optimizer.betas"),
        ("stages.0.mixture.sources", {"web": True}, "stages[0].mixture.sources"),
        ("seed", -1, "seed"),
        ("name", 5, "name"),
        ("name", "a/b", "name"),
        ("name", "..", "name"),
        ("model", 5, "model"),
        ("stages", {}, "stages"),
        ("stages", [], "stages"),
        ("stages.1", "long", "stages[1]"),
        ("corpus.sources.1.paths", "law/a.jsonl", "corpus.sources[1].paths"),
        ("corpus.sources.1.paths", [], "corpus.sources[1]: a source has either paths or a dataset"),
        ("train.precision", "fp16", "train.precision"),
        ("train.zero_stage", 4, "train.zero_stage"),
        ("train.optimizer.learning_rate", float("inf"), "train.optimizer.learning_rate"),
        ("train.optimizer.embedding_learning_rate", -0.1, "train.optimizer.embedding_learning_rate"),
        ("train.gradient_clipping", float("nan"), "train.gradient_clipping"),
        ("train.optimizer.betas", [0.9, 1.0], "train.optimizer.betas[1]"),
        ("train.optimizer.betas", [0.9, 0.95, 0.99], "train.optimizer.betas"),
        ("stages.0.mixture.sources", {"web": -1}, "stages[0].mixture.sources.web"),
        ("stages.0.mixture.languages", {"german": 1}, "stages[0].mixture.languages"),
        ("corpus.quality_by_language", {"German": {}}, "corpus.quality_by_language"),
        ("languages", ["de", "German"], "languages"),
        ("languages", ["de", "mt\n"], "languages"),
        ("languages", ["de", "de"], "languages"),
        ("languages", [], "languages"),
        ("generate.prompts", {"deutsch": "Hallo"}, "generate.prompts"),
        ("format", "soofi.recipe/2", "format"),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_field(tree, path, value, named):
    assert f"small.yaml: {named}" in refusal(tree, {path: value})


@pytest.mark.parametrize(
    "path", ["model.hidden_size", "train.optimizer.learning_rate", "stages.1.tokens", "name"]
)
def test_a_missing_field_is_named(tree, path):
    *folders, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    place: Any = tree
    for folder in folders:
        place = place[folder]
    del place[last]
    assert f"{path.replace('.1.', '[1].')} is missing" in refusal(tree, {})


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"model.num_key_value_heads": 3}, ["num_attention_heads (4)", "num_key_value_heads (3)"]),
        ({"model.num_key_value_heads": 8}, ["num_attention_heads (4)", "num_key_value_heads (8)"]),
        ({"model.head_dim": 15}, ["head_dim (15)", "odd"]),
        (
            {"stages.1.sequence_length": 129},
            ["stages[1].sequence_length (129)", "model.max_position_embeddings (128)"],
        ),
        (
            {"stages.1.packing": "best_fit", "tokens.packed_lengths": [64]},
            ["stages[1].packing best_fit", "stages[1].sequence_length (128)", "tokens.packed_lengths ([64])"],
        ),
        (
            {"tokens.packed_lengths": [64, 256]},
            ["tokens.packed_lengths (256)", "model.max_position_embeddings (128)"],
        ),
        ({"tokens.packed_lengths": [64, 64]}, ["tokens.packed_lengths", "64 is named twice"]),
        ({"train.ranks": 3}, ["stages[0].batch_samples (8)", "ranks (3)"]),
        (
            {"train.ranks": 2, "train.micro_batch_samples": 3},
            ["stages[0].batch_samples (8)", "ranks (2)", "train.micro_batch_samples (3)"],
        ),
        (
            {"train.ranks": 4, "train.micro_batch_samples": 2},  # the first stage fits, the second does not
            ["stages[1].batch_samples (4)", "ranks (4)", "train.micro_batch_samples (2)"],
        ),
        (
            {"train.schedule.warmup_tokens": 8192, "train.schedule.decay_tokens": 8193},
            ["train.schedule.warmup_tokens", "train.schedule.decay_tokens", "stages", "16384"],
        ),
        (
            {"stages.1.mixture.sources": {"wep": 1}},
            ["stages[1].mixture.sources", "'wep'", "corpus.sources", "web"],
        ),
        (
            {"stages.0.mixture.sources": {"web": 0, "law": 0}},
            ["stages[0].mixture.sources", "corpus.sources"],
        ),
        ({"stages.1.name": "main"}, ["two stages", "'main'"]),
        ({"corpus.sources.1.name": "web"}, ["corpus.sources", "'web'"]),
        ({"corpus.sources.1.name": "dropped"}, ["corpus.sources", "'dropped'"]),
        (
            {"tokenizer.vocabulary_size": 512, "tokenizer.reserved_tokens": 200},
            ["vocabulary_size 512", "reserved_tokens"],
        ),
        (
            {
                "tokenizer.vocabulary_size": 512,
                "tokenizer.required_characters": "".join(map(chr, range(200, 500))),
            },
            ["vocabulary_size 512", "required_characters"],
        ),
        ({"tokenizer.special_tokens": ["<pad>", "<end>"]}, ["special_tokens", "<eod>"]),
        ({"tokenizer.special_tokens": ["<pad>", "<eod>", "<pad>"]}, ["special_tokens", "'<pad>'"]),
        ({"train.zero_stage": 0}, ["zero_stage 0", "precision bf16"]),
        ({"train.zero_stage": 0, "train.precision": "fp8"}, ["zero_stage 0", "precision fp8"]),
        ({"train.precision": "fp8"}, ["train.precision fp8", "model.num_hidden_layers is"]),
        (
            {"train.precision": "fp8", "model.num_hidden_layers": 3, "model.intermediate_size": 100},
            ["train.precision fp8", "model.intermediate_size is 100"],
        ),
        (
            {
                "train.precision": "fp8",
                "model.num_hidden_layers": 3,
                "model.intermediate_size": 160,
                "model.experts": EXPERTS
                | {"balance": "bias", "moe_intermediate_size": 8, "n_shared_experts": 3},
            },
            ["train.precision fp8", "model.experts.moe_intermediate_size × n_shared_experts is 24"],
        ),
        (
            {"model.experts": EXPERTS | {"num_experts_per_tok": 5}},
            ["num_experts_per_tok (5)", "num_experts (4)"],
        ),
        (
            {"model.experts": EXPERTS | {"first_k_dense_replace": 2}, "model.num_hidden_layers": 2},
            ["experts.first_k_dense_replace (2)", "num_hidden_layers (2)"],
        ),
        (
            {"model.experts": EXPERTS | {"n_shared_experts": 1}},
            ["n_shared_experts (1)", "set balance to bias"],
        ),
        (
            {"model.experts": EXPERTS | {"routed_scaling_factor": 1.5}},
            ["routed_scaling_factor (1.5)", "balance"],
        ),
        ({"model.experts": EXPERTS | {"bias_update_rate": 0.01}}, ["bias_update_rate (0.01)", "balance"]),
        ({"train.zero.hpz_partition_size": 8}, ["zero.hpz_partition_size (8)", "zero_stage 3, not 2"]),
        (
            {"export.architecture": "Qwen3MoeForCausalLM"},
            ["export.architecture Qwen3MoeForCausalLM", "no model.experts", "write Qwen3ForCausalLM or auto"],
        ),
        (
            {
                "model.experts": EXPERTS | {"balance": "bias"},
                "export.architecture": "Qwen3MoeForCausalLM",
            },
            [
                "export.architecture Qwen3MoeForCausalLM",
                "model.experts.balance bias",
                "write Glm4MoeForCausalLM or auto",
            ],
        ),
        (
            {
                "model.rope_scaling": {
                    "rope_type": "yarn",
                    "factor": 2,
                    "original_max_position_embeddings": 32,
                }
            },
            [
                "max_position_embeddings (128)",
                "original_max_position_embeddings (32)",
                "rope_scaling.factor",
                "(64)",
            ],
        ),
    ],
)
def test_an_impossible_combination_names_its_fields(tree, changes, names):
    message = refusal(tree, changes)
    for name in names:
        assert name in message


@pytest.mark.parametrize(
    "changes",
    [
        {"model.num_key_value_heads": 4},
        {"stages.1.sequence_length": 128},
        {"train.ranks": 2, "train.micro_batch_samples": 2},
        {"train.schedule.warmup_tokens": 8192, "train.schedule.decay_tokens": 8192},
        {"stages.1.mixture.sources": {"web": 0, "law": 2}},
        {"train.zero_stage": 0, "train.precision": "fp32"},
        {"train.zero_stage": 3, "train.zero": {"hpz_partition_size": 8}},
        {"stages.0.tokens": 1e6},
        {"model.experts": EXPERTS | {"router_z_loss_coef": 0.001}},
        {"model.experts": EXPERTS | {"balance": "bias", "n_shared_experts": 1, "bias_update_rate": 0.01}},
        {
            "train.precision": "fp8",
            "model.num_hidden_layers": 3,
            "model.experts": EXPERTS | {"balance": "bias", "moe_intermediate_size": 8, "n_shared_experts": 2},
        },
        {"languages": ["no", "sr-Cyrl", "zxx", "pt-BR"]},
    ],
)
def test_what_is_just_possible_is_accepted(tree, changes):
    change(tree, changes)
    parse_recipe(tree)


@pytest.mark.parametrize(("written", "share"), [(False, 0.0), (True, 1.0), (0.25, 0.25), (1, 1.0)])
def test_checkpointing_of_earlier_recipes_is_all_or_none_of_the_layers(tree, written, share):
    change(tree, {"train.activation_checkpointing": written})
    assert parse_recipe(tree).train.activation_checkpointing == share


def test_more_than_one_mistake_is_counted(tree):
    assert "(and 1 more)" in refusal(tree, {"model.hidden_size": "wide", "seed": -1})


def test_a_layout_can_be_checked_against_the_ranks_at_hand(tree):
    recipe = parse_recipe(tree)
    stage = recipe.stages[0].model_copy(update={"batch_samples": 8})
    check_layout(recipe.train, stage, 4)
    with pytest.raises(
        ValueError, match=r"batch_samples \(8\) is not a multiple of the number of ranks \(3\)"
    ):
        check_layout(recipe.train, stage, 3)
    ramp = BatchRamp(from_samples=2, increment_samples=2, tokens=100)
    growing = stage.model_copy(update={"batch_ramp": ramp})
    assert growing.batches == [2, 4, 6, 8]
    with pytest.raises(ValueError, match=r"batch_ramp reaches a batch that \(2\) is not a multiple"):
        check_layout(recipe.train, growing, 4)


@pytest.mark.parametrize(
    ("ramp", "sentence"),
    [
        ((8, 1, 100), "must be smaller than batch_samples (8)"),
        ((3, 2, 100), "by a multiple of batch_ramp.increment_samples (2)"),
        ((2, 2, 10**9), "are more than the stage's tokens"),
    ],
)
def test_a_ramp_that_does_not_lead_to_the_batch_is_refused(tree, ramp, sentence):
    names = ("from_samples", "increment_samples", "tokens")
    tree["stages"][0] |= {"batch_samples": 8, "batch_ramp": dict(zip(names, ramp, strict=True))}
    with pytest.raises(RecipeError) as error:
        parse_recipe(tree)
    assert sentence in str(error.value)


def test_a_loaded_recipe_does_not_change(tree):
    recipe = parse_recipe(tree)
    with pytest.raises(ValueError, match="frozen"):
        recipe.model.hidden_size = 128
