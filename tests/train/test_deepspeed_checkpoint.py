"""DeepSpeed's files: any cut of any model comes back, and what does not fit together is refused.

Real ones, made by `engine.save_checkpoint`, are read in tests/cli/test_checkpoint_conversion.py.
"""

import math
from pathlib import Path

import pytest
import torch
from deepspeed.runtime.zero.config import ZeroStageEnum
from deepspeed.utils.tensor_fragment import fragment_address
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from soofi.train.deepspeed_checkpoint import MODEL_STATES, DeepSpeedWeights, deepspeed_files

GROUPS = st.lists(
    st.lists(st.lists(st.integers(1, 5), max_size=3).map(tuple), min_size=1, max_size=4),
    min_size=1,
    max_size=3,
)


def drawn(groups: list[list[tuple[int, ...]]]) -> list[dict[str, torch.Tensor]]:
    """Parameters of these shapes, in groups, all values different."""
    numbers = iter(range(1000))
    return [
        {f"module.{group}.{index}": torch.rand(shape) + next(numbers) for index, shape in enumerate(shapes)}
        for group, shapes in enumerate(groups)
    ]


def save(directory: Path, groups: list[dict[str, torch.Tensor]], stage: int, ranks: int) -> None:
    """Lay the groups out over ranks as DeepSpeed does and write its files."""
    flats: list[list[torch.Tensor]] = [[] for _ in range(ranks)]
    places: list[list[dict[str, fragment_address]]] = [[] for _ in range(ranks)]
    for group in groups:
        if stage == 3:
            parts: list[list[torch.Tensor]] = [[] for _ in range(ranks)]
            for tensor in group.values():
                share = math.ceil(tensor.numel() / ranks)
                padded = torch.nn.functional.pad(tensor.flatten(), (0, share * ranks - tensor.numel()))
                for rank in range(ranks):
                    parts[rank].append(padded[rank * share : (rank + 1) * share])
            for rank in range(ranks):
                flats[rank].append(torch.cat(parts[rank]))
            continue
        whole = torch.cat([tensor.flatten() for tensor in group.values()])
        share = math.ceil(len(whole) / ranks)
        for rank in range(ranks):
            flats[rank].append(whole[rank * share : (rank + 1) * share])
            found, at = {}, -rank * share
            for name, tensor in group.items():
                first, last = max(0, at), min(share, at + tensor.numel())
                if first < last:
                    found[name] = fragment_address(last - first, first)
                at += tensor.numel()
            places[rank].append(found)
    model = {
        "module": {"bias": torch.arange(3.0)},
        "buffer_names": ["bias"],
        "param_shapes": [{name: tensor.shape for name, tensor in group.items()} for group in groups],
    }
    torch.save(model, directory / ("zero_pp_rank_0_" * (stage == 3) + MODEL_STATES))
    for rank in range(ranks):
        states = (
            {"zero_stage": ZeroStageEnum.weights, "partition_count": ranks, "fp32_flat_groups": flats[rank]}
            if stage == 3
            else {
                "partition_count": [ranks] * len(groups),
                "single_partition_of_fp32_groups": flats[rank],
                "param_slice_mappings": places[rank],
            }
        )
        file = f"bf16_zero_pp_rank_{rank}_mp_rank_00_optim_states.pt"
        torch.save({"optimizer_state_dict": states}, directory / file)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(GROUPS, st.sampled_from([1, 3]), st.sampled_from([1, 2, 3, 11]))
def test_whatever_the_cut_every_value_comes_back(
    tmp_path_factory: pytest.TempPathFactory, shapes: list[list[tuple[int, ...]]], stage: int, ranks: int
) -> None:
    directory, groups = tmp_path_factory.mktemp("theirs"), drawn(shapes)
    save(directory, groups, stage, ranks)
    expected = {name.removeprefix("module."): tensor for group in groups for name, tensor in group.items()}
    expected["bias"] = torch.arange(3.0)
    weights = DeepSpeedWeights(directory)
    assert weights.shapes == {name: tuple(tensor.shape) for name, tensor in expected.items()}
    for name, tensor in expected.items():
        assert torch.equal(weights.read(name), tensor), name


@pytest.mark.parametrize("stage", [1, 3])
def test_files_that_do_not_fit_together_are_refused(tmp_path: Path, stage: int) -> None:
    def refused(words: str) -> None:
        with pytest.raises(ValueError, match=f"cannot be read as a checkpoint of DeepSpeed's: .*{words}"):
            DeepSpeedWeights(tmp_path)

    save(tmp_path, drawn([[(7,), (2, 3)]]), stage, 2)
    other = tmp_path / "zero_pp_rank_0_mp_rank_01_optim_states.pt"
    for name in (
        other,
        tmp_path / "layer_00-model_00-model_states.pt",
        tmp_path / "expert_0_mp_rank_00_model_states.pt",
    ):
        name.touch()
        refused("tensor-, pipeline- or expert-parallel ranks wrote it")
        name.unlink()
    file = tmp_path / "bf16_zero_pp_rank_1_mp_rank_00_optim_states.pt"
    content = torch.load(file, weights_only=False)  # written above
    key = "fp32_flat_groups" if stage == 3 else "single_partition_of_fp32_groups"
    content["optimizer_state_dict"][key][0] = content["optimizer_state_dict"][key][0][:2]
    torch.save(content, file)
    refused("values of module.0.[01], which has")
    del content["optimizer_state_dict"][key]
    torch.save(content, file)
    refused("its files are not as DeepSpeed writes them")
    file.unlink()
    refused("2 ranks wrote it, and the files of 1 are there")


def test_what_latest_names_is_a_name_only(tmp_path: Path) -> None:
    for place in (tmp_path / "elsewhere", tmp_path / "theirs" / "one"):
        place.mkdir(parents=True)
        save(place, drawn([[(3,)]]), 1, 1)
    pointer = tmp_path / "theirs" / "latest"
    pointer.write_text("one\n")
    assert {file.parent.name for file in deepspeed_files(tmp_path / "theirs")} == {"one"}
    pointer.write_text("../elsewhere")
    assert deepspeed_files(tmp_path / "theirs") == []
    with pytest.raises(FileNotFoundError, match="holds no checkpoint of DeepSpeed's"):
        DeepSpeedWeights(tmp_path / "theirs")
