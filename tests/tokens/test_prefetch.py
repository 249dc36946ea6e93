"""Steps made ready in the background are those of the loader, in any order, and errors come out at their step."""

import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soofi.recipe import Mixture, Stage
from soofi.tokens import Loader, Prefetch, Sampler, ShardWriter, Step, Stream, resolve_stages

END, PADDING, LENGTH = 1, 0, 8


class CountingLoader(Loader):
    """A loader that remembers what it was asked for, and by which thread."""

    def step(self, index: int, micro_batch_samples: int | None = None) -> Step:
        """As `Loader.step`."""
        self.asked = [*getattr(self, "asked", []), (index, threading.current_thread().name)]
        return super().step(index, micro_batch_samples)


@pytest.fixture(scope="module")
def shards(tmp_path_factory) -> list[Path]:
    directory, random = tmp_path_factory.mktemp("shards"), np.random.default_rng(0)
    paths = [directory / f"{number}.bin" for number in range(4)]
    for path in paths:
        with ShardWriter(path, 100) as writer:
            for index in range(9):
                writer.add(str(index), [*random.integers(2, 100, 20), END])
    return paths


def loader_of(paths: list[Path]) -> CountingLoader:
    streams = {
        f"web/l{number}": Stream(f"web/l{number}", (path,), (0,), 189) for number, path in enumerate(paths)
    }
    stage = Stage(
        name="all", tokens=20 * 3 * LENGTH, sequence_length=LENGTH, batch_samples=3, mixture=Mixture()
    )
    table = resolve_stages([stage], {name: stream.tokens for name, stream in streams.items()}, "", 0)
    return CountingLoader(Sampler(table), streams, END, PADDING)


def contents(step: Step) -> tuple:
    batches = step.micro_batches
    return step.index, step.valid_tokens, [(b.streams, b.tokens.tolist(), b.labels.tolist()) for b in batches]


@settings(derandomize=True, deadline=None, max_examples=30)
@given(
    st.lists(st.integers(0, 19), min_size=1, max_size=20) | st.integers(0, 19).map(lambda n: [*range(n, 20)]),
    st.integers(0, 5),
    st.sampled_from([None, 1, 2]),
)
def test_steps_are_the_loaders_whatever_comes_after_what(shards, order, ahead, micro):
    plain = loader_of(shards)
    with Prefetch(loader_of(shards), ahead) as prefetch:
        assert prefetch.steps == 20
        for index in order:  # a run, a resume, steps skipped, a rollback
            assert contents(prefetch.step(index, micro)) == contents(plain.step(index, micro))


def test_it_stays_within_its_bound_and_the_run_and_makes_each_step_once(shards):
    loader = loader_of(shards)
    with Prefetch(loader, 3) as prefetch:
        for index in range(prefetch.steps):
            prefetch.step(index)
            assert max(step for step, _ in loader.asked) <= min(index + 3, 19)
    assert [step for step, _ in loader.asked] == list(range(20))
    assert {thread for _, thread in loader.asked} == {"prefetch_0"}


def test_no_steps_ahead_means_no_thread(shards):
    loader = loader_of(shards)
    with Prefetch(loader, 0) as prefetch:
        prefetch.step(4)
    assert loader.asked == [(4, threading.current_thread().name)]


def test_an_error_comes_out_at_its_step_and_not_before(shards, tmp_path):
    paths = [tmp_path / path.name for path in shards]
    for path, copy in zip(shards, paths, strict=True):
        for suffix in (".bin", ".idx"):
            copy.with_suffix(suffix).write_bytes(path.with_suffix(suffix).read_bytes())
    plain = loader_of(shards)
    missing = next(index for index in range(5, 20) if "web/l3" in plain.step(index).micro_batches[0].streams)
    before = [index for index in range(20) if "web/l3" not in plain.step(index).micro_batches[0].streams]
    paths[3].unlink()
    with Prefetch(loader_of(paths), 20) as prefetch:
        for index in before:
            assert contents(prefetch.step(index)) == contents(plain.step(index))
        for _ in range(2):
            with pytest.raises(FileNotFoundError, match="make the tokens again"):
                prefetch.step(missing)
        with pytest.raises(IndexError, match="the run has steps"):
            prefetch.step(20)


def test_it_ends_with_its_thread_and_may_begin_again(shards):
    before = threading.active_count()
    prefetch = Prefetch(loader_of(shards), 2)
    prefetch.step(0)
    assert threading.active_count() == before + 1
    prefetch.close()
    prefetch.close()
    assert threading.active_count() == before
    with prefetch:
        assert prefetch.step(7).index == 7
    assert threading.active_count() == before
