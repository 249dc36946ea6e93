"""Packed windows on token shards that were really written: what each label is predicted from, and what is counted."""

import json
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open

from soofi.ledger import read_manifest, sha256_file, write_manifest
from soofi.recipe import Goldfish, Mixture, Stage
from soofi.tokens import (
    IGNORED_LABEL,
    Loader,
    Sampler,
    ShardWriter,
    StageTable,
    Stream,
    WindowList,
    continue_stages,
    find_tokens,
    geometry_sha256,
    open_streams,
    overwrite,
    packed,
    packed_windows,
    read_windows,
    resolve_stages,
)
from soofi.tokens.packing import pack_streams, packing_facts

PADDING, END, LENGTHS = 0, 1, (8, 32)
DOCUMENTS = {
    "law/de": [[5, 1, 12], [3], [40, 2]],
    "web/de": [[30, 7, 7, 1, 90], [64, 64], [5]],
    "web/mt": [[8, 8, 8]],
}
"""Document lengths by stream and shard, the closing end-of-document id counted."""


def write(directory: Path, documents=DOCUMENTS, threads: int = 1, ids: int = 60_000) -> Path:
    """Token shards in which every token but the closing one comes once, their window lists and a manifest."""
    counts, following = {}, 2
    for stream, shards in documents.items():
        for number, lengths in enumerate(shards):
            path = f"train/{stream}/part-{number:05}.bin"
            (directory / path).parent.mkdir(parents=True, exist_ok=True)
            with ShardWriter(directory / path, ids) as writer:
                for index, length in enumerate(lengths):
                    tokens = [2 + token % (ids - 2) for token in range(following, following + length - 1)]
                    writer.add(f"{stream}-{number}-{index}", [*tokens, END])
                    following += length - 1
            counts[path] = sum(lengths)
    windows = pack_streams(directory, counts, LENGTHS, threads, lambda line: None)
    write_manifest(directory, "tokens", {}, {}, rows=windows, tokens=counts)
    return directory


@pytest.fixture(scope="module")
def tokens(tmp_path_factory) -> Path:
    return write(tmp_path_factory.mktemp("tokens"))


def stage(name: str, samples: int, length: int, packing: str = "best_fit", **mixture) -> Stage:
    return Stage(
        name=name, tokens=samples * length, sequence_length=length, batch_samples=1, packing=packing,
        mixture=Mixture(**mixture),
    )  # fmt: skip


def resolve(directory: Path, *stages: Stage) -> StageTable:
    streams = open_streams(directory, "train")
    lengths = {name: stream.tokens for name, stream in streams.items()}
    return resolve_stages(stages, lengths, geometry_sha256(directory, "train"), 3, packed_windows(streams))


def only(stream: str) -> dict[str, dict[str, float]]:
    """A mixture of one stream."""
    source, language = stream.split("/")
    return {
        "sources": {name.split("/")[0]: float(name.split("/")[0] == source) for name in DOCUMENTS},
        "languages": {name.split("/")[1]: float(name.split("/")[1] == language) for name in DOCUMENTS},
    }


def epoch(directory: Path, stream: str, length: int, goldfish: Goldfish | None = None, packing="best_fit"):
    """One epoch of a stream as the loader gives it, window by window: tokens, labels and document numbers, each
    (windows, length)."""
    table = resolve(directory, stage("one", 1, length, packing, **only(stream)))
    windows = table.windows(stream, table.rows[0])
    table = resolve(directory, stage("one", windows, length, packing, **only(stream)))
    sampler = Sampler(table)
    loader = Loader(sampler, open_streams(directory, "train"), END, PADDING, goldfish=goldfish)
    order = np.argsort([sampler.locate(sample).window for sample in range(windows)])
    batches = [loader.step(step).micro_batches[0] for step in order.tolist()]
    assert {name for batch in batches for name in batch.streams} == {stream}
    return tuple(
        np.concatenate([getattr(b, part) for b in batches]) for part in ("tokens", "labels", "documents")
    )


def pieces(listed: WindowList, window: int) -> list[tuple[int, slice]]:
    """First label in the stream of each piece of a window, and its places there."""
    begin, end = listed.first[window : window + 2].tolist()
    places = np.cumsum([0, *listed.lengths[begin:end]]).tolist()
    return list(zip(listed.starts[begin:end].tolist(), map(slice, places[:-1], places[1:]), strict=True))


def text_of(stream: Stream) -> list[int]:
    return stream.read(0, stream.tokens).tolist()


def document_of(lengths: list[int]) -> list[int]:
    """The number of the document that each token of a stream belongs to."""
    return [number for number, length in enumerate(lengths) for _ in range(length)]


def hold_to_the_law(stream: Stream, lengths: list[int], inputs, labels, documents) -> None:
    """Every token of the stream is a label once, beside the token before it as input and within its document."""
    text, owner, predicted = text_of(stream), document_of(lengths), []
    listed = stream.window_list(inputs.shape[1])
    assert len(inputs) == listed.counts.windows
    for row in range(len(inputs)):
        place = 0
        for number, (start, places) in enumerate(pieces(listed, row)):
            assert places.start == place
            count = places.stop - place
            assert inputs[row, places].tolist() == [END, *text][start : start + count]
            assert labels[row, places].tolist() == text[start : start + count]
            assert set(documents[row, places].tolist()) == {number}
            (document,) = set(owner[start : start + count])
            assert count in (lengths[document], inputs.shape[1], lengths[document] % inputs.shape[1])
            predicted += range(start, start + count)
            place = places.stop
        assert (inputs[row, place:] == PADDING).all() and (labels[row, place:] == IGNORED_LABEL).all()
        assert (documents[row, place:] == documents[row, place - 1]).all()
    assert sorted(predicted) == list(range(stream.tokens))


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_in_an_epoch_every_token_is_predicted_once_from_what_stands_before_it(tokens, name, length):
    """As in tiling, and the first token of a stream too, which tiling never predicts."""
    lengths = [length for shard in DOCUMENTS[name] for length in shard]
    hold_to_the_law(open_streams(tokens, "train")[name], lengths, *epoch(tokens, name, length))


@settings(derandomize=True, deadline=None, max_examples=12)
@given(st.lists(st.lists(st.integers(1, 40), min_size=1, max_size=12), min_size=1, max_size=3))
def test_the_law_holds_for_documents_of_any_lengths(shards):
    with TemporaryDirectory() as directory:
        stream = open_streams(write(Path(directory), {"web/de": shards}), "train")["web/de"]
        for length in LENGTHS:
            windows = [
                packed(stream, index, length) for index in range(stream.window_list(length).counts.windows)
            ]
            batch = read_windows(windows, length, END, PADDING)
            lengths = [length for shard in shards for length in shard]
            hold_to_the_law(stream, lengths, batch.tokens, batch.labels, batch.documents)


def test_documents_that_fit_are_whole_and_begin_with_the_end_of_the_one_before(tokens):
    inputs, labels, documents = epoch(tokens, "web/mt", 32)
    assert inputs.shape == (1, 32)
    for number in range(3):
        mine = np.flatnonzero(documents[0, :24] == number)
        assert inputs[0, mine][0] == END and labels[0, mine][-1] == END
        assert len(mine) == 8 and labels[0, mine][:-1].tolist() == inputs[0, mine][1:].tolist()


def test_what_packing_came_to_is_counted_for_every_stream(tokens):
    facts = packing_facts(tokens)
    assert facts == json.loads((tokens / "packing.json").read_text())["sequence_lengths"]
    outputs = {output.path: output.rows for output in read_manifest(tokens).outputs}
    for length in LENGTHS:
        for name, shards in DOCUMENTS.items():
            lengths = [n for shard in shards for n in shard]
            path = f"train/{name}/windows-{length}.safetensors"
            counts = WindowList(tokens / path).counts
            assert facts[str(length)][name] == asdict(counts)
            assert outputs[path] == counts.windows
            assert (counts.documents, counts.tokens, counts.dropped_tokens) == (len(lengths), sum(lengths), 0)
            assert counts.pieces == sum(-(-n // length) for n in lengths)
            assert counts.cut_documents == sum(n > length for n in lengths) <= counts.cut_by_tiling
            _, labels, _ = epoch(tokens, name, length)
            assert counts.padding_tokens == (labels == IGNORED_LABEL).sum()


def test_the_list_is_an_open_file(tokens):
    path = tokens / "train/web/de/windows-8.safetensors"
    listed = WindowList(path)
    with safe_open(path, framework="np") as file:
        for name in ("first", "starts", "lengths"):
            assert np.array_equal(file.get_tensor(name), getattr(listed, name))
        assert file.metadata()["format"] == "soofi.window-list/1"
        assert file.metadata()["sequence_length"] == "8"


def test_any_number_of_threads_writes_the_same_bytes(tokens, tmp_path):
    again = write(tmp_path, threads=3)
    for path in sorted(tokens.rglob("*.*")):
        assert sha256_file(path) == sha256_file(again / path.relative_to(tokens)), path


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.sampled_from(sorted(DOCUMENTS)), st.sampled_from(LENGTHS), st.integers(0, 250), st.integers(1, 100))
def test_the_windows_of_a_document_are_found(tokens, name, length, start, count):
    stream = open_streams(tokens, "train")[name]
    listed = stream.window_list(length)
    wanted = set(range(start, min(start + count, stream.tokens)))
    expected = [
        window
        for window in range(listed.counts.windows)
        if wanted & {s + i for s, at in pieces(listed, window) for i in range(at.stop - at.start)}
    ]
    assert listed.windows_of(start, count) == expected


def test_goldfish_leaves_out_the_same_labels_however_windows_are_cut(tmp_path):
    write(tmp_path, ids=12)  # contexts repeat
    goldfish, stream = Goldfish(k=3, h=5), open_streams(tmp_path, "train")["web/de"]

    def left_out(length: int, packing: str) -> set[int]:
        """Places in the stream of the labels that only Goldfish leaves out."""
        plain, chosen = (epoch(tmp_path, "web/de", length, fish, packing)[1] for fish in (None, goldfish))
        places = np.full(plain.shape, -1)
        for window in range(len(plain)):
            if packing == "tiled":
                places[window] = np.arange(length) + window * length + 1
            else:
                for start, at in pieces(stream.window_list(length), window):
                    places[window, at] = np.arange(at.stop - at.start) + start
        return set(places[plain != chosen].tolist())

    expected = left_out(32, "tiled")
    assert len(expected) > stream.tokens // 8
    for length in LENGTHS:
        assert left_out(length, "best_fit") == expected


def test_an_erased_document_is_masked_and_nothing_else(tmp_path):
    write(tmp_path)
    (place,) = find_tokens(tmp_path, ["web/de-0-4"])  # 90 tokens: cut into three pieces
    assert place.tokens == 90
    before, geometry = epoch(tmp_path, "web/de", 32), geometry_sha256(tmp_path, "train")
    overwrite(tmp_path, [place], PADDING)
    after = epoch(tmp_path, "web/de", 32)
    assert geometry_sha256(tmp_path, "train") == geometry
    gone = before[1] != after[1]
    assert gone.sum() == 90 and (after[1][gone] == IGNORED_LABEL).all()
    assert np.array_equal(before[2], after[2])
    assert (after[0][before[0] != after[0]] == PADDING).all() and (before[0] != after[0]).sum() == 89


def test_the_geometry_covers_the_lists(tokens, tmp_path):
    geometry = geometry_sha256(write(tmp_path), "train")
    assert geometry == geometry_sha256(tokens, "train")
    manifest = read_manifest(tmp_path)
    for path in tmp_path.rglob("windows-8.safetensors"):
        path.unlink()
    counts = {output.path: output.tokens for output in manifest.outputs if output.tokens}
    rows = {
        output.path: output.rows for output in manifest.outputs if output.rows and "-8." not in output.path
    }
    write_manifest(tmp_path, "tokens", {}, {}, rows=rows, tokens=counts)
    assert geometry_sha256(tmp_path, "train") != geometry


# ---- the stage table


def test_every_window_comes_once_an_epoch_and_packing_begins_another(tokens):
    stages = [
        stage("tiled", 7, 8, "tiled"),
        stage("packed", 160, 8),
        stage("again", 30, 8),
        stage("long", 45, 32),
    ]
    table = resolve(tokens, *stages)
    assert StageTable.from_values(json.loads(json.dumps(table.to_values()))) == table
    assert table.to_values()["format"] == "soofi.stage-table/2"
    sampler = Sampler(table)
    assert {c.window for c in table.rows[1].cursors.values()} == {0}
    assert table.rows[2].dealt_from == table.rows[1].dealt_from, "the same windows go on"
    seen: dict[tuple, list[int]] = {}
    for sample in range(
        table.tokens_before(table.steps) and table.rows[-1].first_sample + table.rows[-1].samples
    ):
        at = sampler.locate(sample)
        seen.setdefault((at.stream, at.sequence_length, at.packing, at.epoch), []).append(at.window)
        assert sample in sampler.samples_of(at.stream, at.window, at.sequence_length, at.packing)
    complete = 0
    for (name, length, packing, _), windows in seen.items():
        row = next(r for r in table.rows if (r.sequence_length, r.packing) == (length, packing))
        assert len(set(windows)) == len(windows)
        if len(windows) == table.windows(name, row):
            complete += 1
            assert set(windows) == set(range(table.windows(name, row)))
    assert complete > 4


def test_a_child_goes_on_with_its_parents_windows(tokens):
    whole = resolve(tokens, stage("one", 50, 8), stage("two", 20, 32))
    first = resolve(tokens, stage("one", 50, 8))
    kept = StageTable.from_values(json.loads(json.dumps(first.to_values())))
    assert continue_stages(kept, [stage("two", 20, 32)]) == whole


def test_without_lists_a_table_is_what_it_was(tokens):
    streams = open_streams(tokens, "train")
    lengths = {name: stream.tokens for name, stream in streams.items()}
    values = resolve_stages([stage("one", 5, 8, "tiled")], lengths, "0" * 64, 3).to_values()
    assert values["format"] == "soofi.stage-table/1"
    assert "packed_windows" not in values and "packing" not in values["rows"][0]


# ---- what is wrong with a list


def test_a_list_that_cannot_be_read_is_told_in_one_sentence(tokens, tmp_path):
    whole = (tokens / "train/law/de/windows-8.safetensors").read_bytes()
    path = tmp_path / "windows-8.safetensors"
    with pytest.raises(FileNotFoundError, match="there is no window list"):
        WindowList(path)
    for data in (
        whole[:-1],
        whole + b"\0",
        whole[:40],
        b"",
        whole.replace(b'"windows":"', b'"windows":"1'),
        whole.replace(b"I32", b"F32"),
    ):
        path.write_bytes(data)
        with pytest.raises(ValueError, match="is damaged: make the tokens again"):
            WindowList(path)
    path.write_bytes(whole.replace(b"window-list/1", b"window-list/2"))
    with pytest.raises(ValueError, match=r"has format soofi\.window-list/2; this soofi reads"):
        WindowList(path)
