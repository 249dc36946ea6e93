"""The tokens stage killed at any moment, and the run that goes on from there."""

import json
import random
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from soofi.ledger import RunDirectory
from soofi.recipe import load_recipe
from soofi.tokenizer import make_tokenizer
from soofi.tokens import make_tokens

ROOT = Path(__file__).parents[2]
START = """
import os, signal, sys
from pathlib import Path
from soofi.ledger import RunDirectory
from soofi.recipe import load_recipe
from soofi.tokens import make_tokens
if __name__ == "__main__":
    recipe = load_recipe(sys.argv[1], ["tokens.workers=" + sys.argv[3]])
    def kill(line):
        os.kill(os.getpid(), signal.SIGKILL)
    say = kill if sys.argv[4] == "dies at its first word" else print
    make_tokens(recipe, RunDirectory(Path(sys.argv[2])), {"corpus": "0" * 64}, say)
"""
PATIENCE_SECONDS = 60
RECIPE = ROOT / "recipes/smoke.yaml"


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> RunDirectory:
    """Eight corpus shards, each of which takes a moment, and their tokens."""
    run = RunDirectory(tmp_path_factory.mktemp("undisturbed"))
    lines = [line for path in sorted((ROOT / "tests/data/texts").glob("*.jsonl")) for line in path.open("rb")]
    texts = [json.loads(line)["text"] for line in lines]
    rng = random.Random(1)
    for number in range(8):
        path = run.corpus / f"a/de/part-{number:05d}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        words = [word for text in rng.sample(texts, 20) for word in text.split()]
        documents = [f"{n} " + " ".join(rng.choices(words, k=300)) for n in range(100)]
        ids = [f"{number}-{n}" for n in range(100)]
        splits = ["validation" if n % 9 == 8 else "train" for n in range(100)]
        pq.write_table(pa.table({"id": ids, "text": documents, "split": splits}), path)
    recipe = load_recipe(RECIPE, ["tokens.workers=1", "tokenizer.vocabulary_size=900"])
    make_tokenizer(recipe, run, {}, lambda line: None)
    make_tokens(recipe, run, {"corpus": "0" * 64}, lambda line: None)
    return run


@pytest.fixture
def run(undisturbed, tmp_path) -> RunDirectory:
    """The same corpus and tokenizer, without tokens."""
    run = RunDirectory(tmp_path / "run")
    run.path.mkdir()
    run.corpus.symlink_to(undisturbed.corpus)
    run.tokenizer.symlink_to(undisturbed.tokenizer)
    return run


def start(run: RunDirectory, script: Path, workers: int, how: str = "lives") -> subprocess.Popen[str]:
    script.write_text(START)
    arguments = [sys.executable, str(script), str(RECIPE), str(run.path), str(workers), how]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)


def kill(process: subprocess.Popen[str]) -> None:
    """The command alone is killed: its workers must notice."""
    workers = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.communicate()
    _, alive = psutil.wait_procs(workers, PATIENCE_SECONDS)
    assert not alive


def written(run: RunDirectory) -> dict[str, bytes]:
    paths = [path for path in run.tokens.rglob("*") if path.is_file()]
    return {path.relative_to(run.tokens).as_posix(): path.read_bytes() for path in paths}


def test_a_killed_run_goes_on_and_encodes_nothing_twice(undisturbed, run, tmp_path):
    process = start(
        run, tmp_path / "start.py", 1, "dies at its first word"
    )  # which says that two shards are done
    process.communicate(timeout=PATIENCE_SECONDS)  # its worker holds the other end as long as it lives
    assert process.returncode == -signal.SIGKILL
    done = {path.stem for path in run.path.glob(".work/tokens/a/de/part-*.json")}
    assert len(done) >= 2 and not run.tokens.exists()
    places = {
        f"{split}/a/de/{name}.bin": (run.path / f".work/tokens/{split}/a/de/{name}.bin").stat().st_ino
        for name in done
        for split in ("train", "validation")
    }
    output, _ = start(run, tmp_path / "start.py", 2).communicate(timeout=PATIENCE_SECONDS)
    assert output.splitlines()[-1] == f"tokens: {len(done)} of 8 corpus shards were encoded before"
    assert written(run) == written(undisturbed)
    # Not files of the same bytes: the very files that the killed command wrote.
    assert {name: (run.tokens / name).stat().st_ino for name in places} == places
    assert not (run.path / ".work").exists()


@pytest.mark.nightly
def test_kills_at_any_moment_change_nothing(undisturbed, run, tmp_path):
    chance, kills, seconds = random.Random(3), 0, 1.0
    while True:
        process = start(run, tmp_path / "start.py", chance.choice([1, 2]))
        try:
            process.communicate(timeout=chance.uniform(0, seconds))
        except subprocess.TimeoutExpired:
            kill(process)
            kills, seconds = kills + 1, seconds * 1.25
            assert not run.tokens.exists() or written(run) == written(undisturbed)
            continue
        assert process.returncode == 0
        break
    assert kills > 2
    assert written(run) == written(undisturbed)
    assert not (run.path / ".work").exists()
