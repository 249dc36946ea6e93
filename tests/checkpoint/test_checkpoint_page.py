"""docs/checkpoints.md is exact: the reader that it lists reads real checkpoints, and its commands run."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from soofi.checkpoint import latest_checkpoint
from soofi.checkpoint.fragment_files import FragmentReader, Piece
from soofi.checkpoint.trainer_state import read_trainer_state
from soofi.checkpoint.weights import read_weights
from soofi.ledger import RunDirectory
from tests.checkpoint.test_fragment_files import cuts, values, write

PAGE = Path(__file__).resolve().parents[2] / "docs" / "checkpoints.md"


def listing(language: str) -> str:
    (found,) = re.findall(
        rf"^```{language}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    return found


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page's listing, behind which all that a checkpoint holds is written as one numpy archive."""
    script = tmp_path_factory.mktemp("page") / "reader.py"
    more = """
import sys
directory = Path(sys.argv[1])
index = json.loads((directory / "fragments.json").read_text(encoding="utf-8"))
found = {f"{name}/{state}": read(directory, name, state) for name in index["parameters"] for state in index["states"]}
np.savez(sys.argv[2], **found)
assert not [name for name in sys.modules if name.split(".")[0] in ("soofi", "torch", "safetensors")]
"""
    script.write_text(listing("python") + more)
    return script


def read_by_the_page(reader: Path, checkpoint: Path, folder: Path) -> dict[str, np.ndarray]:
    command = [sys.executable, "-I", str(reader), str(checkpoint), str(folder / "read.npz")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=folder)
    assert done.returncode == 0, done.stderr
    with np.load(folder / "read.npz") as archive:
        return dict(archive)


def test_a_reader_by_the_page_alone_reads_weights_and_moments(finished, reader: Path, tmp_path: Path) -> None:
    checkpoint = latest_checkpoint(RunDirectory(finished.directory))
    found = read_by_the_page(reader, checkpoint, tmp_path)
    weights = {
        name.removesuffix("/weight"): array for name, array in found.items() if name.endswith("/weight")
    }
    expected = read_weights(checkpoint)
    assert weights.keys() == expected.keys()
    for name, tensor in expected.items():
        assert weights[name].shape == tuple(tensor.shape)
        assert np.array_equal(weights[name], tensor.numpy()), name
    with FragmentReader(checkpoint) as fragments:
        assert len(found) == 3 * len(weights)
        for name in weights:
            for state in ("exp_avg", "exp_avg_sq"):
                assert found[f"{name}/{state}"].any()
                assert np.array_equal(found[f"{name}/{state}"], fragments.whole(name, state)), (name, state)


@settings(max_examples=60, deadline=None)
@given(cut=cuts())
def test_it_reads_every_cut_that_the_format_allows(
    tmp_path_factory: pytest.TempPathFactory, cut: tuple[tuple[int, ...], list[Piece]]
) -> None:
    """Ranges anywhere, and slices of any dimension, as tensor parallelism would write them."""
    shape, pieces = cut
    directory = tmp_path_factory.mktemp("cut")
    write(directory, {"p": shape}, {"p": pieces})
    names: dict = {}
    exec(listing("python"), names)  # the page's own words
    for state in ("weight", "exp_avg"):
        assert np.array_equal(
            names["read"](directory, "p", state), values(state, int(np.prod(shape))).reshape(shape)
        )


def test_every_key_on_disk_is_on_the_page(finished) -> None:
    page = PAGE.read_text(encoding="utf-8")
    checkpoint = latest_checkpoint(RunDirectory(finished.directory))
    for file in sorted(checkpoint.glob("*.json")):
        stored = json.loads(file.read_text())
        assert f"(`{stored.pop('format')}`)" in page, file.name
        for key in stored:
            assert f"`{key}`" in page, (file.name, key)
    assert vars(read_trainer_state(checkpoint)).keys() == json.loads(
        (checkpoint / "trainer.json").read_text()
    ).keys() - {"format"}


def test_every_command_of_the_page_runs(finished, tmp_path: Path) -> None:
    shutil.copytree(finished.directory, tmp_path / "runs" / "smoke")
    script = tmp_path / "commands.sh"
    script.write_text(f'set -e\nsoofi() {{ "{sys.executable}" -m soofi "$@"; }}\n' + listing("bash"))
    environment = {**os.environ, "PYTHONPATH": str(PAGE.parents[1]), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        ["bash", str(script)], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=200
    )
    assert done.returncode == 0, done.stderr
    assert "model.initialise_from=early" in done.stdout
    assert (tmp_path / "early" / "model.safetensors").is_file()
    plain = {file.name for file in (tmp_path / "plain").iterdir()}
    states = {"model.safetensors", "exp_avg.safetensors", "exp_avg_sq.safetensors"}
    assert plain == {*states, "trainer.json", "manifest.json"}
    assert [path.name for path in (tmp_path / "runs" / "smoke" / "checkpoints").glob("step-*")] == [
        "step-00000060"
    ]
