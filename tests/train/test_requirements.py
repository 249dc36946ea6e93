"""What a machine cannot do is said in one sentence, before anything is written."""

from pathlib import Path

import pytest

from soofi.recipe import Train
from soofi.train.requirements import check_capability, check_requirements

FP8 = Train(optimizer={"learning_rate": 0.1}, precision="fp8")
COMPILED = Train(optimizer={"learning_rate": 0.1}, compile=True)


@pytest.mark.parametrize("capability", [None, (8, 0), (8, 6)])
def test_fp8_is_refused_on_a_device_that_cannot(capability) -> None:
    with pytest.raises(
        ValueError, match=r"fp8 needs compute capability 8.9 or more.*set train.precision=bf16"
    ):
        check_capability(FP8, capability)


@pytest.mark.parametrize("capability", [(8, 9), (9, 0), (10, 0)])
def test_fp8_is_taken_from_ada_on(capability) -> None:
    check_capability(FP8, capability)
    check_capability(COMPILED, None)


def test_fp8_without_torchao_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"pip install 'soofi\[fp8\]'"):
        check_requirements(FP8, has_gpu=True)


def test_compilation_without_a_compiler_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    check_requirements(COMPILED, has_gpu=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ValueError, match=r"needs a C\+\+ compiler, and g\+\+ is not on the PATH"):
        check_requirements(COMPILED, has_gpu=False)
    monkeypatch.setenv("CXX", "clang++")
    with pytest.raises(ValueError, match=r"clang\+\+ is not on the PATH"):
        check_requirements(COMPILED, has_gpu=False)


@pytest.mark.parametrize("command", ["run", "train"])
def test_the_command_refuses_and_leaves_no_run_behind(
    soofi, smoke_recipe: Path, tmp_path: Path, command
) -> None:
    done = soofi(
        command, smoke_recipe, f"run_root={tmp_path}", "train.precision=fp8", "model.num_hidden_layers=3",
        CUDA_VISIBLE_DEVICES="",
    )  # fmt: skip
    assert done.returncode == 2
    assert "train.precision fp8 needs a GPU with fp8 arithmetic, and this machine has none" in done.stderr
    assert not list(tmp_path.iterdir())


def test_second_copies_must_fit_the_ranks(soofi, smoke_recipe: Path, untrained: Path) -> None:
    done = soofi(
        "train", smoke_recipe, f"run_root={untrained.parent}", "train.zero_stage=3", "train.zero.hpz_partition_size=3",
    )  # fmt: skip
    assert done.returncode == 2
    assert "train.zero.hpz_partition_size (3) does not divide the number of ranks (2)" in done.stderr
    assert not (untrained / "checkpoints").exists()
