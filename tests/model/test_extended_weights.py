"""Rows for new tokens: means of the rows of their old pieces, whoever reads them and in whatever slices."""

from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file

from soofi.model.extended_weights import ExtendedWeights
from soofi.model.huggingface_weights import EMBEDDING, HEAD, HuggingFaceWeights
from tests.model.test_huggingface_weights import COMMON, stock

ROWS, WIDTH = COMMON["vocab_size"], COMMON["hidden_size"]
PIECES = {17: (0, 5), 18: (3, 3, 4), 19: (16, 1), 20: (2, 7, 9, 11)}
"""The tokenizer had 17 entries and the embedding 19 rows: two new tokens take rows that were there."""


@pytest.fixture(scope="module", params=[True, False], ids=["tied", "untied"])
def directory(request, tmp_path_factory) -> Path:
    directory = tmp_path_factory.mktemp("stock")
    stock("dense", tie_word_embeddings=request.param).save_pretrained(directory)
    return directory


def rows_of(directory: Path) -> dict[str, torch.Tensor]:
    """The grown embedding and head, by their definition."""
    expected = {}
    stored = load_file(directory / "model.safetensors")
    for name in {EMBEDDING, HEAD} & stored.keys():
        old = stored[name].double()
        rows = [old[:17], *(old[list(pieces)].mean(0, keepdim=True) for pieces in PIECES.values())]
        expected[name] = torch.cat([*rows, *[old[:17].mean(0, keepdim=True)] * 2]).float()
    return expected


def test_rows_are_means_and_all_else_stays(directory: Path) -> None:
    plain = HuggingFaceWeights(directory)
    weights = ExtendedWeights(plain, PIECES, 23)
    expected = rows_of(directory)
    assert weights.shapes.keys() == plain.shapes.keys()
    for name, shape in weights.shapes.items():
        if name in expected:
            assert shape == (23, WIDTH)
            torch.testing.assert_close(weights.read(name).view(shape), expected[name], rtol=1e-6, atol=0)
            assert torch.equal(weights.read(name)[: 17 * WIDTH], plain.read(name)[: 17 * WIDTH])
        else:
            assert torch.equal(weights.read(name), plain.read(name))


def test_a_slice_has_the_bits_of_the_whole(directory: Path) -> None:
    whole = ExtendedWeights(HuggingFaceWeights(directory), PIECES, 23).read(EMBEDDING)

    @settings(max_examples=100, derandomize=True, database=None)
    @given(start=st.integers(0, 23 * WIDTH), count=st.integers(0, 23 * WIDTH))
    def check(start: int, count: int) -> None:
        weights = ExtendedWeights(HuggingFaceWeights(directory), PIECES, 23)
        if start + count > 23 * WIDTH:
            with pytest.raises(ValueError, match="reach outside"):
                weights.read(EMBEDDING, start, count)
        else:
            assert torch.equal(weights.read(EMBEDDING, start, count), whole[start : start + count])

    check()


def test_without_new_tokens_nothing_changes(directory: Path) -> None:
    plain = HuggingFaceWeights(directory)
    weights = ExtendedWeights(plain, {}, ROWS)
    assert all(torch.equal(weights.read(name), plain.read(name)) for name in plain.shapes)


def test_it_belongs_to_a_model_with_as_many_rows(directory: Path) -> None:
    plain = HuggingFaceWeights(directory)
    weights = ExtendedWeights(plain, PIECES, 23)
    tied = HEAD not in plain.shapes
    weights.check(weights.shapes, tied)
    with pytest.raises(
        ValueError, match=r"embed_tokens.weight has shape \(19, 8\), the model needs \(24, 8\)"
    ):
        weights.check({**weights.shapes, EMBEDDING: (24, WIDTH)}, tied)


@pytest.mark.parametrize(("pieces", "rows"), [({20: (1, 2)}, 23), ({19: (1, 2)}, 18)])
def test_rows_that_do_not_fit_are_refused(directory: Path, pieces: dict, rows: int) -> None:
    with pytest.raises(ValueError, match=r"has 19 rows, which is not an embedding for the .. entries"):
        ExtendedWeights(HuggingFaceWeights(directory), pieces, rows)
