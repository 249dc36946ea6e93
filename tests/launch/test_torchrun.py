"""How many ranks a recipe gets on a machine."""

from pathlib import Path

import pytest

from soofi.launch import gpus_here, local_ranks
from soofi.recipe import load_recipe


@pytest.mark.parametrize(
    ("overrides", "gpus", "ranks"),
    [
        ([], 0, 2),
        ([], 1, 1),
        ([], 8, 8),
        ([], 6, 4),  # 8 samples a step do not divide by 6 or 5
        (["train.micro_batch_samples=4"], 8, 2),
        (["train.ranks=4"], 0, 4),
        (["train.ranks=1"], 8, 1),
    ],
)
def test_ranks(smoke_recipe: Path, overrides: list[str], gpus: int, ranks: int) -> None:
    assert local_ranks(load_recipe(smoke_recipe, overrides), gpus) == ranks


def test_hidden_gpus_are_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert gpus_here() == 0
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,3")
    assert gpus_here() == 2
