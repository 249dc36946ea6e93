"""`verify_run` names the first thing of a run that is not as its ledger says."""

import shutil

import pytest

from soofi.ledger import (
    RunDirectory,
    VerificationError,
    manifest_sha256,
    sha256_file,
    verify_run,
    write_manifest,
)


def stage(run, name, files):
    """Make a stage's directory, its manifest and its entry in the ledger."""
    directory = run.path / name
    for path, content in files.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_bytes(content)
    write_manifest(directory, name.split("/")[0], {}, {})
    run.ledger.append(
        "checkpoint" if "step" in name else "stage", name, {"manifest_sha256": manifest_sha256(directory)}
    )


@pytest.fixture
def run(tmp_path):
    """A run directory as the design page describes it, in small."""
    run = RunDirectory(tmp_path / "small")
    run.path.mkdir()
    run.recipe.write_bytes(b"name: small\n")
    run.engine_configuration.write_bytes(b"{}\n")
    vouched = {name: sha256_file(run.path / name) for name in ("recipe.yaml", "deepspeed.json")}
    run.ledger.append("recipe", "recipe.yaml", {"files": vouched})
    stage(
        run,
        "corpus",
        {"web/de/0.parquet": b"kept", "dropped/0.parquet": b"dropped", "accounting.json": b"{}"},
    )
    stage(run, "tokenizer", {"tokenizer.model": b"pieces", "tokenizer.json": b"{}"})
    stage(run, "tokens", {"train/web/de/0.bin": b"\1\0\2\0", "train/web/de/0.idx": b"MMIDIDX\0\0"})
    for step in (10, 20):
        stage(
            run,
            f"checkpoints/step-{step:08d}",
            {"rank-0.safetensors": bytes([step]) * 9, "trainer.json": b"{}"},
        )
    (run.checkpoints / "latest").write_text("step-00000020\n", encoding="utf-8")
    run.metrics.write_text('{"step": 1}\n', encoding="utf-8")
    return run


FILES = [
    "recipe.yaml",
    "deepspeed.json",
    "corpus/web/de/0.parquet",
    "corpus/dropped/0.parquet",
    "corpus/accounting.json",
    "corpus/manifest.json",
    "tokenizer/tokenizer.model",
    "tokenizer/tokenizer.json",
    "tokens/train/web/de/0.bin",
    "tokens/train/web/de/0.idx",
    "tokens/manifest.json",
    "checkpoints/step-00000010/rank-0.safetensors",
    "checkpoints/step-00000020/trainer.json",
    "checkpoints/step-00000020/manifest.json",
]


def refusal(run):
    with pytest.raises(VerificationError) as caught:
        verify_run(run)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_whole_run_is_counted(run):
    counted = verify_run(run)
    assert counted["entries"] == 6
    files = [path for path in run.path.rglob("*") if path.is_file()]
    sealed = [path for path in files if path.name not in ("latest", "metrics.jsonl", "ledger.jsonl")]
    assert counted["files"] == len(sealed)
    assert counted["bytes"] == sum(path.stat().st_size for path in sealed)


@pytest.mark.parametrize("name", FILES)
def test_one_changed_bit_in_any_file_is_named(run, name):
    path = run.path / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert refusal(run).startswith(f"{name} is not the file that was written")


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(run, name):
    (run.path / name).unlink()
    assert refusal(run) == f"{name} is missing"


def test_a_changed_ledger_is_named(run):
    whole = run.ledger.path.read_bytes()
    for position in (*range(0, len(whole), 17), len(whole) - 1):
        damaged = bytearray(whole)
        damaged[position] ^= 1
        run.ledger.path.write_bytes(damaged)
        assert refusal(run).startswith("ledger.jsonl")


def test_lines_cut_off_the_ledger_are_noticed_by_what_they_vouched_for(run):
    lines = run.ledger.path.read_bytes().splitlines(keepends=True)
    run.ledger.path.write_bytes(b"".join(lines[:-1]))
    assert refusal(run) == "checkpoints/step-00000020 is there, but the ledger does not know it"


def test_an_empty_or_missing_ledger_is_refused(run):
    run.ledger.path.write_bytes(b"")
    assert refusal(run) == "ledger.jsonl is empty"
    run.ledger.path.unlink()
    with pytest.raises(FileNotFoundError, match="is not a run"):
        verify_run(run)
    with pytest.raises(FileNotFoundError, match="is not a run"):
        verify_run(RunDirectory(run.path / "none"))


@pytest.mark.parametrize("name", ["corpus/web/de/1.parquet", "checkpoints/step-00000020/extra.bin"])
def test_a_file_that_nobody_vouches_for_is_named(run, name):
    (run.path / name).write_bytes(b"smuggled")
    assert refusal(run) == f"{name} is there, but its manifest does not know it"


@pytest.mark.parametrize("name", ["export", "checkpoints/step-00000030"])
def test_a_directory_that_the_ledger_does_not_know_is_named(run, name):
    shutil.copytree(run.path / "corpus", run.path / name)
    assert refusal(run) == f"{name} is there, but the ledger does not know it"


def test_a_whole_directory_with_a_manifest_of_its_own_cannot_be_slipped_in(run):
    """Files and manifest agree with each other, but not with the ledger."""
    (run.corpus / "web/de/0.parquet").write_bytes(b"KEPT")
    write_manifest(run.corpus, "corpus", {}, {})
    assert refusal(run).startswith("corpus/manifest.json is not the file that was written")


def test_a_missing_directory_is_named(run):
    shutil.rmtree(run.tokens)
    assert refusal(run) == "tokens/manifest.json is missing"


def test_what_was_pruned_on_purpose_may_be_gone(run):
    shutil.rmtree(run.checkpoints / "step-00000010")
    assert refusal(run) == "checkpoints/step-00000010/manifest.json is missing"
    run.ledger.append("checkpoint", "checkpoints/step-00000020", {"pruned": ["checkpoints/step-00000010"]})
    assert verify_run(run)["entries"] == 7


def test_what_was_pruned_and_made_again_is_checked(run):
    run.ledger.append("checkpoint", "checkpoints/step-00000020", {"pruned": ["checkpoints/step-00000010"]})
    shutil.rmtree(run.checkpoints / "step-00000010")
    stage(run, "checkpoints/step-00000010", {"rank-0.safetensors": b"again"})
    verify_run(run)
    (run.checkpoints / "step-00000010/rank-0.safetensors").write_bytes(b"agaim")
    assert refusal(run).startswith("checkpoints/step-00000010/rank-0.safetensors is not")


def test_the_newest_entry_about_a_directory_or_file_counts(run):
    shutil.rmtree(run.corpus)
    stage(run, "corpus", {"web/de/0.parquet": b"made again"})
    run.recipe.write_bytes(b"name: small\nseed: 2\n")
    assert refusal(run).startswith("recipe.yaml is not")
    run.ledger.append("resume", "train", {"files": {"recipe.yaml": sha256_file(run.recipe)}})
    verify_run(run)


def test_what_an_interrupted_writer_left_is_not_part_of_the_run(run):
    shutil.copytree(run.corpus, run.path / ".partial-corpus")
    shutil.copytree(run.corpus, run.checkpoints / ".partial-step-00000030")
    verify_run(run)


def test_a_newer_manifest_that_the_ledger_seals_is_refused_in_a_sentence(run):
    path = run.corpus / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b"soofi.manifest/1", b"soofi.manifest/9"))
    run.ledger.append("stage", "corpus", {"manifest_sha256": sha256_file(path)})
    assert "soofi.manifest/9" in refusal(run)


def test_a_run_may_be_moved(run, tmp_path):
    shutil.move(run.path, tmp_path / "moved")
    assert verify_run(RunDirectory(tmp_path / "moved"))["entries"] == 6
