"""The same recipe by local processes, as an array job of a real Slurm, and on Ray: the same bytes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from soofi.corpus import make_corpus
from soofi.ledger import RunDirectory
from soofi.recipe import dump_recipe
from tests.corpus.conftest import corpus_recipe, prose_of, write_lines
from tests.slurm.cluster import Cluster

pytestmark = pytest.mark.nightly

START = """
import sys
from pathlib import Path
from soofi.corpus import make_corpus
from soofi.ledger import RunDirectory
from soofi.recipe import load_resolved
make_corpus(load_resolved(sys.argv[1]), RunDirectory(Path(sys.argv[2])), {"texts": "0" * 64}, print)
"""


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    folder = tmp_path_factory.mktemp("texts")
    for part in range(4):
        numbers = range(part * 40, part * 40 + 60)  # neighbours share documents
        write_lines(folder / f"{part}.jsonl", *({"text": prose_of("de", n), "id": n} for n in numbers))
    return [{"name": "web", "paths": [str(folder / "*.jsonl")]}]


@pytest.fixture(scope="module", autouse=True)
def every_phase_on_the_cluster():
    from soofi.corpus.engine import execute

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(execute, "SMALL_BYTES", 0)
        yield


@pytest.fixture(scope="module")
def local(sources, tmp_path_factory):
    return files(made(sources, tmp_path_factory.mktemp("local") / "run"))


def made(sources, directory: Path, said: list[str] | None = None, **corpus) -> RunDirectory:
    run = RunDirectory(directory)
    say = (said if said is not None else []).append
    make_corpus(corpus_recipe(sources, ["de"], **corpus), run, {"texts": "0" * 64}, say)
    return run


def files(run: RunDirectory) -> dict[str, bytes]:
    paths = sorted(path for path in run.corpus.rglob("*") if path.is_file())
    return {path.relative_to(run.corpus).as_posix(): path.read_bytes() for path in paths}


@pytest.fixture
def at_the_cluster(cluster: Cluster, monkeypatch):
    for name in [name for name in os.environ if name.startswith(("SLURM", "SBATCH"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SLURM_CONF", cluster.environment["SLURM_CONF"])
    return cluster


SLURM = {"executor": "slurm", "workers": 2, "slurm": {"time": "5", "memory_gib": None}}


def test_slurm_makes_the_same_bytes_as_local_processes(at_the_cluster, sources, local, tmp_path):
    said: list[str] = []
    run = made(sources, tmp_path / "run", said, **SLURM)
    assert files(run) == local
    phases = [line.rpartition("(")[2].rstrip(")") for line in said if "submitted" in line]
    assert phases[0] == "documents" and phases[-2:] == ["scatter", "shards"] and "buckets" in phases
    assert list((run.logs / "corpus/documents").glob("group-*.log"))


def test_a_command_that_was_killed_finds_its_array_and_a_cancelled_job_is_done_again(
    at_the_cluster, sources, local, tmp_path
):
    (tmp_path / "recipe.yaml").write_text(dump_recipe(corpus_recipe(sources, ["de"], **SLURM)))
    command = [sys.executable, "-c", START, str(tmp_path / "recipe.yaml"), str(tmp_path / "run")]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    first = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert first.stdout is not None
    for line in first.stdout:
        if "submitted" in line:
            break
    first.send_signal(signal.SIGKILL)
    first.wait()
    found = at_the_cluster.command("squeue", "-h", "-o", "%j").split()
    assert found and all(name.startswith("soofi-corpus-documents-") for name in found)

    at_the_cluster.command("scancel", "--name", found[0])
    at_the_cluster.wait_until(lambda: not at_the_cluster.command("squeue", "-h"), "end of the array")
    said: list[str] = []
    assert files(made(sources, tmp_path / "run", said, **SLURM)) == local


def test_a_users_error_on_the_cluster_is_the_same_sentence(at_the_cluster, sources, tmp_path):
    write_lines(tmp_path / "other.parquet", {"no": "parquet"})
    broken = [*sources, {"name": "broken", "paths": [str(tmp_path / "other.parquet")]}]
    with pytest.raises(ValueError) as here:
        made(broken, tmp_path / "here")
    with pytest.raises(ValueError) as there:
        made(broken, tmp_path / "there", **SLURM)
    assert str(there.value) == str(here.value)


def test_without_slurm_it_is_said(sources, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ValueError, match=r"has no `sbatch`.*set corpus.executor=local"):
        made(sources, tmp_path / "run", **SLURM)


def test_ray_makes_the_same_bytes_as_local_processes(sources, local, tmp_path):
    said: list[str] = []
    run = made(sources, tmp_path / "run", said, executor="ray", workers=2, ray_memory_gib=1)
    assert files(run) == local
    assert "corpus: 2 jobs on Ray (documents)" in said
