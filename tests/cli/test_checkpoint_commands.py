"""`soofi checkpoint list | show | verify | prune` on a real run, as a person types them."""

import json
import os
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml

from soofi.checkpoint.trainer_state import read_trainer_state
from soofi.ledger import Ledger, RunDirectory, lock_run, verify_run

ALL = ("step-00000030", "step-00000060")


@pytest.fixture
def run(finished, tmp_path: Path) -> Path:
    """A copy of the finished run, with a checkpoint that was set aside and one that was never finished."""
    run = tmp_path / "smoke"
    shutil.copytree(finished.directory, run)
    checkpoints = run / "checkpoints"
    shutil.copytree(checkpoints / ALL[0], checkpoints / "aside-step-00000045")
    (checkpoints / ".partial-step-00000050-f00d").mkdir()
    (checkpoints / ".partial-step-00000050-f00d" / "rank-00000.safetensors").write_bytes(bytes(100))
    return run


@pytest.fixture
def checkpoint(soofi, tmp_path: Path) -> Callable:
    def call(*arguments: object, code: int = 0) -> str:
        done = soofi("checkpoint", *arguments, cwd=tmp_path)
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    return call


def test_list_says_what_stands_there(run: Path, checkpoint: Callable) -> None:
    told = checkpoint("list", run)
    lines = told.splitlines()
    assert max(map(len, lines)) <= 80
    rows = {
        line.split()[0] + (f" {line.split()[-1]}" if line[-1].isalpha() else ""): line for line in lines[2:]
    }
    assert set(rows) == {
        "step-00000030 last", "step-00000045 aside", "step-00000050 partial", "step-00000060 latest",
    }  # fmt: skip
    state = read_trainer_state(run / "checkpoints" / ALL[1])
    for word in (f"{state.tokens_seen:,}", "ZeRO 2 × 2", f"{state.bits_per_byte:.3f}"):
        assert word in rows["step-00000060 latest"]
    values = {(one["step"], one["standing"]): one for one in json.loads(checkpoint("list", run, "--json"))}
    assert set(values) == {(30, "published"), (45, "aside"), (50, "partial"), (60, "latest")}
    last = values[60, "latest"]
    directory = run / "checkpoints" / ALL[1]
    assert last["bytes"] == sum(file.stat().st_size for file in directory.iterdir())
    assert (last["tokens_seen"], last["bits_per_byte"]) == (state.tokens_seen, state.bits_per_byte)
    assert values[50, "partial"]["tokens_seen"] is None
    assert [one["kept_by"] for one in values.values()] == [["last"], [], [], ["last"]]


def change_rule(run: Path, **rule: int) -> None:
    recipe = yaml.safe_load((run / "recipe.yaml").read_text())
    recipe["train"]["checkpoints"] |= rule
    (run / "recipe.yaml").write_text(yaml.safe_dump(recipe))


def test_list_says_why_each_is_kept(run: Path, checkpoint: Callable) -> None:
    change_rule(run, keep_last=1, keep_every_steps=30, keep_best=1)
    one, *_, two = checkpoint("list", run).splitlines()[2:]
    assert (one.split()[-1], two.split()[-1]) == ("every", "latest+every+best")


def test_a_checkpoint_that_cannot_be_read_is_listed_as_damaged(run: Path, checkpoint: Callable) -> None:
    (run / "checkpoints" / ALL[0] / "trainer.json").write_text("{")
    assert "damaged" in checkpoint("list", run).splitlines()[2]


def test_show_says_what_it_holds(run: Path, checkpoint: Callable) -> None:
    directory = run / "checkpoints" / ALL[1]
    told = checkpoint("show", f"{run}@60")
    assert told.replace(str(directory), "") == checkpoint("show", directory).replace(str(directory), "")
    assert told == checkpoint("show", run), "a run alone is its latest"
    assert max(map(len, told.replace(str(directory), "").splitlines())) <= 80
    index = json.loads((directory / "fragments.json").read_text())
    count = sum(int(np.prod(entry["shape"])) for entry in index["parameters"].values())
    for word in (
        f"{count:,} in {len(index['parameters'])} tensors",
        "exp_avg_sq",
        "61,440",
        "ZeRO 2 × 2 ranks",
    ):
        assert word in told
    values = json.loads(checkpoint("show", f"{run}@step-00000060", "--json"))
    assert values["parameters"] == count
    assert values["bytes_by_state"] == dict.fromkeys(("weight", "exp_avg", "exp_avg_sq"), 4 * count)
    assert values["manifest_sha256"] in told


def test_show_parameters_names_the_place_of_every_value(run: Path, checkpoint: Callable) -> None:
    told = checkpoint("show", f"{run}@60", "--parameters")
    index = json.loads((run / "checkpoints" / ALL[1] / "fragments.json").read_text())
    for name, entry in index["parameters"].items():
        rows, *more = entry["shape"]
        assert f"{name}  ({', '.join(map(str, [rows, *more]))})" in told
        for file, start, size in entry["fragments"]:
            assert f"    {index['files'][file]}  values {start:,} to {start + size - 1:,}" in told


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_verify_names_any_flipped_byte(run: Path, checkpoint: Callable) -> None:
    directory = run / "checkpoints" / ALL[1]
    assert "is whole" in checkpoint("verify", f"{run}@60")
    for file in sorted(directory.iterdir()):
        before = file.read_bytes()
        flip(file)
        told = checkpoint("verify", f"{run}@latest", code=1)
        assert len(told.splitlines()) == 1
        assert str(file) in told
        file.write_bytes(before)
    (directory / "more").touch()
    assert "more is there, but its manifest does not know it" in checkpoint("verify", directory, code=1)


def reseal(directory: Path) -> None:
    """Make the manifest fit the files again, as whoever damages a checkpoint on purpose would."""
    import hashlib

    manifest = json.loads((directory / "manifest.json").read_text())
    for output in manifest["outputs"]:
        content = (directory / output["path"]).read_bytes()
        output |= {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    (directory / "manifest.json").write_text(json.dumps(manifest))


def test_verify_looks_at_values_and_the_index_too(run: Path, checkpoint: Callable) -> None:
    inside = run / "checkpoints" / ALL[1]
    flip(inside / "trainer.json")
    reseal(inside)
    assert "is not the one that the run's ledger vouches for" in checkpoint("verify", f"{run}@60", code=1)
    directory = run.parent / "copied"
    shutil.copytree(run / "checkpoints" / ALL[0], directory)
    file = directory / "rank-00001.safetensors"
    whole = file.read_bytes()
    length = struct.unpack("<Q", whole[:8])[0]
    header = json.loads(whole[8 : 8 + length])
    name = next(name for name in header if "/exp_avg/" in name)
    at = 8 + length + header[name]["data_offsets"][0]
    parameter, state, start = name.split("/")
    file.write_bytes(whole[: at + 4] + struct.pack("<f", float("nan")) + whole[at + 8 :])
    reseal(directory)
    told = checkpoint("verify", directory, code=1)
    assert f"{file}: value {int(start) + 1} of {parameter} ({state}) is nan" in told
    index = json.loads((directory / "fragments.json").read_text())
    dropped = next(n for n, entry in index["parameters"].items() if entry["fragments"][0][0] == 1)
    for change, words in (
        (lambda i: i["parameters"].pop(dropped), "which its index does not name"),
        (lambda i: i["parameters"][dropped]["fragments"].pop(0), f"every value of {dropped} exactly once"),
        (lambda i: i["parameters"][dropped]["shape"].append(2), f"every value of {dropped} exactly once"),
    ):
        changed = json.loads(json.dumps(index))
        change(changed)
        (directory / "fragments.json").write_text(json.dumps(changed))
        reseal(directory)
        assert words in checkpoint("verify", directory, code=1)


def test_prune_keeps_what_the_rule_says_and_the_ledger_knows(run: Path, checkpoint: Callable) -> None:
    before = sorted(str(path) for path in run.rglob("*"))
    told = checkpoint("prune", run, "--keep-last", 1, "--dry-run")
    assert "2 would be deleted" in told
    assert "step-00000030" in told
    assert sorted(str(path) for path in run.rglob("*")) == before
    assert "1 deleted" in checkpoint("prune", run, "--keep-every-steps", 30), "the half-written one"
    assert "1 deleted" in checkpoint("prune", run, "--keep-last", 1)
    names = {path.name for path in (run / "checkpoints").iterdir()}
    assert names == {"step-00000060", "aside-step-00000045", "latest"}
    entry = Ledger(run / "ledger.jsonl").entries()[-1]
    assert (entry.kind, entry.facts["pruned"]) == ("intervention", ["checkpoints/step-00000030"])
    assert verify_run(RunDirectory(run))["files"] > 0


def test_prune_goes_by_the_recipe_unless_told(run: Path, checkpoint: Callable) -> None:
    assert "step-00000030" not in checkpoint("prune", run, "--dry-run")
    change_rule(run, keep_last=1)
    assert "step-00000030" in checkpoint("prune", run)
    assert {path.name for path in (run / "checkpoints").glob("step-*")} == {"step-00000060"}


def test_prune_never_deletes_what_latest_names(run: Path, checkpoint: Callable) -> None:
    (run / "checkpoints" / "latest").write_text("step-00000030\n")
    checkpoint("prune", run, "--keep-last", 1)
    assert {path.name for path in (run / "checkpoints").glob("step-*")} == set(ALL)


def test_prune_waits_for_nobody(run: Path, checkpoint: Callable) -> None:
    held = os.environ.get("SOOFI_RUN_LOCK_HELD")
    with lock_run(run):
        os.environ["SOOFI_RUN_LOCK_HELD"] = ""  # the command is no child of whoever holds the run
        told = checkpoint("prune", run, "--keep-last", 1, code=2)
    assert "is being worked on by" in told
    assert held is None or os.environ["SOOFI_RUN_LOCK_HELD"] == held
    assert (run / "checkpoints" / ALL[0]).is_dir()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["list", "nowhere"], "nowhere is not a run"),
        (["show", "nowhere"], "nowhere is no checkpoint: give RUN@STEP"),
        (["show", "nowhere@30"], "nowhere@30 is no checkpoint"),
        (["show", "RUN@31"], "has no checkpoint 31; there: step-00000030, step-00000060"),
        (["verify", "RUN@first"], "has no checkpoint first"),
        (["prune", "nowhere", "--keep-last", "1"], "nowhere is not a run"),
        (["prune", "RUN", "--keep-last", "0"], "--keep-last"),
    ],
)
def test_wrong_uses(finished, checkpoint: Callable, arguments: list[str], words: str) -> None:
    named = [text.replace("RUN", str(finished.directory)) for text in arguments]
    told = checkpoint(*named, code=2)
    assert words in told.replace("│", " ")
    assert not Path("nowhere").exists()


def test_looking_at_checkpoints_needs_no_torch(finished, start_python) -> None:
    code = (
        "import sys\nfrom soofi.cli.application import app\n"
        "for words in sys.argv[1:]:\n    app(words.split(), standalone_mode=False)\n"
        "assert 'torch' not in sys.modules"
    )
    directory = finished.directory
    words = [
        f"checkpoint list {directory}",
        f"checkpoint show {directory}",
        f"checkpoint verify {directory}@30",
    ]
    words.append(f"checkpoint prune {directory} --keep-last 2 --dry-run")
    process = start_python(code, *words)
    assert process.wait(60) == 0, process.stderr.read()
