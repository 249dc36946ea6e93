"""Goldfish: the same passage leaves out the same labels wherever it stands, and one label in k goes."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soofi.ledger import write_manifest
from soofi.recipe import Goldfish, Mixture, Stage
from soofi.tokens import IGNORED_LABEL, Loader, Sampler, ShardWriter, open_streams, resolve_stages, windows_of
from soofi.tokens.goldfish import chooses, rolling_hash

PADDING, END, VOCABULARY = 0, 1, 131_072
TEXTS = sorted((Path(__file__).parents[1] / "data/texts").glob("*.jsonl"))


def write_streams(directory: Path, streams: dict[str, list[list[int]]]) -> None:
    """Write one shard a stream; each document is closed by END."""
    counts = {}
    for name, documents in streams.items():
        path = directory / "train" / name / "part-00000.bin"
        path.parent.mkdir(parents=True)
        with ShardWriter(path, VOCABULARY) as writer:
            for index, document in enumerate(documents):
                writer.add(f"{name}-{index}", [*document, END])
        counts[f"train/{name}/part-00000.bin"] = writer.tokens
    write_manifest(directory, "tokens", {}, {}, tokens=counts)


def loader(
    directory: Path, length: int, goldfish: Goldfish | None, seed: int = 0, rank: int = 0, ranks: int = 1
) -> tuple[Loader, int]:
    """A loader over about three epochs of every stream, and its number of steps."""
    streams = open_streams(directory, "train")
    lengths = {name: stream.tokens for name, stream in streams.items()}
    windows = sum(windows_of(tokens, length) for tokens in lengths.values())
    stage = Stage(
        name="all",
        tokens=3 * length * windows,
        sequence_length=length,
        batch_samples=4,
        mixture=Mixture(exponent=1),
    )
    table = resolve_stages([stage], lengths, "geometry", seed)
    return Loader(Sampler(table), streams, END, PADDING, rank, ranks, goldfish), table.steps


def learned(directory: Path, length: int, goldfish: Goldfish | None, seed: int = 0) -> dict[str, np.ndarray]:
    """By stream whether the token at each place is a label that is learned: by every sample that has it, or by none."""
    streams = open_streams(directory, "train")
    found = {name: np.full(stream.tokens + 1, -1) for name, stream in streams.items()}
    one, steps = loader(directory, length, goldfish, seed)
    sampler = one._sampler
    for index in range(steps):
        labels = np.concatenate([batch.labels for batch in one.step(index).micro_batches])
        for row, sample in zip(labels, sampler.table.samples_of_step(index), strict=True):
            at = sampler.locate(sample)
            places = found[at.stream][at.window * length + 1 :][:length]
            seen = (row != IGNORED_LABEL).astype(int)[: len(places)]
            assert ((places == -1) | (places == seen)).all(), "another epoch, another choice"
            places[:] = seen
    assert all((places[1:] >= 0).all() for places in found.values()), "every window was seen"
    return {name: places[:-1] == 1 for name, places in found.items()}


@settings(max_examples=25, deadline=None, derandomize=True)
@given(data=st.data(), h=st.integers(1, 15), k=st.integers(2, 6), length=st.integers(16, 40))
def test_a_passage_leaves_out_the_same_labels_from_its_hth_token_on(tmp_path_factory, data, h, k, length):
    """Planted at random offsets, in windows, documents and streams; it may cross documents itself."""
    random = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    passage = random.integers(2, VOCABULARY, data.draw(st.integers(1, 90))).tolist()
    if data.draw(st.booleans()):
        passage[data.draw(st.integers(0, len(passage) - 1))] = END
    streams, places = {}, []
    for name in ("law/de", "web/de", "web/mt"):
        tokens: list[int] = []
        for _ in range(data.draw(st.integers(1, 3))):
            tokens += random.integers(2, VOCABULARY, data.draw(st.integers(0, 60))).tolist()
            places.append((name, len(tokens)))
            tokens += passage
        streams[name] = [tokens]
    directory = tmp_path_factory.mktemp("tokens")
    write_streams(directory, streams)
    found = learned(directory, length, Goldfish(k=k, h=h), data.draw(st.integers(0, 3)))
    copies = {tuple(found[name][start + h : start + len(passage)]) for name, start in places}
    assert len(copies) == 1


def test_the_sequence_length_and_the_seed_do_not_matter(tmp_path):
    random = np.random.default_rng(0)
    write_streams(tmp_path, {"web/de": [random.integers(2, VOCABULARY, 500).tolist() for _ in range(3)]})
    goldfish = Goldfish(k=3, h=7)
    found = learned(tmp_path, 16, goldfish)["web/de"]
    assert 0.5 < found.mean() < 0.85
    assert found[1:7].all(), "fewer than h tokens stand before these"
    for length, seed in ((16, 1), (33, 0), (64, 5), (2000, 0)):
        assert np.array_equal(learned(tmp_path, length, goldfish, seed)["web/de"], found)


@pytest.mark.parametrize("ranks", [2, 3])
def test_ranks_and_micro_batches_do_not_matter(tmp_path, ranks):
    random = np.random.default_rng(1)
    write_streams(tmp_path, {name: [random.integers(2, 99, 300).tolist()] for name in ("web/de", "web/mt")})
    goldfish = Goldfish(k=4, h=5)
    alone, steps = loader(tmp_path, 24, goldfish)
    parts = [loader(tmp_path, 24, goldfish, 0, rank, ranks)[0] for rank in range(ranks)]
    for index in range(steps):
        whole = np.concatenate([batch.labels for batch in alone.step(index).micro_batches])
        for rank, part in enumerate(parts):
            step = part.step(index, micro_batch_samples=1)
            share = [batch.labels[0] for batch in step.micro_batches]
            assert np.array_equal(share, whole[rank::ranks])
            assert step.valid_tokens == sum(int((labels != IGNORED_LABEL).sum()) for labels in share)


def test_only_labels_change_and_the_valid_tokens_are_those_that_are_left(tmp_path):
    random = np.random.default_rng(2)
    write_streams(tmp_path, {"web/de": [random.integers(2, 99, 301).tolist()]})
    (plain, steps), (masked, _) = loader(tmp_path, 24, None), loader(tmp_path, 24, Goldfish(k=2, h=5))
    for index in range(steps):
        before, after = plain.step(index), masked.step(index)
        for one, two in zip(before.micro_batches, after.micro_batches, strict=True):
            assert np.array_equal(one.tokens, two.tokens) and np.array_equal(one.documents, two.documents)
            left_out = two.labels != one.labels
            assert left_out.any() and (two.labels[left_out] == IGNORED_LABEL).all()
        assert after.valid_tokens == sum((b.labels != IGNORED_LABEL).sum() for b in after.micro_batches)
        assert after.valid_tokens < before.valid_tokens


# ---- the choice


def contexts(tokens: np.ndarray, h: int) -> np.ndarray:
    return np.unique(np.lib.stride_tricks.sliding_window_view(tokens, h), axis=0)


def assert_one_in_k(chosen: np.ndarray, k: int) -> None:
    """Within five standard deviations of the binomial distribution."""
    expected, deviation = len(chosen) / k, (len(chosen) * (1 / k) * (1 - 1 / k)) ** 0.5
    assert abs(chosen.sum() - expected) <= 5 * deviation


@pytest.mark.parametrize("k", [2, 3, 4, 50, 1000])
@pytest.mark.parametrize(("vocabulary", "h"), [(2, 60), (256, 13), (VOCABULARY, 1), (VOCABULARY, 50)])
def test_one_random_label_in_k_is_left_out(vocabulary, h, k):
    tokens = np.random.default_rng(k).integers(0, vocabulary, 120_000)
    if h == 1:
        tokens = np.unique(tokens)
    assert_one_in_k(chooses(tokens, Goldfish(k=k, h=h)), k)


@pytest.mark.parametrize("k", [2, 4, 50])
@pytest.mark.parametrize("h", [8, 13, 50])
def test_one_label_in_k_of_real_text_is_left_out(h, k):
    """Bytes and words of 24 languages. A context that comes twice is one choice, so each is counted once."""
    texts = [json.loads(line)["text"] for path in TEXTS for line in path.read_text("utf-8").splitlines()]
    words = [word for text in texts for word in text.split()]
    ids = {word: index for index, word in enumerate(dict.fromkeys(words))}
    for tokens in (
        np.frombuffer("".join(texts).encode(), np.uint8).astype(np.int64),
        np.array([ids[word] for word in words]),
    ):
        runs = contexts(tokens, h)
        assert len(runs) > 5_000
        assert_one_in_k(np.array([chooses(run, Goldfish(k=k, h=h))[0] for run in runs[:20_000]]), k)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.integers(0, VOCABULARY - 1), max_size=60), st.integers(1, 20))
def test_the_rolling_hash_is_the_polynomial(tokens, width):
    base = int(rolling_hash(np.array([1, 0]), 2)[0])
    expected = [
        sum(token * base ** (width - 1 - j) for j, token in enumerate(tokens[i : i + width])) % 2**64
        for i in range(len(tokens) - width + 1)
    ]
    assert rolling_hash(np.array(tokens, np.int64), width).tolist() == expected


def test_neighbouring_choices_and_places_are_independent():
    """Neither a place's parity nor the choice before it says anything."""
    tokens = np.random.default_rng(0).integers(0, 4, 200_000)
    chosen = chooses(tokens, Goldfish(k=2, h=16))
    for part in (chosen[::2], chosen[1::2], chosen[1:][chosen[:-1]], chosen[1:][~chosen[:-1]]):
        assert_one_in_k(part, 2)


def test_a_period_of_two_is_not_left_out_by_halves():
    """Repetitive text has few contexts; over many such texts one label in k goes all the same."""
    random = np.random.default_rng(0)
    first = [
        chooses(np.resize(pair, 15), Goldfish(k=4, h=13))[:2]
        for pair in random.integers(0, VOCABULARY, (20_000, 2))
    ]
    for column in np.array(first).T:
        assert_one_in_k(column, 4)


def test_a_smaller_k_leaves_out_the_same_and_more():
    tokens = np.random.default_rng(3).integers(0, VOCABULARY, 20_000)
    few, many = (chooses(tokens, Goldfish(k=k, h=13)) for k in (50, 5))
    assert few.any() and not (few & ~many).any()


def test_every_one_of_the_h_tokens_counts_and_no_other():
    random = np.random.default_rng(4)
    tokens = random.integers(0, VOCABULARY, 14)
    for place in range(14):
        others = np.repeat(tokens[None], 200, axis=0)
        others[:, place] = random.integers(0, VOCABULARY, 200)
        answers = {bool(chooses(other[:13], Goldfish(k=2, h=13))[0]) for other in others}
        assert len(answers) == (2 if place < 13 else 1)
