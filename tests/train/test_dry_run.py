"""`soofi train RECIPE --dry-run`: what it says on a laptop about a thousand GPUs, and what it refuses."""

import re
import shutil
from pathlib import Path

import pytest

from soofi.recipe import Recipe, load_recipe
from soofi.train.dry_run import dry_run

RECIPES = Path(__file__).resolve().parents[2] / "recipes"


def planned(recipe: Recipe, ranks_here: int = 2) -> str:
    lines: list[str] = []
    dry_run(recipe, ranks_here, lines.append)
    return "\n".join(lines)


def figure(text: str, name: str) -> float:
    """The figure at the end of the line that begins with `name`."""
    found = re.search(rf"^ *{re.escape(name)} +(-?[\d,.]+)$", text, re.MULTILINE)
    assert found, name
    return float(found[1].replace(",", ""))


def test_a_thousand_gpus_are_planned_in_little_memory(start_python, tmp_path: Path) -> None:
    code = """
import resource, sys
from soofi.cli import main
root, *recipes = sys.argv[1:]
for recipe in recipes:
    sys.argv = ["soofi", "train", recipe, "--dry-run", "run_root=" + root]
    try:
        main()
    except SystemExit as done:
        assert not done.code, done.code
    print("kilobytes", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
    planned = {
        "100b-dgx-b200": ("100,497,358,848", "Qwen3ForCausalLM"),
        "106b-a12b-dgx-b200": ("105,987,325,952", "Qwen3MoeForCausalLM"),
    }
    process = start_python(code, tmp_path / "runs", *(RECIPES / f"{name}.yaml" for name in planned))
    output, problems = process.communicate(timeout=280)
    assert process.returncode == 0, problems
    *sections, rest = re.split(r"^kilobytes (?=\d+$)", output, flags=re.MULTILINE)
    assert int(rest) < 8 * 2**20
    for said, (parameters, twin) in zip(sections, planned.values(), strict=True):
        assert f"{parameters} parameters, " in said
        assert f"the names and shapes of {twin}" in said
        assert "takes its configuration and every batch for" in said
        assert "an assumed MFU of 35%" in said
        assert max(map(len, said.splitlines())) <= 80
    assert not (tmp_path / "runs").exists()  # nothing was begun


def test_the_plan_of_100_b_adds_up() -> None:
    recipe = load_recipe(RECIPES / "100b-dgx-b200.yaml")
    said = planned(recipe)
    names = [
        "weights",
        "weights again inside the node (hpZ)",
        "fp32 gradients",
        "fp32 master weights",
        "fp32 moments",
    ]
    assert sum(figure(said, name) for name in names) == pytest.approx(figure(said, "states"), abs=0.05)
    # 18 bytes a parameter over 1,024 ranks, and 2 bytes over the 8 of a machine.
    assert figure(said, "states") == pytest.approx(100.497 * (18 / 1024 + 2 / 8), rel=1e-3)
    assert figure(said, "left") > 0
    steps = [
        int(n.replace(",", ""))
        for n in re.findall(r"^(?:foundation|foundation-wide|anneal) +[\d,]+ +([\d,]+)", said, re.M)
    ]
    assert steps == [298_024, 89_407, 29_803]
    assert f"{sum(steps):,} steps" in said


@pytest.mark.parametrize(
    ("name", "overrides", "words"),
    [
        ("8b", ["cluster.gpu_memory_gib=16"], ["the states do not fit one B200: weights 16,106,676,224, fp32 gradients "]),
        ("100b", ["train.zero_stage=2", "train.zero.hpz_partition_size=1"], ["the states do not fit one B200", "weights 200,994,717,696"]),
        ("100b", ["train.micro_batch_samples=1", "train.activation_checkpointing=0"], ["a step does not fit one B200", "activations"]),
        ("100b", ["train.zero.hpz_partition_size=16"], ["train.zero.hpz_partition_size (16)", "ranks of a machine (8)"]),
    ],
)  # fmt: skip
def test_what_cannot_work_is_refused(name: str, overrides: list[str], words: list[str]) -> None:
    recipe = load_recipe(RECIPES / f"{name}-dgx-b200.yaml", overrides)
    with pytest.raises(ValueError) as refused:
        planned(recipe)
    assert all(word in str(refused.value) for word in words), refused.value


def test_batches_must_divide_over_the_cluster(soofi) -> None:
    for override in ("train.micro_batch_samples=3", "cluster.nodes=100"):
        done = soofi("train", RECIPES / "100b-dgx-b200.yaml", "--dry-run", override)
        assert done.returncode == 2
        assert "stages[0].batch_samples (2048) is not a multiple of the number of ranks" in done.stderr


def test_without_a_cluster_this_machine_is_planned_for(smoke_recipe: Path) -> None:
    said = planned(load_recipe(smoke_recipe), ranks_here=2)
    assert "planned for 2 ranks" in said
    assert "this machine" in said
    assert "estimate" not in said
    assert re.search(r"^main +0 +60 +61,440 +8 +128 +4 +1$", said, re.M)
    assert "token shards are not made yet" in said


def test_once_token_shards_are_made_shares_of_languages_are_shown(
    finished, smoke_recipe: Path, tmp_path: Path
) -> None:
    run = tmp_path / "smoke"
    for part in ("tokenizer", "tokens"):
        shutil.copytree(finished.directory / part, run / part)
    recipe = load_recipe(smoke_recipe, [f"run_root={tmp_path}"])
    shares = {tag: float(share) for tag, share in re.findall(r"\b([a-z]{2}) (\d+\.\d)%", planned(recipe))}
    assert set(shares) == set(recipe.languages)
    assert sum(shares.values()) == pytest.approx(100, abs=2)
