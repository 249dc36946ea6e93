"""Plain safetensors: as the library reads them, and no more in memory than must be."""

import json
import weakref
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file

from soofi.export.consolidated import write_consolidated
from soofi.export.lazy_weights import LazyWeights
from soofi.export.weights import write_weights

SHAPES = st.dictionaries(
    st.text("abcdef.λ_0", min_size=1, max_size=12),
    st.lists(st.integers(0, 7), max_size=3).map(tuple),
    min_size=1,
    max_size=9,
)


class Watched:
    """Makes tensors and knows the most bytes of them that lived at one time."""

    def __init__(self, shapes: dict[str, tuple[int, ...]]):
        self.tensors = {
            name: torch.arange(torch.Size(shape).numel()).float().view(shape) + number
            for number, (name, shape) in enumerate(shapes.items())
        }
        self.bytes = self.most = 0

    def read(self, name: str) -> torch.Tensor:
        tensor = self.tensors[name].clone()
        self.bytes += tensor.nbytes
        self.most = max(self.most, self.bytes)
        weakref.finalize(tensor.untyped_storage(), self.forget, tensor.nbytes)
        return tensor

    def forget(self, size: int) -> None:
        self.bytes -= size

    @property
    def weights(self) -> LazyWeights:
        return LazyWeights({name: tuple(tensor.shape) for name, tensor in self.tensors.items()}, self.read)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(SHAPES, st.sampled_from([1, 200, 10**9]))
def test_the_library_reads_what_was_given(
    tmp_path_factory: pytest.TempPathFactory, shapes: dict[str, tuple[int, ...]], shard_bytes: int
) -> None:
    directory = tmp_path_factory.mktemp("plain")
    watched = Watched(shapes)
    write_consolidated(directory, "model", watched.weights, shard_bytes)
    assert_stored(directory, watched.tensors)
    assert watched.most == max(tensor.nbytes for tensor in watched.tensors.values()), "one at a time"


def test_a_hugging_face_directory_is_written_shard_by_shard(tmp_path: Path) -> None:
    watched = Watched({f"layer.{number}.weight": (10, 10) for number in range(12)})
    write_weights(tmp_path, watched.weights, torch.float32, shard_bytes=1000)
    assert_stored(tmp_path, watched.tensors)
    assert watched.most == 800, "two tensors of 400 bytes fit a shard"


def assert_stored(directory: Path, expected: dict[str, torch.Tensor]) -> None:
    files = sorted(directory.glob("*.safetensors"))
    index = directory / "model.safetensors.index.json"
    if len(files) == 1:
        assert files[0].name == "model.safetensors"
        assert not index.exists()
    else:
        places = json.loads(index.read_text())["weight_map"]
        assert {name: file.name for file in files for name in load_file(file)} == places
    found = {name: tensor for file in files for name, tensor in load_file(file).items()}
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        assert found[name].dtype == torch.float32
        assert torch.equal(found[name], tensor), name
