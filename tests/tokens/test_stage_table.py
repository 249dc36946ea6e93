"""The stage table: boundaries on whole steps, cursors that follow from the rows, the way to JSON and back."""

import json
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soofi.recipe import Mixture, Stage
from soofi.tokens.stage_table import Cursor, StageTable, outline_stages, resolve_stages, windows_of

STREAMS = {"law/de": 170, "web/de": 500, "web/fr": 333, "web/mt": 9}


def stage(name="main", tokens=1000, length=8, batch=3, **mixture) -> Stage:
    return Stage(
        name=name, tokens=tokens, sequence_length=length, batch_samples=batch, mixture=Mixture(**mixture)
    )


COURSE = (
    stage("ramp", 100, 8, 2),
    stage("main", 900, 8, 5, exponent=1.0),
    stage("long", 1000, 32, 3, languages={"fr": 0, "mt": 4.0}),
    stage("back", 300, 8, 4, sources={"law": 0}),
)
TABLE = resolve_stages(COURSE, STREAMS, "ab" * 32, 7)


@st.composite
def courses(draw):
    names = draw(st.lists(st.sampled_from(sorted(STREAMS)), min_size=1, unique=True))
    streams = {name: draw(st.integers(1, 300)) for name in names}
    stages = [
        stage(
            f"stage-{index}",
            draw(st.integers(1, 1500)),
            draw(st.sampled_from([8, 9, 16, 64])),
            draw(st.integers(1, 6)),
            exponent=draw(st.sampled_from([0.0, 0.3, 1.0])),
            sources={"law": draw(st.sampled_from([0, 1, 3]))} if len({n[:3] for n in names}) > 1 else {},
        )
        for index in range(draw(st.integers(1, 4)))
    ]
    return resolve_stages(stages, streams, "00" * 32, draw(st.integers(0, 9))), stages


@settings(derandomize=True, deadline=None, max_examples=50)
@given(courses())
def test_rows_follow_on_each_other_in_whole_steps(course):
    table, stages = course
    step = sample = tokens = 0
    for row, asked in zip(table.rows, stages, strict=True):
        assert (row.name, row.batch_samples, row.sequence_length) == (
            asked.name, asked.batch_samples, asked.sequence_length,
        )  # fmt: skip
        assert (row.first_step, row.first_sample, row.first_token) == (step, sample, tokens)
        assert row.samples == row.steps * row.batch_samples
        seen = row.samples * row.sequence_length
        assert asked.tokens <= seen < asked.tokens + row.step_tokens, "rounded up, by less than a step"
        for _ in range(row.steps):
            assert table.row_of_step(step) is row
            assert table.tokens_before(step) == tokens
            assert table.samples_of_step(step) == range(sample, sample + row.batch_samples)
            assert all(table.row_of_sample(each) is row for each in table.samples_of_step(step))
            step, sample, tokens = step + 1, sample + row.batch_samples, tokens + row.step_tokens
    assert (table.steps, table.tokens) == (step, tokens)
    assert table.tokens_before(table.steps) == tokens


@settings(derandomize=True, deadline=None, max_examples=50)
@given(courses())
def test_cursors_are_what_counting_window_by_window_gives(course):
    table, _ = course
    epochs, windows = Counter(), Counter()
    length = table.rows[0].sequence_length
    for row in table.rows:
        if row.sequence_length != length:
            length = row.sequence_length
            for name in table.stream_tokens:
                epochs[name] += windows[name] > 0
                windows[name] = 0
        if row.dealt_from == row.first_sample:
            assert row.cursors == {n: Cursor(epochs[n], windows[n], length) for n in table.stream_tokens}
        for index in row.dealt:
            name, _ = row.split.locate(index)
            windows[name] += 1
            if windows[name] * length >= table.stream_tokens[name]:
                epochs[name], windows[name] = epochs[name] + 1, 0
        after = table.cursors_after(row)
        assert after == {n: Cursor(epochs[n], windows[n], length) for n in table.stream_tokens}


def test_a_stream_that_a_stage_leaves_out_stands_still():
    back = TABLE.rows[-1]
    assert "law/de" not in back.weights
    assert TABLE.cursors_after(back)["law/de"] == back.cursors["law/de"]


def test_another_sequence_length_begins_an_epoch_and_the_same_goes_on():
    ramp, main, long, back = TABLE.rows
    for name in STREAMS:
        assert main.cursors[name] == TABLE.cursors_after(ramp)[name]
        for before, row in ((main, long), (long, back)):
            left = TABLE.cursors_after(before)[name]
            assert row.cursors[name] == Cursor(left.epoch + (left.window > 0), 0, row.sequence_length)
    assert any(cursor.window for cursor in main.cursors.values()), "the case is not empty"


@pytest.mark.parametrize(("tokens", "windows"), [(1, 1), (7, 1), (8, 1), (9, 2), (16, 2), (17, 3)])
def test_windows_tile_a_stream(tokens, windows):
    assert windows_of(tokens, 8) == windows


def test_a_stream_without_tokens_takes_no_part():
    table = resolve_stages(COURSE, {**STREAMS, "web/el": 0}, "ab" * 32, 7)
    assert table == TABLE
    with pytest.raises(ValueError, match="'el'"):
        resolve_stages([stage(languages={"el": 1.0})], {**STREAMS, "web/el": 0}, "ab" * 32, 7)


def test_what_lies_outside_the_run_is_refused():
    samples = TABLE.rows[-1].first_sample + TABLE.rows[-1].samples
    for step in (-1, TABLE.steps):
        with pytest.raises(IndexError, match=f"0 … {TABLE.steps - 1}"):
            TABLE.samples_of_step(step)
    for step in (-1, TABLE.steps + 1):
        with pytest.raises(IndexError, match=f"0 … {TABLE.steps - 1}"):
            TABLE.tokens_before(step)
    for sample in (-1, samples):
        with pytest.raises(IndexError, match=f"0 … {samples - 1}"):
            TABLE.row_of_sample(sample)
    assert TABLE.row_of_step(TABLE.steps) is TABLE.rows[-1]  # where a finished run stands


@settings(derandomize=True, deadline=None, max_examples=40)
@given(courses())
def test_an_outline_has_the_rows_of_the_table_without_weights(course):
    table, stages = course
    bare = [replace(row, weights={}, cursors={}, dealt_from=0) for row in table.rows]
    assert list(outline_stages(stages).rows) == bare


@settings(derandomize=True, deadline=None, max_examples=40)
@given(courses())
def test_a_table_survives_json(course):
    table, _ = course
    again = StageTable.from_values(json.loads(json.dumps(table.to_values())))
    assert again == table
    assert again.sha256 == table.sha256
    assert again.cursors_after(again.rows[-1]) == table.cursors_after(table.rows[-1])


def test_the_table_says_what_it_is_and_another_format_is_refused():
    values = TABLE.to_values()
    assert values["format"] == "soofi.stage-table/1"
    for other in ("soofi.stage-table/3", "soofi.recipe/1", None):
        with pytest.raises(ValueError, match="soofi.stage-table/1"):
            StageTable.from_values({**values, "format": other})
    del values["format"]
    with pytest.raises(ValueError, match="soofi.stage-table/1"):
        StageTable.from_values(values)


def test_the_order_in_which_streams_are_found_does_not_matter():
    shuffled = resolve_stages(COURSE, dict(reversed(STREAMS.items())), "ab" * 32, 7)
    assert shuffled.sha256 == TABLE.sha256
    assert json.dumps(shuffled.to_values()) == json.dumps(TABLE.to_values())


CHANGES = {
    "seed": (COURSE, STREAMS, "ab" * 32, 8),
    "geometry": (COURSE, STREAMS, "ac" * 32, 7),
    "length of a stream": (COURSE, {**STREAMS, "web/fr": 334}, "ab" * 32, 7),
    "name of a stream": (COURSE, {"law/de": 170, "web/fr": 333, "wiki/de": 500, "web/mt": 9}, "ab" * 32, 7),
    "one stage less": (COURSE[:-1], STREAMS, "ab" * 32, 7),
    "order of stages": ((COURSE[1], COURSE[0], *COURSE[2:]), STREAMS, "ab" * 32, 7),
    "tokens": ((*COURSE[:-1], stage("back", 333, 8, 4, sources={"law": 0})), STREAMS, "ab" * 32, 7),
    "batch": ((*COURSE[:-1], stage("back", 300, 8, 5, sources={"law": 0})), STREAMS, "ab" * 32, 7),
    "length": ((*COURSE[:-1], stage("back", 300, 9, 4, sources={"law": 0})), STREAMS, "ab" * 32, 7),
    "mixture": ((*COURSE[:-1], stage("back", 300, 8, 4)), STREAMS, "ab" * 32, 7),
    "exponent": ((*COURSE[:-1], stage("back", 300, 8, 4, exponent=0.31)), STREAMS, "ab" * 32, 7),
}  # fmt: skip


def test_the_digest_changes_with_whatever_decides_the_samples():
    digests = {name: resolve_stages(*arguments).sha256 for name, arguments in CHANGES.items()}
    digests["nothing"] = TABLE.sha256
    for row_change in (
        {"weights": {**TABLE.rows[1].weights, "web/fr": 1}},
        {"first_sample": 11},
        {"cursors": {}},
    ):
        rows = (TABLE.rows[0], replace(TABLE.rows[1], **row_change), *TABLE.rows[2:])
        digests[str(row_change)] = replace(TABLE, rows=rows).sha256
    assert len(set(digests.values())) == len(digests)
    assert resolve_stages(COURSE, STREAMS, "ab" * 32, 7).sha256 == TABLE.sha256


def test_a_table_of_the_largest_runs_has_a_digest():
    # 15 T tokens, batches of 16 M: numbers that canonical JSON must still hold exactly.
    course = [stage("main", 15 * 10**12, 8192, 2048), stage("long", 10**12, 131_072, 128)]
    table = resolve_stages(course, {"web/de": 7 * 10**12, "web/mt": 10**8}, "ab" * 32, 2**32 - 1)
    assert StageTable.from_values(json.loads(json.dumps(table.to_values()))).sha256 == table.sha256
    assert table.tokens >= 16 * 10**12
    assert table.rows[1].cursors["web/mt"].epoch > 0
