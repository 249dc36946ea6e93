"""Which files are read, what they are called, and how they are shared out to processes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soofi.corpus import corpus_governing, locate
from soofi.corpus.engine.groups import divide, told_failure
from soofi.corpus.engine.work import Work
from soofi.ledger import write_json
from soofi.recipe import RecipeError, Source


def touch(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("")
    return folder


def origins(*patterns):
    return [file.origin for file in locate(Source(name="texts", paths=list(patterns))).files]


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
        [locate(source) for source in recipe.corpus.sources]
    recipe = recipe_of([{"name": "web", "paths": [str(tmp_path / "data/sample/*.zst")]}], ["de"])
    with pytest.raises(FileNotFoundError, match=r"run `python scripts/sample_corpus\.py` first"):
        [locate(source) for source in recipe.corpus.sources]


KNOWN = {
    "a.jsonl": "jsonl", "b.jsonl.gz": "jsonl", "c.JSONL.ZST": "jsonl", "d.json.gz": "jsonl", "e.json.zst": "jsonl",
    "f.txt": "text", "g.md": "text", "h.txt.gz": "text", "i.md.zst": "text", "j.Parquet": "parquet",
}  # fmt: skip
UNKNOWN = ["k.json", "l.pdf", "m.doc.gz", "n.parquet.gz", "o", "p.pdf"]


def test_a_folder_is_every_file_below_it_that_a_reader_knows(tmp_path):
    folder = touch(tmp_path, *KNOWN, *UNKNOWN, "z/deep/a.txt", ".git/a.txt", "z/.a.txt", "z/.partial-a.jsonl")
    (folder / "z/deep/again").symlink_to(folder)  # a loop
    (folder / "y").symlink_to(folder / "z")
    found = locate(Source(name="texts", paths=[folder]))
    names = {file.origin: file.format for file in found.files}
    assert list(names) == [*sorted(KNOWN), "y/deep/a.txt"]
    assert names == KNOWN | {"y/deep/a.txt": "text"}
    assert found.left_out == [str(folder / name) for name in UNKNOWN]
    assert found.said() == (
        "source 'texts': left out 6 files (2 .gz, 2 .pdf, 1 .json, 1 without ending), which `format: auto` does not know"
    )
    # A pattern may find what it does not mean, and a folder of parts may be called like a file.
    touch(tmp_path / "parts", "texts.jsonl/part-0.jsonl", "texts.jsonl/_SUCCESS", "more.txt")
    parts = locate(Source(name="texts", paths=[tmp_path / "parts/*"]))
    assert [file.origin for file in parts.files] == ["more.txt", "texts.jsonl/part-0.jsonl"]
    assert parts.left_out == [str(tmp_path / "parts/texts.jsonl/_SUCCESS")]
    assert origins(tmp_path / "parts/texts.jsonl") == ["part-0.jsonl"]


def test_a_format_that_is_named_holds_for_every_file(tmp_path):
    folder = touch(tmp_path, "a.jsonl", "b.tex", "c")
    found = locate(Source(name="texts", paths=[folder], format="text"))
    assert [(file.origin, file.format) for file in found.files] == [
        ("a.jsonl", "text"),
        ("b.tex", "text"),
        ("c", "text"),
    ]
    assert not found.left_out


def test_an_ending_that_says_nothing_is_refused_with_the_field_to_set(tmp_path):
    touch(tmp_path, "a.json", "b.pdf", "full/a.jsonl")
    with pytest.raises(
        ValueError,
        match=r"^source 'texts': the ending of \S+/a\.json does not say how it is written: set `format` to jsonl",
    ):
        origins(tmp_path / "full", tmp_path / "a.json")
    with pytest.raises(
        FileNotFoundError, match=r"\S+/\* leads only to 2 files \(1 \.json, 1 \.pdf\): put .* set `format`"
    ):
        origins(tmp_path / "full", tmp_path / "*")
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match=r"^source 'texts': no file is in \S+/empty: put \.jsonl"):
        origins(tmp_path / "empty")


def test_how_files_are_read_governs_the_corpus_and_where_they_stand_does_not(recipe_of):
    def governing(**source):
        return corpus_governing(recipe_of([{"name": "web", "paths": ["a"], **source}], ["de"]))

    assert governing() == governing(paths=["b"]) == governing(format="auto", columns={})
    assert governing() != governing(format="text")
    assert governing() != governing(columns={"text": "body"})
    with pytest.raises(
        RecipeError, match=r"sources\[0\]: columns is for records, which format text does not have"
    ):
        governing(format="text", columns={"text": "body"})


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


def test_a_worker_is_heard_however_the_work_was_divided(tmp_path):
    work = Work(tmp_path)
    assert told_failure(work, "documents") is None
    write_json(work.failure("documents", 7), {"kind": "ValueError", "sentence": "the seventh"})
    write_json(work.failure("documents", 3), {"kind": "FileNotFoundError", "sentence": "the third"})
    told = told_failure(work, "documents")
    assert isinstance(told, FileNotFoundError) and str(told) == "the third"
    assert told_failure(work, "shards") is None
