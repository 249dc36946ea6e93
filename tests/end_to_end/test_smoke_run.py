"""The whole way, as a newcomer types it."""

import json
import shutil
from pathlib import Path

import pytest

from soofi.recipe import EU_OFFICIAL
from tests.runs import generate_with_transformers


def test_it_ends_with_table_samples_and_paths(finished) -> None:
    for language in EU_OFFICIAL:
        assert f"\n{language} " in finished.output
    for text in (
        "mean",
        "Samples",
        "German",
        "What was made",
        "Where the time went",
        "export",
    ):
        assert text in finished.output
    assert max(len(line) for line in finished.output.splitlines() if "│" in line or "─" in line) <= 80
    for path in (
        "export/model.safetensors",
        "export/README.md",
        "report/loss.png",
        "corpus/accounting.json",
    ):
        assert (finished.directory / path).stat().st_size > 0


def test_stock_transformers_load_and_generate_without_soofi(finished, tmp_path: Path) -> None:
    model, text = generate_with_transformers(finished.directory / "export", "Klicken Sie", tmp_path)
    assert model == "Qwen3ForCausalLM"
    assert text.startswith("Klicken Sie")


def test_every_step_has_one_line(finished) -> None:
    lines = [json.loads(line) for line in (finished.directory / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == list(range(60))
    assert lines[-1]["loss"] < lines[0]["loss"] - 0.5
    assert set(lines[-1]["bits_per_byte"]) == set(EU_OFFICIAL)


def test_another_run_skips_everything_and_changes_nothing(
    finished, soofi, smoke_recipe: Path, tmp_path: Path
) -> None:
    run = shutil.copytree(finished.directory, tmp_path / "smoke")
    moved = soofi("run", smoke_recipe, f"run_root={tmp_path}")  # its recipe now names this place
    before = _bytes(run)
    done = soofi("run", smoke_recipe, f"run_root={tmp_path}")
    assert moved.returncode == done.returncode == 0, moved.stderr + done.stderr
    assert moved.stdout.count("unchanged, skipped") == done.stdout.count("unchanged, skipped") == 7
    assert _bytes(run) == before


def test_verify_finds_nothing_wrong(finished, soofi) -> None:
    done = soofi("verify", finished.directory)
    assert done.returncode == 0, done.stderr
    assert "is as its ledger says" in done.stdout


@pytest.mark.parametrize(
    "pattern",
    ["corpus/texts/de/*.parquet", "tokens/train/texts/mt/*.bin", "checkpoints/step-*/rank-*.safetensors",
     "checkpoints/step-*/trainer.json", "export/model.safetensors", "tokenizer/tokenizer.json",
     "evaluation/*.json", "ledger.jsonl", "metrics.jsonl"],
)  # fmt: skip
def test_verify_names_one_changed_byte(finished, soofi, tmp_path: Path, pattern: str) -> None:
    run = tmp_path / "copy"
    shutil.copytree(finished.directory, run)
    victim = sorted(run.glob(pattern))[-1]
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 1
    victim.write_bytes(content)
    done = soofi("verify", run)
    assert done.returncode == 1, done.stdout
    assert victim.name in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_generate_goes_on_from_a_prompt(finished, soofi) -> None:
    one, other = (
        soofi(
            "generate", finished.directory, "--prompt", "Das Haus", "--new-tokens", 8, "--seed", seed
        ).stdout
        for seed in (1, 2)
    )
    assert one.startswith("Das Haus") and other.startswith("Das Haus")
    assert one != other


def test_stages_one_by_one_give_the_same_bytes(finished, soofi, smoke_recipe: Path, tmp_path: Path) -> None:
    """The stages before training, each by its own command, from another working directory."""
    for stage in ("corpus", "tokenizer", "tokens"):
        done = soofi(stage, smoke_recipe, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        directory = tmp_path / "runs" / "smoke" / stage
        assert _bytes(directory) == _bytes(finished.directory / stage)


def _bytes(directory: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file() and "tfevents" not in path.name and path.name != ".digests.json"
    }
