"""A checkpoint goes on in any layout: another ZeRO stage, another number of ranks, another micro batch."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from soofi.checkpoint import latest_checkpoint
from soofi.checkpoint.fragment_files import FragmentReader
from soofi.ledger import RunDirectory

SAVED, UNTIL = 5, 15
TOLERANCE = 1e-6
COURSE = [
    "train.precision=fp32",
    # ZeRO-3 partitions all but the norms of heads; that of the stream does not divide by 4, which pads every partition of it.
    "train.zero.param_persistence_threshold=50",
    "model.hidden_size=66",
    "model.initializer_range=0.02",
    # Adam's first steps have the gradient's sign only: at the recipe's rates they would make a rounding of 1e-8 large.
    "train.optimizer.learning_rate=0.0001",
    "train.optimizer.embedding_learning_rate=null",
    "train.optimizer.eps=0.001",
    f"stages.0.tokens={UNTIL * 1024}",
    "train.schedule.warmup_tokens=4096",
    "train.schedule.decay_tokens=8192",
]
Layout = tuple[int, int]
"""ZeRO stage, ranks."""
LAYOUTS: list[Layout] = [(stage, ranks) for ranks in (1, 2, 4) for stage in range(4)]
# Each goes on in the launch that saved it or in a later one, of which there is one for each number of ranks.
ORDINARY: list[tuple[Layout, Layout]] = [
    ((0, 1), (3, 4)),
    ((3, 1), (0, 4)),
    ((1, 1), (2, 4)),
    ((3, 1), (3, 2)),
    ((0, 4), (3, 2)),
    ((3, 4), (0, 2)),
    ((1, 4), (1, 2)),
    ((2, 4), (3, 2)),
    ((3, 4), (3, 4)),
]


def name(layout: Layout) -> str:
    return f"zero{layout[0]}x{layout[1]}"


def task(target: Layout, source: Layout | None, *overrides: str) -> dict:
    return {
        "name": f"{name(source)}-to-{name(target)}" if source else name(target),
        "overrides": [*COURSE, f"train.zero_stage={target[0]}", f"train.ranks={target[1]}", *overrides],
        "source": source and name(source),
        "until": UNTIL if source else SAVED,
    }


def launch(ranks: int, recipe: Path, prepared: Path, output: Path, tasks: list[dict]) -> None:
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(ranks)]
    command += [str(Path(__file__).with_name("walk_layouts.py"))]
    command += [str(recipe), str(prepared), str(output), json.dumps(tasks)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=1500)
    assert done.returncode == 0, done.stderr[-4000:]


def carry_out(pairs: list[tuple[Layout, Layout]], recipe: Path, prepared: Path, output: Path) -> None:
    """Save in every source's layout once and resume each pair, in few launches; the pairs' order is free."""
    sources = {source for source, _ in pairs} | {(2, 2)}
    left, saved = set(pairs), set[Layout]()
    # The reference goes on where it was saved, in its own layout.
    left.add(((2, 2), (2, 2)))
    while left:
        for ranks in (1, 4, 2):
            tasks = [task(source, None) for source in sorted(sources - saved) if source[1] == ranks]
            saved |= {layout for layout in sources if layout[1] == ranks}
            ready = sorted(pair for pair in left if pair[1][1] == ranks and pair[0] in saved)
            left -= set(ready)
            tasks += [task(target, source) for source, target in ready]
            if tasks:
                launch(ranks, recipe, prepared, output, tasks)


@pytest.fixture(scope="module")
def resumed(finished, smoke_recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("layouts")
    carry_out(ORDINARY, smoke_recipe, finished.directory, output)
    return output


def assert_same_run(output: Path, pair: tuple[Layout, Layout]) -> None:
    """Losses, and every parameter and moment by name, within 1e-6 relative of the undisturbed run."""
    reference = output / "zero2x2-to-zero2x2"
    run = output / f"{name(pair[0])}-to-{name(pair[1])}"
    losses, expected = (json.loads((path / "losses.json").read_text()) for path in (run, reference))
    assert len(losses) == UNTIL - SAVED
    assert losses == pytest.approx(expected, rel=TOLERANCE)
    one, two = (FragmentReader(latest_checkpoint(RunDirectory(path))) for path in (run, reference))
    with one, two:
        assert one.shapes == two.shapes
        assert set(one.states) == {"weight", "exp_avg", "exp_avg_sq"}
        for parameter in one.shapes:
            for state in one.states:
                a, b = one.whole(parameter, state), two.whole(parameter, state)
                limit = TOLERANCE * max(1.0, float(np.abs(b).max()))
                assert np.abs(a - b).max() <= limit, (parameter, state)


def identifier(pair: tuple[Layout, Layout]) -> str:
    return f"{name(pair[0])}-to-{name(pair[1])}"


@pytest.mark.parametrize("pair", ORDINARY, ids=identifier)
def test_a_run_goes_on_in_another_layout(resumed: Path, pair: tuple[Layout, Layout]) -> None:
    assert_same_run(resumed, pair)


def test_moments_are_not_trivially_equal(resumed: Path) -> None:
    """The comparison would pass on states that never moved: they did."""
    saved, later = (
        FragmentReader(latest_checkpoint(RunDirectory(resumed / run)))
        for run in ("zero2x2", "zero2x2-to-zero2x2")
    )
    with saved, later:
        for parameter in saved.shapes:
            before, after = saved.whole(parameter, "weight"), later.whole(parameter, "weight")
            assert np.abs(after - before).max() > 10 * TOLERANCE, parameter


@pytest.mark.nightly
def test_every_pair_of_layouts(
    finished, smoke_recipe: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """All of ZeRO 0–3 × 1, 2, 4 ranks: each pair in at least one direction, 3 ↔ 0 and 4 ↔ 1 in both."""
    pairs = [(one, two) for index, one in enumerate(LAYOUTS) for two in LAYOUTS[index + 1 :]]
    both = [(two, one) for one, two in pairs if {one[0], two[0]} == {0, 3} or {one[1], two[1]} == {1, 4}]
    output = tmp_path_factory.mktemp("layouts")
    carry_out([*pairs, *both], smoke_recipe, finished.directory, output)
    for pair in [*pairs, *both]:
        assert_same_run(output, pair)
