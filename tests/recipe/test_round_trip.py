"""Any valid recipe survives being written and read."""

import tempfile
from pathlib import Path

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from soofi.recipe import changes, dump_recipe, governing, load_recipe, parse_recipe
from soofi.recipe.plain_yaml import read_yaml, write_yaml

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.sampled_from(
    [
        "no",
        "yes",
        "1e3",
        "010",
        "12:30",
        "0x1f",
        "2026-01-01",
        "null",
        "~",
        "",
        " ",
        "- a",
        "a: b",
        "#",
        "<<",
        "=",
        "!!x",
    ]
)
NAMES = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,8}", fullmatch=True).filter(lambda name: name != "dropped")
LANGUAGES = st.sampled_from(["de", "mt", "no", "on", "sr-Cyrl", "zxx", "pt-BR"])
SHARES = st.floats(0, 1)


@st.composite
def trees(draw):
    """Trees of plain values that make valid recipes."""
    names = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    stages = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    groups, per_group = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    micro, ranks = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    positions = draw(st.integers(8, 4096))
    return {
        "name": draw(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,8}", fullmatch=True)),
        "description": draw(TEXTS),
        "seed": draw(st.integers(0, 2**32 - 1)),
        "languages": draw(st.lists(LANGUAGES, min_size=1, unique=True)),
        "corpus": {
            "sources": [
                {
                    "name": name,
                    "paths": draw(st.lists(st.just("/a") | NAMES, min_size=1)),
                    "licence": draw(TEXTS),
                }
                for name in names
            ],
            "quality_by_language": draw(
                st.dictionaries(
                    LANGUAGES, st.fixed_dictionaries({"minimum_letter_share": SHARES}), max_size=2
                )
            ),
        },
        "tokenizer": {
            "name": draw(NAMES),
            "vocabulary_size": draw(st.integers(1024, 2**20)),
            "language_exponent": draw(SHARES),
            "required_characters": draw(TEXTS),
        },
        "model": {
            "hidden_size": draw(st.integers(8, 2**20)),
            "intermediate_size": draw(st.integers(8, 2**20)),
            "num_hidden_layers": draw(st.integers(1, 200)),
            "num_attention_heads": groups * per_group,
            "num_key_value_heads": groups,
            "head_dim": 2 * draw(st.integers(1, 128)),
            "max_position_embeddings": positions,
            "rms_norm_eps": draw(st.floats(1e-12, 1e-2)),
            "rope_scaling": draw(
                st.none()
                | st.fixed_dictionaries(
                    {
                        "rope_type": st.just("yarn"),
                        "factor": st.floats(1, 1e3),
                        "original_max_position_embeddings": st.just(positions),
                    },
                    optional={"beta_fast": st.floats(2, 1e3), "attention_factor": st.floats(0.5, 2)},
                )
            ),
        },
        "stages": [
            {
                "name": name,
                "tokens": draw(st.integers(1, 10**14)),
                "sequence_length": draw(st.integers(8, positions)),
                "batch_samples": ranks * micro * draw(st.integers(1, 64)),
                "mixture": {"sources": {names[0]: draw(st.floats(0.5, 1e6))}, "exponent": draw(SHARES)},
            }
            for name in stages
        ],
        "train": {
            "optimizer": {
                "learning_rate": draw(st.floats(0, 1e3, exclude_min=True)),
                "betas": [draw(st.floats(0, 1, exclude_max=True)), 0.95],
            },
            "ranks": draw(st.none() | st.just(ranks)),
            "micro_batch_samples": draw(st.none() | st.just(micro)),
        },
        "generate": {"prompts": draw(st.dictionaries(LANGUAGES, TEXTS, max_size=2))},
    }


@settings(max_examples=40, deadline=None, derandomize=True)
@given(trees())
def test_a_recipe_reads_back_equal(tree):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "recipe.yaml")
        path.write_text(write_yaml(tree), encoding="utf-8")
        recipe = load_recipe(path)
        path.write_text(dump_recipe(recipe), encoding="utf-8")
        again = load_recipe(path)
    assert again == recipe
    assert changes(recipe, again) == []
    assert governing(again) == governing(recipe)
    assert parse_recipe(read_yaml(dump_recipe(recipe))) == recipe


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.dictionaries(TEXTS, TEXTS | st.integers() | st.floats(allow_nan=False) | st.booleans() | st.none()))
def test_other_readers_of_yaml_read_what_we_write(values):
    text = write_yaml(values)
    assert read_yaml(text) == values
    assert yaml.safe_load(text) == values
