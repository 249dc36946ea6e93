"""scripts/train.sbatch on a real Slurm: two nodes train as two local ranks do, also over a time limit."""

import json
from pathlib import Path

import pytest

from soofi.checkpoint import latest_checkpoint
from soofi.ledger import RunDirectory
from tests.runs import assert_same_weights, metrics
from tests.slurm.cluster import Cluster

pytestmark = pytest.mark.nightly
REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def sbatch(cluster: Cluster, tmp_path: Path):
    """Submit the script as a person would, in soofi's directory; returns the job's number."""

    def submit(*arguments: object, options: tuple[str, ...] = (), **environment: str) -> str:
        options = ("--output", tmp_path / "job-%j.log", *options)
        return cluster.command(
            "sbatch",
            "--parsable",
            *options,
            "scripts/train.sbatch",
            *arguments,
            cwd=REPOSITORY,
            **environment,
        )

    return submit


def said(tmp_path: Path, job: str) -> str:
    return (tmp_path / f"job-{job}.log").read_text()


def wait_for_steps(steps: int, run: Path, cluster: Cluster, job: str, tmp_path: Path) -> None:
    def trained() -> bool:
        assert cluster.job(job)["JobState"] in ("PENDING", "CONFIGURING", "RUNNING"), said(tmp_path, job)
        return len(metrics(run)) >= steps

    cluster.wait_until(trained, "training", seconds=120)


def entries(run: Path, kind: str) -> list[dict]:
    lines = map(json.loads, (run / "ledger.jsonl").read_text().splitlines())
    return [line["facts"] for line in lines if line["kind"] == kind]


def test_two_nodes_train_as_two_ranks_of_one_machine_do(
    finished, untrained: Path, smoke_recipe: Path, cluster: Cluster, sbatch, tmp_path: Path, soofi
) -> None:
    job = sbatch(smoke_recipe, f"run_root={untrained.parent}")
    assert cluster.wait_for_end(job) == "COMPLETED", said(tmp_path, job)
    assert cluster.job(job)["NumNodes"] == "2"
    # Each node had its torchrun, and each torchrun one of the two ranks.
    logs = sorted(path.name for path in (untrained / "logs").glob("torchrun-*.log"))
    assert logs == ["torchrun-c1.log", "torchrun-c2.log"]
    assert entries(untrained, "layout")[0]["ranks"] == 2
    assert metrics(untrained) == metrics(finished.directory)
    assert_same_weights(finished.directory, untrained)
    assert soofi("verify", untrained).returncode == 0


def test_a_warned_job_saves_queues_again_and_goes_on_bit_for_bit(
    finished, untrained: Path, smoke_recipe: Path, cluster: Cluster, sbatch, tmp_path: Path, soofi
) -> None:
    job = sbatch(smoke_recipe, f"run_root={untrained.parent}")
    wait_for_steps(5, untrained, cluster, job, tmp_path)
    cluster.command("scancel", "--signal=USR1", "--batch", job)  # what Slurm sends before the time limit
    cluster.wait_until(lambda: cluster.job(job)["JobState"] == "PENDING", "requeue", seconds=120)
    checkpoint = latest_checkpoint(RunDirectory(untrained))
    assert checkpoint is not None, said(tmp_path, job)
    steps = int(checkpoint.name.removeprefix("step-"))
    assert 5 <= steps < 60
    assert len(metrics(untrained)) == steps

    # Slurm would wait two minutes; a start in the second of the end is refused ("credential revoked").
    cluster.command("scontrol", "update", f"jobid={job}", "StartTime=now+2")
    assert cluster.wait_for_end(job) == "COMPLETED", said(tmp_path, job)
    assert cluster.job(job)["Restarts"] == "1"
    assert [facts["step"] for facts in entries(untrained, "resume")] == [steps]
    assert metrics(untrained) == metrics(finished.directory)
    assert_same_weights(finished.directory, untrained)
    assert soofi("verify", untrained).returncode == 0


def test_every_gpu_that_slurm_gives_gets_a_rank(
    untrained: Path, smoke_recipe: Path, cluster: Cluster, sbatch, tmp_path: Path
) -> None:
    # The GPUs are pretended, so the ranks compute on the CPU; how many there are is Slurm's word.
    job = sbatch(
        smoke_recipe, f"run_root={untrained.parent}", options=("--partition=gpu", "--gpus-per-node=2")
    )
    wait_for_steps(1, untrained, cluster, job, tmp_path)
    cluster.command("scancel", job)
    assert cluster.wait_for_end(job) == "CANCELLED"
    assert entries(untrained, "layout")[0]["ranks"] == 4
    assert latest_checkpoint(RunDirectory(untrained)) is not None, "a cancelled job leaves no checkpoint"


def test_a_missing_recipe_and_missing_shards_end_the_job_with_a_sentence(
    smoke_recipe: Path, cluster: Cluster, sbatch, tmp_path: Path
) -> None:
    for recipe, words in (
        (tmp_path / "no.yaml", "no.yaml"),
        (smoke_recipe, "run `soofi tokenizer`, or `soofi run` for all of it"),
    ):
        job = sbatch(recipe, f"run_root={tmp_path}")
        assert cluster.wait_for_end(job) == "FAILED"
        assert cluster.job(job)["ExitCode"] == "2:0"
        sentences = [line for line in said(tmp_path, job).splitlines() if words in line]
        assert len(sentences) == 1, said(tmp_path, job)
        assert sentences[0].startswith("soofi: ")
        assert "Traceback" not in said(tmp_path, job)


def test_outside_soofi_s_directory_it_says_what_to_set(cluster: Cluster, sbatch, tmp_path: Path) -> None:
    job = sbatch("recipe.yaml", SOOFI_ROOT=str(tmp_path))
    assert cluster.wait_for_end(job) == "FAILED"
    assert "set SOOFI_ROOT or SOOFI_PYTHON" in said(tmp_path, job)
