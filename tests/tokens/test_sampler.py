"""The sampler: each window once an epoch, sample i from nothing but the table, and the way back."""

import json
import random
from collections import Counter, defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soofi.recipe import Mixture, Stage
from soofi.tokens.sampler import Placement, Sampler
from soofi.tokens.stage_table import Row, StageTable, continue_stages, cut_table, resolve_stages, windows_of

STREAMS = {"law/de": 170, "web/de": 500, "web/fr": 333, "web/mt": 9}


def stage(name="main", tokens=1000, length=8, batch=3, ramp=None, **mixture) -> Stage:
    return Stage(
        name=name,
        tokens=tokens,
        sequence_length=length,
        batch_samples=batch,
        batch_ramp=ramp,
        mixture=Mixture(**mixture),
    )


COURSE = (
    stage("ramp", 700, 8, 2),
    stage("main", 4000, 8, 5, exponent=1.0),
    stage("long", 3000, 32, 3, languages={"fr": 0}),
    stage("back", 900, 8, 4, sources={"law": 0}),
)
TABLE = resolve_stages(COURSE, STREAMS, "ab" * 32, 7)


def samples_of(table: StageTable) -> int:
    return table.rows[-1].first_sample + table.rows[-1].samples


def placements(table: StageTable) -> list[Placement]:
    return Sampler(table).locate_all(range(samples_of(table)))


@st.composite
def tables(draw):
    names = draw(st.lists(st.sampled_from(sorted(STREAMS)), min_size=1, unique=True))
    streams = {name: draw(st.integers(1, 120)) for name in names}
    ramp = {"from_samples": 1, "increment_samples": 2, "tokens": 300}
    stages = [
        stage(
            f"stage-{index}",
            draw(st.integers(300, 1200)),
            draw(st.sampled_from([8, 8, 9, 32])),
            *draw(st.tuples(st.integers(1, 4), st.none()) | st.just((5, ramp))),
            exponent=draw(st.sampled_from([0.0, 0.3, 1.0])),
            sources={"law": draw(st.sampled_from([0, 1]))} if len({n[:3] for n in names}) > 1 else {},
        )
        for index in range(draw(st.integers(1, 5)))
    ]
    return resolve_stages(stages, streams, "00" * 32, draw(st.integers(0, 9)))


@settings(derandomize=True, deadline=None, max_examples=50)
@given(tables())
def test_no_epoch_shows_a_window_twice_and_none_is_left_before_it_is_whole(table):
    found = placements(table)
    assert len(set(found)) == len(found), "a window came twice in one epoch"
    samples: dict[str, list[int]] = defaultdict(list)
    for sample, at in enumerate(found):
        samples[at.stream].append(sample)
    for stream, its in samples.items():
        # What the stream showed so far of the epoch that it is in.
        shown: set[int] = set()
        for last, sample in zip([None, *its], its, strict=False):
            at, length = found[sample], found[sample].sequence_length
            whole = set(range(windows_of(table.stream_tokens[stream], length)))
            if last is not None and (found[last].epoch, found[last].sequence_length) != (at.epoch, length):
                assert at.epoch > found[last].epoch
                # It may break an epoch off only where the length changed, be it in a stage that left it out.
                if {row.sequence_length for row in rows_between(table, last, sample)} == {length}:
                    assert shown == whole
                    assert at.epoch == found[last].epoch + 1
                shown = set()
            shown.add(at.window)
            assert shown <= whole


def rows_between(table: StageTable, first: int, last: int) -> list[Row]:
    rows = list(table.rows)
    return rows[rows.index(table.row_of_sample(first)) : rows.index(table.row_of_sample(last)) + 1]


def test_over_stages_of_one_length_an_epoch_goes_on():
    table = resolve_stages(
        [stage(f"s{i}", 80, 8, 1, exponent=i % 2) for i in range(40)], STREAMS, "ab" * 32, 3
    )
    seen: dict[tuple[str, int], set[int]] = defaultdict(set)
    for at in placements(table):
        assert at.window not in seen[at.stream, at.epoch]
        seen[at.stream, at.epoch].add(at.window)
    for (stream, epoch), windows in seen.items():
        if (stream, epoch + 1) in seen:
            assert windows == set(range(windows_of(STREAMS[stream], 8)))
    assert max(epoch for _, epoch in seen) > 2


@settings(derandomize=True, deadline=None, max_examples=30)
@given(tables())
def test_samples_of_finds_every_sample_of_a_window_and_no_other(table):
    sampler, expected = Sampler(table), defaultdict(list)
    for sample, at in enumerate(placements(table)):
        expected[at.stream, at.window, at.sequence_length].append(sample)
    for stream, tokens in table.stream_tokens.items():
        for length in (8, 9, 16, 32):
            for window in range(windows_of(tokens, length)):
                assert sampler.samples_of(stream, window, length) == expected.pop(
                    (stream, window, length), []
                )
    assert not expected


def test_a_window_has_samples_in_several_stages_and_epochs():
    found = placements(TABLE)
    samples = Sampler(TABLE).samples_of("web/fr", 3, 8)
    assert samples == [
        i for i, at in enumerate(found) if (at.stream, at.window, at.sequence_length) == ("web/fr", 3, 8)
    ]
    assert len({TABLE.row_of_sample(sample).name for sample in samples}) > 1
    assert Sampler(TABLE).samples_of("web/fr", 3, 32) == []


def test_a_stream_that_the_run_does_not_have_has_no_samples():
    assert Sampler(TABLE).samples_of("web/fi", 0, 8) == []


def test_stages_deal_by_their_own_weights():
    found = placements(TABLE)
    for row in TABLE.rows:
        part = found[row.first_sample : row.first_sample + row.samples]
        assert {at.sequence_length for at in part} == {row.sequence_length}
        counts, total = Counter(), sum(row.weights.values())
        for n, at in enumerate(part, 1):
            counts[at.stream] += 1
            for name in STREAMS:
                assert abs(counts[name] - n * row.weights.get(name, 0) / total) < 1.68


@settings(derandomize=True, deadline=None, max_examples=30)
@given(
    st.integers(1, 3), st.integers(1, 3), st.integers(1, 4), st.integers(1, 3000), st.sampled_from([0, 0.3])
)
def test_a_stage_whose_batch_grows_deals_as_one(from_samples, increment, times, ramp_tokens, exponent):
    ramp = {"from_samples": from_samples, "increment_samples": increment, "tokens": ramp_tokens}
    batch = from_samples + times * increment
    grown = resolve_stages(
        [stage(tokens=3000, batch=batch, ramp=ramp, exponent=exponent)], STREAMS, "ab" * 32, 7
    )
    batches = [row.batch_samples for row in grown.rows]
    assert batches == sorted(set(batches))
    assert batches[0] == from_samples
    assert grown.tokens >= 3000
    # The samples are those of a stage of the same weights without a ramp, one by one.
    steady = resolve_stages([stage(tokens=grown.tokens, batch=1, exponent=exponent)], STREAMS, "ab" * 32, 7)
    assert placements(grown) == placements(steady)
    seen = 0
    for row in grown.rows:
        assert (row.first_sample, row.first_token) == (seen, seen * 8)
        seen += row.samples
    if len(batches) == times + 1:  # each batch has its share of the ramp's tokens, to half a step
        for row in grown.rows[:-1]:
            share = ramp_tokens / times
            assert abs(row.samples * 8 - max(share, row.step_tokens)) <= row.step_tokens / 2


@settings(derandomize=True, deadline=None, max_examples=30)
@given(tables(), st.data())
def test_a_table_that_was_cut_goes_on_from_there(table, data):
    step = data.draw(st.integers(1, table.steps))
    cut = cut_table(table, step)
    assert cut.steps == step
    assert placements(cut) == placements(table)[: samples_of(cut)]
    branch = continue_stages(cut, [stage("branch", 400, 8, 2)])
    assert branch.rows[:-1] == cut.rows
    found = placements(branch)
    assert found[: samples_of(cut)] == placements(cut)
    assert len(set(found)) == len(found), "a window came twice in one epoch"


def test_a_sample_depends_on_nothing_that_was_asked_before():
    expected = placements(TABLE)
    order = list(range(len(expected))) * 2
    random.Random(5).shuffle(order)
    sampler = Sampler(StageTable.from_values(json.loads(json.dumps(TABLE.to_values()))))
    for sample in order:
        assert sampler.locate(sample) == expected[sample]
        if sample % 7 == 0:
            assert sample in sampler.samples_of(
                expected[sample].stream, expected[sample].window, expected[sample].sequence_length
            )
    assert Sampler(TABLE).locate(order[0]) == expected[order[0]]


def test_stages_that_come_later_change_no_sample_before_them():
    expected = placements(TABLE)
    for stages in range(1, len(COURSE)):
        part = placements(resolve_stages(COURSE[:stages], STREAMS, "ab" * 32, 7))
        assert part == expected[: len(part)]


@pytest.mark.parametrize(("geometry", "seed"), [("ab" * 32, 8), ("ac" * 32, 7)])
def test_seed_and_geometry_change_the_order_of_windows_alone(geometry, seed):
    expected, found = placements(TABLE), placements(resolve_stages(COURSE, STREAMS, geometry, seed))
    assert [(at.stream, at.epoch) for at in found] == [(at.stream, at.epoch) for at in expected]
    same = sum(one == other for one, other in zip(found, expected, strict=True))
    assert same < len(found) / 5  # streams of one or two windows agree by chance


def test_streams_and_epochs_have_orders_of_their_own():
    streams = {"web/de": 8 * 200, "web/fr": 8 * 200}
    found = placements(resolve_stages([stage("main", 8 * 1200, 8, 4)], streams, "ab" * 32, 7))
    orders = defaultdict(list)
    for at in found:
        orders[at.stream, at.epoch].append(at.window)
    assert sorted(orders) == [(stream, epoch) for stream in sorted(streams) for epoch in range(3)]
    lists = list(orders.values())
    for one in range(6):
        for other in range(one):
            assert sum(a == b for a, b in zip(lists[one], lists[other], strict=True)) < 8


def test_samples_outside_the_run_are_refused():
    for sample in (-1, samples_of(TABLE)):
        with pytest.raises(IndexError, match="the run has samples"):
            Sampler(TABLE).locate(sample)


def test_the_samples_are_those_of_every_machine_and_version():
    found = placements(TABLE)
    # Recorded once: a run that is resumed elsewhere or later must see these very windows.
    assert len(found) == 800
    assert {i: (found[i].stream, found[i].epoch, found[i].window) for i in (0, 1, 2, 99, 333, 600, 799)} == {
        0: ("web/de", 0, 14),
        1: ("web/fr", 0, 38),
        2: ("web/mt", 0, 1),
        99: ("web/de", 0, 9),
        333: ("web/de", 2, 12),
        600: ("web/de", 5, 6),
        799: ("web/fr", 6, 17),
    }
