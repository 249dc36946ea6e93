"""Many starts of a tiny run, each stopped inside one write call: started by test_write_calls.py.

The libraries are loaded once; every rank of every start is a fork of this process, so that a start costs a second. Arguments:
recipe, prepared run, working directory, tasks. Prints a JSON line for each task. See `carry_out` for the tasks.
"""

import errno
import json
import os
import random
import shutil
import socket
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import torch
import torch._dynamo
from torch.utils.tensorboard import SummaryWriter  # noqa: F401 - loaded here, as what optimizers load, once for all starts

from soofi.checkpoint import latest_checkpoint
from soofi.ledger import RunDirectory
from soofi.recipe import Recipe, load_recipe
from soofi.train import check_start
from soofi.train.distributed import process_group
from soofi.train.engine import device_of
from soofi.train.fragments import EngineState
from soofi.train.libraries import import_deepspeed
from soofi.train.loading import load_checkpoint
from soofi.train.mesh import Mesh
from soofi.train.rank import build_loop, train_rank
from tests.kills import RANKS, Course, begin
from tests.write_calls import WriteCalls, fail_with, kill_here

WAIT_SECONDS = 60
SAVED_AT_THE_BASE = "rename to checkpoints/latest 2"


Work = Callable[[Recipe, RunDirectory, bool], bool]
"""What a rank does: recipe, run, whether it goes on. Returns whether it came to the end."""


class Starts:
    """A run, and starts of it."""

    def __init__(self, recipe: Path, prepared: Path, directory: Path):
        self._recipe, self._prepared, self._directory = recipe, prepared, directory
        self._logs = directory / "said"
        self._logs.mkdir(parents=True)

    def start(
        self,
        run: Path,
        target: str | None = None,
        rank: int = 0,
        error: int | None = None,
        *overrides: str,
        work: Work = train_rank,
    ) -> tuple[list[int], str]:
        """Start the run's ranks and wait. Rank `rank` is killed in the call `target`, or gets `error` from it.

        Returns exit codes (negative: the signal), and what rank 0 said.
        """
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        children = []
        for number in range(RANKS):
            child = os.fork()
            if not child:
                self._be_rank(number, port, run, target if number == rank else None, error, overrides, work)
            children.append(child)
        codes = [self._wait(child) for child in children]
        return codes, (self._logs / "rank-0.txt").read_text(errors="replace")

    def calls(self, rank: int) -> list[str]:
        """Names of the calls that a rank made in the start that came to its end last."""
        return json.loads((self._logs / f"calls-{rank}.json").read_text())

    def _be_rank(
        self,
        rank: int,
        port: int,
        run: Path,
        target: str | None,
        error: int | None,
        overrides: tuple,
        work: Work,
    ) -> None:
        code = 1
        try:
            said = os.open(self._logs / f"rank-{rank}.txt", os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
            os.dup2(said, 1)
            os.dup2(said, 2)
            os.environ |= {
                "RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(RANKS), "LOCAL_WORLD_SIZE": str(RANKS),
                "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port),
            }  # fmt: skip
            always = [
                f"run_root={run.parent}",
                "train.checkpoints.keep_last=1",
            ]  # so that every save deletes one
            recipe = load_recipe(self._recipe, [*always, *overrides])
            calls = WriteCalls(run, target, kill_here if error is None else fail_with(error))
            calls.install()
            code = 0 if work(recipe, RunDirectory(run), True) else 130
            (self._logs / f"calls-{rank}.json").write_text(json.dumps(calls.made))
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def _wait(self, child: int) -> int:
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            found, status = os.waitpid(child, os.WNOHANG)
            if found:
                return os.waitstatus_to_exitcode(status)
            assert time.monotonic() < deadline, "a rank that lost another one does not end"
            time.sleep(0.01)

    def fresh(self, name: str) -> Path:
        """A run that has not been trained."""
        return begin(self._prepared, self._directory / name)

    def copy(self, run: Path, name: str) -> Path:
        """A copy of a run as it stands."""
        copied = self._directory / name / run.name
        shutil.rmtree(copied.parent, ignore_errors=True)
        shutil.copytree(run, copied)
        return copied


def main() -> None:
    """Record the undisturbed run and a run killed early, from which all tasks go on; then do the tasks."""
    recipe, prepared, directory = map(Path, sys.argv[1:4])
    torch.set_num_threads(1)
    import_deepspeed()
    starts = Starts(recipe, prepared, directory)
    undisturbed = starts.fresh("undisturbed")
    began = time.time()
    codes, said = starts.start(undisturbed, None, 0, None, "train.checkpoints.keep_last=1000")
    assert codes == [0] * RANKS, said
    course = Course.of(undisturbed, time.time() - began)
    base = starts.fresh("base")
    codes, said = starts.start(base, SAVED_AT_THE_BASE)
    assert -9 in codes, said
    course.compare(base)
    for task in json.loads(sys.argv[4]):
        for line in carry_out(starts, course, base, task):
            print(json.dumps(line), flush=True)


def carry_out(starts: Starts, course: Course, base: Path, task: dict):
    """`{"kill": [[rank, call], …]}` goes on with one run, killed in one call after another, each in a start of its own.
    `{"kill": null}` does so for every call up to the end of a start's first save, in an order drawn from `seed`.
    `{"fail": [rank, call], "on_failure": …}` has one call fail once. After each start everything is compared.
    `{"refuse": …}` has a larger model load the run's checkpoint.
    """
    if "refuse" in task:
        yield refuse(starts, base)
        return
    if "fail" in task:
        yield fail(starts, course, base, *task["fail"], task["on_failure"])
        return
    targets = task["kill"] or every_call(starts, base, task["seed"])
    run = starts.copy(base, "killed")
    for rank, call in targets:
        for _ in range(2):
            codes, said = starts.start(run, call, rank)
            if codes != [0] * RANKS:
                break
            course.compare_finished(run)  # it came to its end first: from the base there is way enough
            run = starts.copy(base, "killed")
        assert codes[rank] == -9, f"rank {rank} never came to {call}: {codes}\n{said}"
        course.compare(run)
        yield {
            "rank": rank,
            "call": call,
            "codes": codes,
            "latest": latest_checkpoint(RunDirectory(run)).name,
        }
    codes, said = starts.start(run)
    assert codes == [0] * RANKS, said
    course.compare_finished(run)
    yield {"finished": True}


def every_call(starts: Starts, base: Path, seed: int) -> list[tuple[int, str]]:
    """The calls of a start up to the end of its first save, by rank."""
    codes, said = starts.start(starts.copy(base, "counted"))
    assert codes == [0] * RANKS, said
    targets = []
    for rank in range(RANKS):
        made = starts.calls(rank)
        # The second save begins with its directory.
        second = [i for i, call in enumerate(made) if call.startswith("mkdir checkpoints/.partial-step-N ")][
            1
        ]
        alike: dict[str, list[str]] = {}
        for call in made[:second]:
            alike.setdefault(call.rpartition(" ")[0], []).append(call)
        for calls in alike.values():  # of many that are alike the first, a middle and the last one
            targets += [(rank, call) for call in sorted({calls[0], calls[len(calls) // 2], calls[-1]})]
    random.Random(seed).shuffle(targets)
    return targets


def fail(starts: Starts, course: Course, base: Path, rank: int, call: str, on_failure: str) -> dict:
    """Have a call fail with an input/output error, once; compare all that was saved, and go on to the end."""
    run = starts.copy(base, "failing")
    more = [f"train.checkpoints.on_failure={on_failure}", "train.checkpoints.keep_last=1000"]
    codes, said = starts.start(run, call, rank, errno.EIO, *more)
    course.compare(run)
    checkpoints = RunDirectory(run).checkpoints
    left = sorted(path.name for path in checkpoints.iterdir())
    if codes != [0] * RANKS:
        codes_then, said_then = starts.start(run)
        assert codes_then == [0] * RANKS, said_then
    course.compare_finished(run)
    return {"codes": codes, "said": said.splitlines(), "left": left}


def refuse(starts: Starts, base: Path) -> dict:
    """Load a checkpoint into an engine of another model, which must stay as it is."""
    checkpoint = latest_checkpoint(RunDirectory(base))

    def load(recipe: Recipe, run: RunDirectory, resume: bool) -> bool:
        mesh = Mesh.from_environment()
        device = device_of(mesh)
        with process_group(device):
            loop = build_loop(recipe, run, mesh, device, check_start(recipe, run, mesh.data_size, resume))
            state = EngineState(loop.engine, mesh.data_rank, mesh.data_size)
            before = [values.clone() for fragment in state.kept for values in fragment.states.values()]
            try:
                load_checkpoint(state, checkpoint, 3)
            except ValueError as error:
                print(error)
            after = [values for fragment in state.kept for values in fragment.states.values()]
            return all(map(torch.equal, before, after))

    larger = ("model.hidden_size=64", "model.num_attention_heads=2")
    codes, said = starts.start(starts.fresh("larger"), None, 0, None, *larger, work=load)
    assert codes == [0] * RANKS, said
    return {"refused": said}


if __name__ == "__main__":
    main()
