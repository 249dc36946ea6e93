"""What a person, or someone worse, may type: one sentence as the last line, exit code 2, nothing written."""

from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("override", "field"),
    [
        ("name=../x", "name"),
        ("name=a/b", "name"),
        ("name=.", "name"),
        ("name=", "name"),
        ("name=123", "name"),
        ("run_root=", "run_root"),
        ("run_root=[1]", "run_root"),
        ("corpus.sources.0.name=../up", "corpus.sources[0].name"),
        ("corpus.sources.0.name=a/b", "corpus.sources[0].name"),
        ("corpus.sources.0.name=dropped", "corpus.sources"),
        ("seed=99999999999999999999", "seed"),
        ("nonsense", "nonsense"),
        ("=x", "override"),
        ("a=b=c", "unknown key 'a'"),
    ],
)
def test_overrides(soofi, smoke_recipe: Path, tmp_path: Path, override: str, field: str) -> None:
    done = soofi("run", smoke_recipe, f"run_root={tmp_path}/runs", override, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    (sentence,) = done.stderr.strip().splitlines()
    assert field in sentence
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "content",
    [
        b"\x00\x01",
        b"\xff\xfe",
        b"- a list",
        b"a: &a [*a]",
        b"!!python/object/apply:os.system [id]",
        b"a: [",
        b"",
    ],
)
def test_files_that_are_no_recipes(soofi, tmp_path: Path, content: bytes) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_bytes(content)
    for command in (["run"], ["recipe", "check"], ["recipe", "show"]):
        done = soofi(*command, recipe, cwd=tmp_path)
        assert done.returncode == 2, done.stderr
        (sentence,) = done.stderr.strip().splitlines()
        assert str(recipe) in sentence
    assert list(tmp_path.iterdir()) == [recipe]


def test_a_misspelt_command_of_the_corpus_is_not_taken_for_a_recipe(soofi, tmp_path: Path) -> None:
    done = soofi("corpus", "reprot", "runs/quickstart", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == "soofi: 'reprot' is no recipe and no command: did you mean 'report'?\n"


def test_directories_are_no_recipes(soofi, tmp_path: Path) -> None:
    (tmp_path / "dir.yaml").mkdir()
    done = soofi("run", tmp_path / "dir.yaml")
    assert done.returncode == 2
    assert done.stderr.strip() == f"soofi: there is no file {tmp_path / 'dir.yaml'}"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nonsense"], "No such command 'nonsense'"),
        (["run"], "Missing argument 'RECIPE'"),
        (["run", "RECIPE", "--nonsense"], "No such option: --nonsense"),
        (["run", "RECIPE", "--quiet", "--verbose"], "--quiet and --verbose"),
        (["verify"], "Missing argument 'RUN'"),
        (["verify", "FILE"], "is not a run"),
        (["verify", "nowhere"], "is not a run"),
        (["generate", "FILE", "--prompt", "a"], "holds no exported model"),
        (["generate", "nowhere"], "--prompt"),
        (["generate", "nowhere", "--prompt", "a", "--new-tokens", "0"], "--new-tokens"),
        (["generate", "nowhere", "--prompt", "a", "--temperature", "-1"], "--temperature"),
        (["generate", "nowhere", "--prompt", "a", "--temperature", "nan"], "--temperature"),
        (["generate", "nowhere", "--prompt", "a", "--seed", "-1"], "--seed"),
        (["recipe", "schema", "extra"], "extra"),
    ],
)
def test_arguments(soofi, smoke_recipe: Path, tmp_path: Path, arguments: list[str], words: str) -> None:
    file = tmp_path / "file"
    file.touch()
    named = [{"RECIPE": smoke_recipe, "FILE": file}.get(a, a) for a in arguments]
    done = soofi(*named, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert words in done.stderr.strip().splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == [file]


def test_prompts(finished, soofi) -> None:
    """One that is too long or no text is refused."""
    for prompt, words in (("a" * 3000, "longest sequence"), ("\udcff", "UTF-8")):
        done = soofi("generate", finished.directory, "--prompt", prompt)
        assert done.returncode == 2, done.stderr
        (sentence,) = done.stderr.strip().splitlines()
        assert words in sentence
