"""`soofi checkpoint convert` on real runs: to and from Hugging Face directories, plain safetensors, DeepSpeed's files."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
import yaml
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from soofi.checkpoint import latest_checkpoint
from soofi.checkpoint.fragment_files import FragmentReader
from soofi.checkpoint.weights import read_weights
from soofi.export.conversion import convert_to_huggingface, convert_to_safetensors, find_source
from soofi.ledger import RunDirectory, damage
from soofi.recipe import load_recipe
from soofi.train.first_weights import open_weights
from tests.runs import metrics

SMOKE = Path(__file__).resolve().parents[2] / "recipes" / "smoke.yaml"
EXPERTS = (
    "model.experts={num_experts: 4, num_experts_per_tok: 2, moe_intermediate_size: 32, balance: bias, "
    "n_shared_experts: 1, bias_update_rate: 0.01}"
)
VARIANTS = {
    "zero0": ["train.zero_stage=0", "train.precision=fp32"],
    "zero1": ["train.zero_stage=1"],
    "zero1-fp32": ["train.zero_stage=1", "train.precision=fp32"],  # DeepSpeed has another class for it
    "zero2": ["train.zero_stage=2", EXPERTS],
    "zero3": ["train.zero_stage=3", "model.tie_word_embeddings=false"],
}


@pytest.fixture(scope="module")
def saved(finished, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of two ranks under every ZeRO stage, each with a checkpoint of soofi's and one of DeepSpeed's."""
    output = tmp_path_factory.mktemp("saved")
    script = Path(__file__).parents[1] / "train" / "walk_deepspeed_checkpoints.py"
    command = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc-per-node",
        "2",
        str(script),
    ]
    command += [str(SMOKE), str(finished.directory), str(output), json.dumps(VARIANTS)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-4000:]
    return output


def weights_of(run: Path) -> dict[str, torch.Tensor]:
    return read_weights(latest_checkpoint(RunDirectory(run)))


def assert_equal(found: Mapping[str, torch.Tensor], expected: Mapping[str, torch.Tensor]) -> None:
    """The same names, shapes, type and bits."""
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        assert found[name].dtype == tensor.dtype == torch.float32
        assert torch.equal(found[name], tensor), name


@pytest.mark.parametrize("variant", VARIANTS)
def test_plain_safetensors_are_what_the_checkpoint_holds(saved: Path, tmp_path: Path, variant: str) -> None:
    source = find_source(f"{saved / variant}@2")
    convert_to_safetensors(source, tmp_path / "plain", moments=True)
    assert_equal(load_file(tmp_path / "plain" / "model.safetensors"), weights_of(saved / variant))
    with FragmentReader(source.path) as reader:
        for state in ("exp_avg", "exp_avg_sq"):
            moments = {name: torch.from_numpy(reader.whole(name, state)) for name in reader.shapes}
            assert any(tensor.any() for tensor in moments.values())
            assert_equal(load_file(tmp_path / "plain" / f"{state}.safetensors"), moments)
    assert damage(tmp_path / "plain") is None


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_checkpoint_of_deepspeed_holds_the_same_weights(saved: Path, tmp_path: Path, variant: str) -> None:
    convert_to_safetensors(find_source(str(saved / variant / "deepspeed")), tmp_path / "plain")
    assert_equal(load_file(tmp_path / "plain" / "model.safetensors"), weights_of(saved / variant))


def begun_from(directory: Path) -> dict[str, torch.Tensor]:
    """The first weights of a recipe that names this directory: all parameters and biases of its model."""
    recipe = directory.parent / "child.yaml"
    values = {"extends": str(SMOKE), "name": "child", "model": {"initialise_from": str(directory)}}
    recipe.write_text(yaml.safe_dump({**values, "tokenizer": {"from": str(directory)}}))
    loaded = load_recipe(recipe)
    begun = open_weights(loaded.model, loaded.model.vocab_size, loaded.seed)
    return {name: begun.read(name).view(shape) for name, shape in begun.shapes.items()}


def loaded_by_transformers(directory: Path) -> dict[str, torch.Tensor]:
    model, loading = AutoModelForCausalLM.from_pretrained(directory, output_loading_info=True)
    assert not any(loading[fault] for fault in ("missing_keys", "unexpected_keys", "mismatched_keys"))
    return model.state_dict()


@pytest.mark.parametrize("variant", VARIANTS)
def test_training_begins_from_what_deepspeed_wrote(saved: Path, tmp_path: Path, variant: str) -> None:
    """Under every stage, and for experts with biases; stock transformers loads it, too."""
    source = find_source(str(saved / variant / "deepspeed" / "two"))
    convert_to_huggingface(source, tmp_path / "start", saved / variant, "fp32")
    expected = weights_of(saved / variant)
    assert_equal(begun_from(tmp_path / "start"), expected)
    stock = loaded_by_transformers(tmp_path / "start")
    assert_equal({name: stock[name] for name in expected}, expected)


def test_converting_the_latest_is_exporting(finished, tmp_path: Path) -> None:
    """The same configuration, weights, tokenizer and model card, byte for byte."""
    convert_to_huggingface(find_source(str(finished.directory)), tmp_path / "model")
    exported = {file.name: file.read_bytes() for file in (finished.directory / "export").iterdir()}
    made = {file.name: file.read_bytes() for file in (tmp_path / "model").iterdir()}
    assert made.keys() == exported.keys()
    assert [name for name in made if made[name] != exported[name]] in ([], ["manifest.json"])


def test_a_directory_from_elsewhere_is_a_start(finished, tmp_path: Path) -> None:
    """As stock transformers saves it: in shards, in bf16. What it makes is one file in fp32, with the same tokenizer."""
    given = tmp_path / "given"
    model = AutoModelForCausalLM.from_pretrained(finished.directory / "export")
    model.save_pretrained(given, max_shard_size="200KB")
    assert len(list(given.glob("*.safetensors"))) > 1
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(finished.directory / "export" / name, given)
    convert_to_huggingface(find_source(str(given)), tmp_path / "start")
    (file,) = (tmp_path / "start").glob("*.safetensors")
    begun = begun_from(tmp_path / "start")
    stock = model.state_dict()
    assert_equal(begun, {name: stock[name].float() for name in begun})
    assert_equal(load_file(file), {name: stock[name].float() for name in begun})
    assert (tmp_path / "start" / "tokenizer.json").read_bytes() == (given / "tokenizer.json").read_bytes()


def test_a_checkpoint_that_was_moved_goes_with_its_run(finished, tmp_path: Path) -> None:
    moved = shutil.copytree(finished.directory / "checkpoints" / "step-00000060", tmp_path / "moved")
    source = find_source(str(moved))
    with pytest.raises(ValueError, match="moved lies in no run: name the run"):
        convert_to_huggingface(source, tmp_path / "model")
    convert_to_huggingface(source, tmp_path / "model", finished.directory, "fp32")
    assert_equal(load_file(tmp_path / "model" / "model.safetensors"), read_weights(moved))
    convert_to_huggingface(source, tmp_path / "again", tmp_path / "model")
    assert_equal(load_file(tmp_path / "again" / "model.safetensors"), read_weights(moved))


def test_what_is_damaged_is_not_converted(finished, saved: Path, tmp_path: Path) -> None:
    moved = shutil.copytree(finished.directory / "checkpoints" / "step-00000060", tmp_path / "moved")
    content = bytearray((moved / "rank-00001.safetensors").read_bytes())
    content[-1] ^= 1
    (moved / "rank-00001.safetensors").write_bytes(content)
    with pytest.raises(ValueError, match=r"damaged \(rank-00001.safetensors is not as it was written\)"):
        find_source(str(moved))
    theirs = shutil.copytree(saved / "zero1" / "deepspeed", tmp_path / "theirs")
    file = min((theirs / "two").glob("*_optim_states.pt"))
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match="theirs/two cannot be read as a checkpoint of DeepSpeed's: "):
        convert_to_safetensors(find_source(str(theirs)), tmp_path / "plain")
    file.unlink()
    with pytest.raises(ValueError, match="theirs/two cannot be read as a checkpoint of DeepSpeed's: "):
        convert_to_safetensors(find_source(str(theirs)), tmp_path / "plain")
    assert not (tmp_path / "plain").exists()


def test_wrong_conversions(finished, saved: Path, tmp_path: Path) -> None:
    """Each is one sentence, and leaves nothing behind."""
    checkpoint, run = find_source(f"{finished.directory}@30"), finished.directory
    theirs = find_source(str(saved / "zero1" / "deepspeed"))
    target = tmp_path / "target"
    for refused, words in (
        (lambda: find_source(str(tmp_path)), "or one that DeepSpeed wrote"),
        (lambda: find_source(f"{run}@31"), "has no checkpoint 31"),
        (lambda: convert_to_safetensors(checkpoint, tmp_path), "is there already: name a new directory"),
        (lambda: convert_to_huggingface(checkpoint, tmp_path), "is there already: name a new directory"),
        (lambda: convert_to_safetensors(theirs, target, moments=True), "leave --moments out"),
        (lambda: convert_to_huggingface(theirs, target), "lies in no run"),
        (lambda: convert_to_huggingface(theirs, target, tmp_path), "neither a run nor a Hugging Face dir"),
        (lambda: convert_to_huggingface(theirs, target, saved / "zero2"), "weights lack model.layers.0.mlp"),
    ):
        with pytest.raises((ValueError, FileNotFoundError), match=words):
            refused()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--moments"], "--moments is for --to safetensors"),
        (["--to", "safetensors", "--precision", "bf16"], "are for --to huggingface"),
        (["--to", "safetensors", "--like", "run"], "are for --to huggingface"),
    ],
)
def test_options_that_do_not_go_together(soofi, tmp_path: Path, options: list[str], words: str) -> None:
    done = soofi("checkpoint", "convert", "run@1", "made", *options, cwd=tmp_path)
    assert done.returncode == 2
    assert words in done.stderr


@pytest.mark.nightly
def test_a_run_goes_on_from_what_deepspeed_wrote(finished, saved: Path, soofi, tmp_path: Path) -> None:
    """The whole way, from the conversion to a trained model: the child's first figures are the parent's last."""
    done = soofi(
        "checkpoint",
        "convert",
        saved / "zero3" / "deepspeed",
        "start",
        "--like",
        saved / "zero3",
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    recipe = tmp_path / "child.yaml"
    values = {
        "extends": str(SMOKE),
        "name": "child",
        "run_root": str(tmp_path / "runs"),
        "model": {"initialise_from": "start"},
    }
    recipe.write_text(yaml.safe_dump({**values, "tokenizer": {"from": "start"}}))
    shutil.copytree(finished.directory / "corpus", tmp_path / "runs" / "child" / "corpus")
    done = soofi("run", recipe)
    assert done.returncode == 0, done.stdout + done.stderr
    before, after = metrics(tmp_path / "runs" / "child")[0], metrics(tmp_path / "runs" / "child")[-1]
    assert sum(before["bits_per_byte_before"].values()) > sum(after["bits_per_byte"].values())
