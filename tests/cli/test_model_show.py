"""`soofi model show`: recipes and bare models in one table."""

import re
from pathlib import Path

RECIPES = Path(__file__).resolve().parents[2] / "recipes"


def test_models_and_recipes_stand_in_one_table(soofi, smoke_recipe: Path) -> None:
    done = soofi(
        "model", "show", RECIPES / "models" / "100b.yaml", smoke_recipe, RECIPES / "8b-dgx-b200.yaml"
    )
    assert done.returncode == 0, done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 80
    rows = {
        row[0]: row[1:]
        for row in map(str.split, done.stdout.splitlines())
        if len(row) == 6 and row[1][0].isdigit()
    }
    assert rows["100b"] == ["100,497,358,848", "100,497,358,848", "639.2", "131,072", "8,192"]
    assert rows["smoke"] == ["217,536", "217,536", "0.001401", "2,048", "128"]
    assert rows["8b-dgx-b200"][0] == "8,053,338,112"


def test_one_model_is_shown_with_its_parts(soofi) -> None:
    path = RECIPES / "models" / "10m.yaml"
    done = soofi(
        "model", "show", path, "model.tie_word_embeddings=false", "--vocabulary", "8192", "--sequence", "512"
    )
    assert done.returncode == 0, done.stderr
    parts = dict(re.findall(r"^  ([a-z -]+?) +([\d,]+) +[\d.]+%$", done.stdout, re.M))
    assert parts["embedding"] == parts["head"] == f"{8192 * 256:,}"
    whole = sum(int(part.replace(",", "")) for part in parts.values())
    assert f"{whole:,}" in done.stdout
    assert "exports to Qwen3ForCausalLM" in done.stdout


def test_a_file_without_a_model_is_named(soofi) -> None:
    done = soofi("model", "show", RECIPES / "clusters" / "dgx-b200.yaml")
    assert done.returncode == 2
    assert "dgx-b200.yaml has no model" in done.stderr
    assert soofi("model", "show", "model.hidden_size=64").returncode == 2
