"""The command line: quick to its first word, one sentence for a mistake, exit code 2."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tokenizer.tiny import write_tiny

HEAVY = ("torch", "transformers", "deepspeed", "datasets", "pyarrow", "datatrove", "matplotlib")


@pytest.mark.parametrize(
    "arguments", [["--help"], ["run", "--help"], ["recipe", "check", "RECIPE"], ["model", "show", "RECIPE"]]
)
def test_the_first_word_does_not_wait_for_torch(arguments: list[str], smoke_recipe: Path) -> None:
    code = f"""
import sys
sys.argv[1:] = {[str(smoke_recipe) if a == "RECIPE" else a for a in arguments]!r}
from soofi.cli import main
try:
    main()
finally:
    print(sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stderr.splitlines()[-1] == "[]"
    assert done.stdout


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("train.zero_stge=1", ["train.zero_stge", "zero_stage"]),
        ("seed=many", ["seed", "integer"]),
        ("model.num_key_value_heads=3", ["num_attention_heads", "num_key_value_heads"]),
        ("stages.0.sequence_length=4096", ["sequence_length", "max_position_embeddings"]),
        ("train.ranks=3", ["batch_samples", "ranks"]),
        ("corpus.sources.0.paths=[nowhere/*.jsonl]", ["nowhere/*.jsonl"]),
        ("languages=[de, tlh]", ["tlh"]),
        ("languages=[]", ["languages"]),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_two(
    soofi, smoke_recipe: Path, tmp_path: Path, override: str, words: list[str]
) -> None:
    done = soofi("run", smoke_recipe, f"run_root={tmp_path}", override)
    assert done.returncode == 2, done.stderr
    sentence = done.stderr.strip().splitlines()[-1]
    assert sentence.startswith("soofi: ")
    assert all(word in sentence for word in words), sentence
    assert "Traceback" not in done.stderr
    run = tmp_path / "smoke"
    assert not run.exists() or {p.name for p in run.iterdir()} <= {
        "recipe.yaml", "ledger.jsonl", ".digests.json", ".lock", ".work", "logs",
    }  # fmt: skip


@pytest.mark.parametrize(("group", "default"), [("corpus", "clean"), ("tokenizer", "learn")])
def test_a_group_takes_a_recipe_for_its_default_command(
    soofi, smoke_recipe: Path, group: str, default: str
) -> None:
    missing = smoke_recipe.with_name("smok.yaml")
    plain, quiet, named = (
        soofi(group, *words) for words in ([missing], ["--quiet", missing], [default, missing])
    )
    assert plain.stderr == quiet.stderr == named.stderr
    assert "did you mean" in plain.stderr
    assert default in soofi(group, "--help").stdout


def test_any_tokenizer_is_measured_from_the_command_line(soofi, tmp_path: Path) -> None:
    tiny = write_tiny(tmp_path / "tiny")
    (tmp_path / "parallel").mkdir()
    (tmp_path / "parallel" / "en.txt").write_text("ab\nab ab\n")
    (tmp_path / "parallel" / "mt.txt").write_text("a\né b c\n")
    done = soofi(
        "tokenizer", "measure", tiny, f"second={tiny}", "--parallel", tmp_path / "parallel", "--text",
        tmp_path / "parallel" / "en.txt", "--output", tmp_path / "report",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("0.2000") == 2  # the Gini coefficient that tests/report counts by hand
    assert done.stdout.splitlines()[-1] == str(tmp_path / "report" / "index.html")
    assert (tmp_path / "report" / "index.html").is_file()
    wrong = soofi("tokenizer", "measure", tmp_path / "nowhere")
    assert wrong.returncode == 2
    assert len(wrong.stderr.strip().splitlines()) == 1 and "there is no tokenizer" in wrong.stderr


def test_a_missing_recipe_names_the_nearest(soofi, smoke_recipe: Path) -> None:
    done = soofi("run", smoke_recipe.with_name("smok.yaml"))
    assert done.returncode == 2
    assert "did you mean" in done.stderr
    assert "smoke.yaml" in done.stderr


def test_the_missing_sample_corpus_names_the_script(soofi, smoke_recipe: Path, tmp_path: Path) -> None:
    quickstart = smoke_recipe.with_name("quickstart.yaml")
    absent = tmp_path / "data" / "sample" / "*.jsonl.zst"
    done = soofi("run", quickstart, f"run_root={tmp_path}", f"corpus.sources.0.paths=[{absent}]")
    assert done.returncode == 2
    assert "scripts/sample_corpus.py" in done.stderr


@pytest.mark.parametrize("command", ["tokenizer", "tokens", "train", "export", "evaluate", "report"])
def test_a_stage_without_the_one_before_says_which(
    soofi, smoke_recipe: Path, tmp_path: Path, command: str
) -> None:
    done = soofi(command, smoke_recipe, f"run_root={tmp_path}")
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert "soofi " in done.stderr.replace("soofi: ", "", 1)


def test_verify_and_generate_say_what_is_not_a_run(soofi, tmp_path: Path) -> None:
    for arguments in (["verify", tmp_path], ["generate", tmp_path, "--prompt", "a"]):
        done = soofi(*arguments)
        assert done.returncode == 2
        assert str(tmp_path) in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1


def test_recipe_show_gives_a_recipe_that_checks(soofi, smoke_recipe: Path, tmp_path: Path) -> None:
    shown = soofi("recipe", "show", smoke_recipe, "train.zero_stage=1")
    path = tmp_path / "shown.yaml"
    path.write_text(shown.stdout)
    assert "zero_stage: 1" in shown.stdout
    assert soofi("recipe", "check", path).returncode == 0


def test_resuming_with_a_field_that_must_match_names_it(
    finished, soofi, smoke_recipe: Path, tmp_path: Path
) -> None:
    run = shutil.copytree(finished.directory, tmp_path / "smoke")
    root = f"run_root={tmp_path}"
    for override, field in (
        ("train.optimizer.learning_rate=0.5", "train.optimizer.learning_rate"),
        ("seed=7", "seed"),
        ("model.hidden_size=128", "model.hidden_size"),
        ("corpus.quality.minimum_characters=5", "corpus.quality.minimum_characters"),
    ):
        done = soofi("run", smoke_recipe, root, override)
        assert done.returncode == 2
        assert field in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
    assert soofi("verify", run).returncode == 0
