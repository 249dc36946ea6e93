"""Which files are read, what they are called, and how they are shared out to processes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soofi.corpus import source_files
from soofi.corpus.engine import divide
from soofi.corpus.sources import located_files
from soofi.recipe import RecipeError, Source


def touch(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("")
    return folder


def origins(*patterns):
    return [file.origin for file in located_files(Source(name="texts", paths=list(patterns)))]


def test_files_are_named_below_their_pattern_wherever_the_source_stands(tmp_path):
    names = ["de/a.jsonl", "de/b.jsonl", "mt/a.jsonl"]
    for place in ("one", "two/deeper"):
        folder = touch(tmp_path / place, *names, "de/.hidden.jsonl", "de/note.txt")
        assert origins(folder / "**" / "*.jsonl") == names
        assert origins(folder / "*" / "a.jsonl", folder / "de" / "a.jsonl") == ["de/a.jsonl", "mt/a.jsonl"]
    assert origins(tmp_path / "one/de/b.jsonl") == ["b.jsonl"]


def test_files_that_would_be_called_the_same_get_their_folders_names(tmp_path):
    folder = touch(tmp_path, "x/1/a.jsonl", "y/1/a.jsonl", "y/1/b.jsonl")
    assert origins(folder / "x/1/*.jsonl", folder / "y/1/*.jsonl") == [
        "b.jsonl",
        "x/1/a.jsonl",
        "y/1/a.jsonl",
    ]


def test_a_name_that_looks_like_a_pattern_is_a_name_first(tmp_path):
    assert origins(touch(tmp_path, "a[1].jsonl") / "a[1].jsonl") == ["a[1].jsonl"]


def test_a_pattern_that_matches_nothing_is_named(tmp_path, recipe_of):
    touch(tmp_path, "a.jsonl")
    recipe = recipe_of(
        [{"name": "web", "paths": [str(tmp_path / "a.jsonl"), str(tmp_path / "b*.jsonl")]}], ["de"]
    )
    with pytest.raises(FileNotFoundError, match=r"source 'web': no file matches .*b\*\.jsonl: correct"):
        source_files(recipe)
    recipe = recipe_of([{"name": "web", "paths": [str(tmp_path / "data/sample/*.zst")]}], ["de"])
    with pytest.raises(FileNotFoundError, match=r"run `python scripts/sample_corpus\.py` first"):
        source_files(recipe)


def test_a_source_cannot_take_the_place_of_dropped_documents(recipe_of):
    with pytest.raises(RecipeError, match="cannot be called 'dropped'"):
        recipe_of([{"name": "dropped", "paths": ["a.jsonl"]}], ["de"])


@given(st.lists(st.integers(0, 1000), min_size=1), st.integers(1, 20))
def test_groups_cover_every_task_once_in_order(sizes, groups):
    found = divide(sizes, groups)
    assert [task for group in found for task in range(group.first, group.first + group.count)] == list(
        range(len(sizes))
    )
    assert all(group.count > 0 for group in found)
    positive = [group for group in found if any(sizes[group.first : group.first + group.count])]
    assert len(positive) <= groups
    if sum(sizes):
        heaviest = max(sum(sizes[group.first : group.first + group.count]) for group in positive)
        assert heaviest <= sum(sizes) / groups + max(sizes)
