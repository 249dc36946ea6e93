"""The laws of the data order, for any streams, sizes and weights: docs/formats.md, "From shards to steps"."""

from collections import defaultdict

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from soofi.recipe import Stage
from soofi.tokens import Placement, Sampler, StageTable, resolve_stages, windows_of

LAW = settings(derandomize=True, deadline=None, max_examples=25)


@st.composite
def tables(draw) -> StageTable:
    """Up to 200 streams of 1 to 50,000 tokens, in up to three stages with mixtures of their own."""
    count = draw(st.integers(1, 200) | st.sampled_from([1, 2, 199, 200]))
    sizes = draw(st.randoms(use_true_random=False))
    streams = {
        f"source-{number % 7}/l{number // 7:02}": int(10 ** sizes.uniform(0, 4.7)) for number in range(count)
    }
    languages = sorted({name.split("/")[1] for name in streams})
    stages = []
    for number in range(draw(st.integers(1, 3))):
        batch = draw(st.integers(1, 40))
        growing = batch > 1 and draw(st.booleans())
        length = draw(st.sampled_from([8, 64, 64, 100]))
        mixture = {
            "exponent": draw(st.sampled_from([0.0, 0.3, 1.0])),
            "sources": {"source-0": draw(st.sampled_from([0.5, 1.0, 40.0]))},
        }
        stage = {
            "name": f"stage-{number}",
            "tokens": draw(st.integers(1, 700)) * length,
            "sequence_length": length,
            "batch_samples": batch,
            "mixture": {**mixture, "languages": {}},
        }
        if growing:
            stage["batch_ramp"] = {
                "from_samples": 1,
                "increment_samples": batch - 1,
                "tokens": stage["tokens"] / 2,
            }
        stages.append(Stage.model_validate(stage))
    assert languages
    return resolve_stages(stages, streams, "ab" * 32, draw(st.integers(0, 9)))


def all_samples(table: StageTable) -> range:
    return range(table.rows[-1].first_sample + table.rows[-1].samples)


@LAW
@given(tables())
def test_in_every_prefix_of_a_stage_each_stream_is_within_two_samples_of_its_weight(table):
    found = Sampler(table).locate_all(all_samples(table))
    by_stage = defaultdict(list)  # rows that are dealt out as one
    for row in table.rows:
        by_stage[row.dealt_from].append(row)
    for rows in by_stage.values():
        weights = rows[0].weights
        assert all(row.weights == weights for row in rows)
        names, total = list(weights), sum(weights.values())
        first, last = rows[0].first_sample, rows[-1].first_sample + rows[-1].samples
        number = {name: index for index, name in enumerate(names)}
        samples = np.array([number[at.stream] for at in found[first:last]])
        counts = np.cumsum(samples[:, None] == np.arange(len(names)), axis=0)
        prefixes = np.arange(1, len(samples) + 1)[:, None]
        assert (abs(counts * total - prefixes * np.array(list(weights.values()))) < 2 * total).all()


@LAW
@given(tables())
def test_in_an_epoch_of_a_stream_each_window_comes_exactly_once(table):
    shown: dict[tuple[str, int, int], list[int]] = defaultdict(list)
    latest: dict[tuple[str, int], int] = {}
    for at in Sampler(table).locate_all(all_samples(table)):
        shown[at.stream, at.sequence_length, at.epoch].append(at.window)
        latest[at.stream, at.sequence_length] = at.epoch
    lengths = {row.sequence_length for row in table.rows}
    for (stream, length, epoch), windows in shown.items():
        assert len(set(windows)) == len(windows)
        whole = range(windows_of(table.stream_tokens[stream], length))
        assert set(windows) <= set(whole)
        # An epoch is broken off only where another length begins, or the run ends.
        if len(lengths) == 1 and epoch < latest[stream, length]:
            assert sorted(windows) == list(whole)


@LAW
@given(tables(), st.data())
def test_a_sample_is_the_same_whatever_was_read_before(table, data):
    samples = all_samples(table)
    expected: list[Placement] = Sampler(table).locate_all(samples)
    asked = Sampler(StageTable.from_values(table.to_values()))
    some = st.lists(st.sampled_from(samples), min_size=1, max_size=30)
    for chosen in data.draw(st.lists(some, min_size=1, max_size=4)):
        assert asked.locate_all(chosen) == [expected[sample] for sample in chosen]
        assert asked.locate(chosen[0]) == expected[chosen[0]]
