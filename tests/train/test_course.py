"""`soofi plan stages RECIPE`: what it prints is what training does."""

import json
import re
import shutil
from pathlib import Path

import pytest

from soofi.ledger import RunDirectory
from soofi.recipe import load_recipe
from soofi.tokens import StageTable
from soofi.train import plan_stages
from soofi.train.course import read_course
from soofi.train.schedule import learning_rate_of_step
from tests.runs import metrics

ROW = re.compile(
    r"^(\S+) +([\d,]+) +([\d.,]+(?: [MBT])?) +([\d,]+) +([\d.,]+(?: M)?) +([\d.,]+(?: [MBT])?) +([\d,]+) +([\d,]+)(?: +(\S+))?$"
)
TWO_STAGES = [
    "stages=[{name: main, tokens: 40960, sequence_length: 128, batch_samples: 8, mixture: {exponent: 0.4},"
    " batch_ramp: {from_samples: 4, increment_samples: 4, tokens: 10240}},"
    "{name: long, tokens: 20480, sequence_length: 64, batch_samples: 8, mixture: {exponent: 1, languages: {mt: 4}}}]"
]


def printed(recipe) -> tuple[str, list[list[str]]]:
    """All of it, and the fields of the table's rows."""
    lines: list[str] = []
    plan_stages(recipe, lines.append)
    text = "\n".join(lines)
    table = text.split("─" * 80)[1].split("\nstep, token")[0].strip("\n")
    rows = [ROW.match(line) for line in table.splitlines()]
    assert all(rows), table
    assert max(map(len, text.splitlines())) <= 80
    return text, [list(row.groups()) for row in rows]


PACKED = [
    "tokens.packed_lengths=[64]",
    TWO_STAGES[0].replace("length: 64,", "length: 64, packing: best_fit,"),
]


@pytest.fixture
def prepared(finished, tmp_path: Path) -> Path:
    """A folder of runs with one whose token shards are made."""
    for part in ("tokenizer", "tokens"):
        shutil.copytree(finished.directory / part, tmp_path / "smoke" / part)
    return tmp_path


def test_rows_are_those_that_training_goes_by(prepared: Path, smoke_recipe: Path) -> None:
    recipe = load_recipe(smoke_recipe, [*TWO_STAGES, f"run_root={prepared}"])
    _, rows = printed(recipe)
    assert [row[:8] for row in rows] == [
        ["main", "0", "0", "20", "80", "10,240", "4", "128"],
        ["main", "20", "10,240", "30", "240", "30,720", "8", "128"],
        ["long", "50", "40,960", "40", "320", "20,480", "8", "64"],
    ]
    table = read_course(recipe, RunDirectory(recipe.run_directory))
    for row, expected in zip(rows, table.rows, strict=True):
        rate = 0.01 * learning_rate_of_step(recipe.train.schedule, table, expected.first_step)
        assert float(row[8]) == pytest.approx(rate, rel=0.005)


def test_the_rate_of_a_row_is_what_its_first_step_had(finished, smoke_recipe: Path) -> None:
    _, rows = printed(load_recipe(smoke_recipe, [f"run_root={finished.directory.parent}"]))
    first = metrics(finished.directory)[0]
    assert float(rows[0][8]) == pytest.approx(first["learning_rate"], rel=0.005)


def test_shares_of_every_mixture_are_shown_once(prepared: Path, smoke_recipe: Path) -> None:
    text, _ = printed(load_recipe(smoke_recipe, [*TWO_STAGES, f"run_root={prepared}"]))
    mixtures = text.split("first step\n")[1].split("\nlearning rate")[0]
    main, long = mixtures.split("\nlong ")
    assert main.startswith("\nmain ")
    shares = [dict(re.findall(r"\b([a-z]{2}) (\d+\.\d)%", part)) for part in (main, long)]
    assert shares[0].keys() == shares[1].keys() == set(load_recipe(smoke_recipe).languages)
    for part in shares:
        assert sum(map(float, part.values())) == pytest.approx(100, abs=2)
    assert float(shares[1]["mt"]) > float(shares[0]["mt"])


def test_without_token_shards_the_recipe_is_quoted(tmp_path: Path, smoke_recipe: Path) -> None:
    recipe = load_recipe(smoke_recipe, [*TWO_STAGES, f"run_root={tmp_path}"])
    text, rows = printed(recipe)
    assert [row[:8] for row in rows] == [
        ["main", "0", "0", "20", "80", "10,240", "4", "128"],
        ["main", "20", "10,240", "30", "240", "30,720", "8", "128"],
        ["long", "50", "40,960", "40", "320", "20,480", "8", "64"],
    ]
    assert re.search(r"^long +exponent 1, mt × 4$", text, re.M)
    assert not list(tmp_path.iterdir()), "nothing is written"


def test_packed_stages_are_named_and_need_their_window_lists(
    prepared: Path, tmp_path: Path, smoke_recipe: Path
) -> None:
    text, rows = printed(load_recipe(smoke_recipe, [*PACKED, f"run_root={tmp_path / 'nothing'}"]))
    assert "documents are packed whole into windows (best fit) in: long\n" in text
    assert len(rows) == 3
    with pytest.raises(
        ValueError, match=r"stages\[1\]\.packing is best_fit, and .* has no window lists of .* \(64\)"
    ):
        printed(load_recipe(smoke_recipe, [*PACKED, f"run_root={prepared}"]))


def test_a_childs_table_begins_with_its_parents_rows(finished, smoke_recipe: Path) -> None:
    decay = "stages=[{name: decay, tokens: 10240, sequence_length: 128, batch_samples: 16, mixture: {exponent: 1}}]"
    overrides = [f"run_root={finished.directory.parent}", "name=child", "parent=smoke@30", decay]
    text, rows = printed(load_recipe(smoke_recipe, [*overrides, "train.schedule.decay_tokens=10240"]))
    assert [row[:8] for row in rows] == [
        ["(main)", "0", "0", "30", "240", "30,720", "8", "128"],
        ["decay", "30", "30,720", "5", "80", "10,240", "16", "128"],
    ]
    assert (rows[0][8], float(rows[1][8])) == (None, pytest.approx(0.01 * 0.9))
    assert "begins after step 30 of smoke, 30,720 tokens" in text
    assert not (finished.directory.parent / "child").exists()


def test_the_command_prints_the_table_that_training_wrote(finished, smoke_recipe: Path, soofi) -> None:
    done = soofi("plan", "stages", smoke_recipe, f"run_root={finished.directory.parent}")
    assert done.returncode == 0, done.stderr
    table = StageTable.from_values(json.loads((finished.directory / "stage_table.json").read_text()))
    assert f"smoke: {table.steps:,} steps, {table.tokens:,} tokens" in done.stdout
    refused = soofi("plan", "stages", smoke_recipe, "name=child", "parent=nobody@30")
    assert refused.returncode == 2
    assert "there is no run" in refused.stderr
