"""What the loader gives, against the laws read out word by word in plain Python."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from soofi.recipe import Goldfish, Mixture, Stage
from soofi.tokens import (
    IGNORED_LABEL,
    Loader,
    MicroBatch,
    Sampler,
    Shard,
    ShardWriter,
    StageTable,
    Step,
    Stream,
    Window,
    read_windows,
    resolve_stages,
)
from soofi.tokens.goldfish import chooses

END, PADDING = 1, 0
LAW = settings(derandomize=True, deadline=None, max_examples=25)


@dataclass(frozen=True)
class Pool:
    """Shards on disk, of which any may be put together to a stream, and their tokens."""

    paths: list[Path]
    tokens: list[list[int]]

    def stream(self, name: str, shards: list[int]) -> Stream:
        lengths = [len(self.tokens[shard]) for shard in shards]
        offsets = tuple(sum(lengths[:index]) for index in range(len(lengths)))
        return Stream(name, tuple(self.paths[shard] for shard in shards), offsets, sum(lengths))

    def tokens_of(self, shards: list[int]) -> list[int]:
        return [token for shard in shards for token in self.tokens[shard]]


@pytest.fixture(scope="module", params=[60_000, 70_000], ids=["uint16", "int32"])
def pool(request, tmp_path_factory) -> Pool:
    """A dozen shards of one token to a few hundred, of documents of all lengths; some documents are erased."""
    directory, random = tmp_path_factory.mktemp("pool"), np.random.default_rng(request.param)
    paths, tokens = [], []
    for number, documents in enumerate([1, 1, 2, 3, 4, 5, 6, 8, 9, 12, 14, 20]):
        paths.append(directory / f"{number}.bin")
        with ShardWriter(paths[-1], request.param) as writer:
            for index in range(documents):
                length = 1 if number == 0 else int(random.choice([1, 2, 5, 17, 40, 90]))
                document = random.integers(2, request.param, length)
                document[-1] = END
                writer.add(f"{number}-{index}", document)
        shard = Shard(paths[-1])
        ids = np.memmap(paths[-1], shard.read(0, 1).dtype, "r+")
        for start, length in zip(shard.starts, shard.lengths, strict=True):
            if random.random() < 0.2:
                ids[start : start + length - 1] = PADDING
        ids.flush()
        tokens.append(ids.tolist())
    return Pool(paths, tokens)


@st.composite
def choices(draw) -> dict[str, list[int]]:
    """Shards of each of 1 to 200 streams."""
    count = draw(st.integers(1, 8) | st.integers(1, 200))
    random = draw(st.randoms(use_true_random=False))
    return {
        f"source-{number % 3}/l{number // 3:02}": [random.randrange(12) for _ in range(random.randint(1, 4))]
        for number in range(count)
    }


def table_of(streams: dict[str, Stream], steps: int, length: int, batch: int) -> StageTable:
    stage = Stage(
        name="all",
        tokens=steps * batch * length,
        sequence_length=length,
        batch_samples=batch,
        mixture=Mixture(exponent=0.5),
    )
    return resolve_stages([stage], {name: stream.tokens for name, stream in streams.items()}, "ab" * 32, 5)


def plain(
    tokens: list[int], pieces: list[tuple[int, int]], length: int, goldfish: Goldfish | None = None
) -> tuple[list[int], list[int], list[int]]:
    """Tokens, labels and document numbers of a window, one by one."""
    seen, labels, documents, number = [], [], [], 0
    for start, count in pieces:
        for place in range(start, start + count):
            token = tokens[place] if place < len(tokens) else PADDING
            following = tokens[place + 1] if place + 1 < len(tokens) else PADDING
            label = IGNORED_LABEL if PADDING in (token, following) else following
            if goldfish and place + 1 >= goldfish.h and place + 1 < len(tokens):
                context = np.array(tokens[place + 1 - goldfish.h : place + 1])
                if chooses(context, goldfish)[0]:
                    label = IGNORED_LABEL
            if seen and (token == END or place == start):
                number += 1
            seen.append(token)
            labels.append(label)
            documents.append(number)
    rest = length - len(seen)
    return (
        [*seen, *[PADDING] * rest],
        [*labels, *[IGNORED_LABEL] * rest],
        [*documents, *[number] * rest],
    )


def rows(step: Step) -> Iterator[tuple[str, list[int], list[int], list[int], int]]:
    for batch in step.micro_batches:
        yield from samples(batch)


def samples(batch: MicroBatch) -> Iterator[tuple[str, list[int], list[int], list[int], int]]:
    parts = (batch.tokens, batch.labels, batch.documents, batch.valid_tokens)
    yield from zip(batch.streams, *(part.tolist() for part in parts), strict=True)


@LAW
@given(
    choices(),
    st.integers(8, 130),
    st.integers(1, 30),
    st.sampled_from([None, 1, 3]),
    st.none() | st.builds(Goldfish, k=st.integers(2, 4), h=st.integers(1, 6)),
)
def test_ranks_see_the_samples_of_the_step_as_the_laws_have_them(
    pool, chosen, length, batch, micro, goldfish
):
    streams = {name: pool.stream(name, shards) for name, shards in chosen.items()}
    table, steps = table_of(streams, 3, length, batch), range(3)
    sampler, texts = Sampler(table), {name: pool.tokens_of(shards) for name, shards in chosen.items()}
    expected = []
    for step in steps:
        of_step = []
        for sample in table.samples_of_step(step):
            at = sampler.locate(sample)
            tokens, labels, documents = plain(
                texts[at.stream], [(at.window * length, length)], length, goldfish
            )
            valid = sum(label != IGNORED_LABEL for label in labels)
            of_step.append((at.stream, tokens, labels, documents, valid))
        expected.append(of_step)
    for ranks in (1, 2, 4):
        loaders = [
            Loader(Sampler(table), streams, END, PADDING, rank, ranks, goldfish) for rank in range(ranks)
        ]
        for step in steps:
            for rank, loader in enumerate(loaders):
                share = loader.step(step, micro)
                assert list(rows(share)) == expected[step][rank::ranks]
                assert share.valid_tokens == sum(valid for *_, valid in expected[step][rank::ranks])


@LAW
@given(st.data(), st.integers(1, 120))
def test_a_window_may_be_any_pieces_of_a_stream(pool, data, length):
    windows, expected = [], []
    for _ in range(data.draw(st.integers(1, 5))):
        shards = data.draw(st.lists(st.integers(0, 11), min_size=1, max_size=4))
        stream, tokens = pool.stream("web/de", shards), pool.tokens_of(shards)
        pieces, room = [], length
        while room and data.draw(st.booleans()):
            start = data.draw(st.integers(0, len(tokens) - 1))
            count = data.draw(st.integers(1, room))
            pieces.append((start, count))
            room -= count
        windows.append(Window(stream, pieces))
        expected.append(plain(tokens, pieces, length))
    batch = read_windows(windows, length, END, PADDING)
    for (_, *found, valid), wanted in zip(samples(batch), expected, strict=True):
        assert tuple(found) == wanted
        assert valid == sum(label != IGNORED_LABEL for label in wanted[1])


def parts_of(pool: Pool) -> tuple[dict[str, Stream], StageTable]:
    streams = {f"web/l{number}": pool.stream(f"web/l{number}", [number, 11 - number]) for number in range(6)}
    return streams, table_of(streams, 60, 16, 8)


def test_a_resume_at_any_step_is_the_same_and_opens_no_shard_but_those_of_its_windows(pool):
    streams, table = parts_of(pool)
    whole = Loader(Sampler(table), streams, END, PADDING)
    expected = [list(rows(whole.step(step))) for step in range(table.steps)]
    for step in range(table.steps):
        streams, _ = parts_of(pool)
        resumed = Loader(Sampler(table), streams, END, PADDING)
        assert list(rows(resumed.step(step))) == expected[step]
        needed = set()
        for sample in table.samples_of_step(step):
            at = Sampler(table).locate(sample)
            for shard, begins in enumerate(streams[at.stream].offsets):
                ends = [*streams[at.stream].offsets, streams[at.stream].tokens][shard + 1]
                if begins <= (at.window + 1) * 16 and at.window * 16 < ends:
                    needed.add((at.stream, shard))
        opened = {(name, shard) for name, stream in streams.items() for shard in stream._opened}
        assert opened <= needed


def test_what_is_kept_of_a_step_does_not_change_when_others_are_read(pool):
    streams, table = parts_of(pool)
    loader = Loader(Sampler(table), streams, END, PADDING)
    kept = [loader.step(step) for step in range(table.steps)]
    again = Loader(Sampler(table), streams, END, PADDING)
    assert [list(rows(step)) for step in kept] == [
        list(rows(again.step(step))) for step in range(table.steps)
    ]
    # A part of a part is enough, be it in the hands of another library.
    labels = torch.from_numpy(loader.step(3, 2).micro_batches[1].labels[1:])
    copy = labels.clone()
    for step in range(4, 30):
        loader.step(step)
    assert torch.equal(labels, copy)


def test_memory_that_nobody_has_any_more_serves_again(pool):
    streams, table = parts_of(pool)
    loader = Loader(Sampler(table), streams, END, PADDING)
    places = {loader.step(step).micro_batches[0].tokens.ctypes.data for step in range(20)}
    assert len(places) == 1


def test_what_is_erased_while_a_run_reads_is_seen_and_what_takes_a_files_place_is_not(tmp_path):
    for name, first in (("a", 10), ("b", 60)):
        with ShardWriter(tmp_path / f"{name}.bin", 100) as writer:
            writer.add(name, [*range(first, first + 20), END])
    stream = Stream("web/de", (tmp_path / "a.bin",), (0,), 21)
    assert stream.read(2, 3).tolist() == [12, 13, 14]
    with open(tmp_path / "a.bin", "r+b") as file:
        file.write(np.zeros(4, np.uint16).tobytes())
    assert stream.read(2, 3).tolist() == [PADDING, PADDING, 14]
    (tmp_path / "b.bin").rename(tmp_path / "a.bin")
    assert stream.read(3, 3).tolist() == [PADDING, 14, 15]
    assert Stream("web/de", (tmp_path / "a.bin",), (0,), 21).read(3, 3).tolist() == [63, 64, 65]


def test_a_shard_that_is_not_the_manifests_is_refused(tmp_path):
    with ShardWriter(tmp_path / "a.bin", 100) as writer:
        writer.add("a", [5, 6, END])
    stream = Stream("web/de", (tmp_path / "a.bin",), (0,), 4)
    with pytest.raises(ValueError, match="holds 3 tokens and its manifest says 4"):
        stream.read(0, 1)
