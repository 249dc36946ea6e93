"""The page about a corpus, and the preview of a mixture."""

import json
import re
from collections import Counter

import pytest

from soofi.corpus import make_corpus
from soofi.ledger import RunDirectory
from soofi.recipe import load_recipe
from soofi.report.corpus_page import write_corpus_page
from soofi.report.mixture_preview import effective_tokens, preview_lines, preview_mixture
from soofi.tokens import Sampler, StageTable
from tests.corpus.conftest import corpus_recipe, prose_of, write_lines

FORGED = '<script>alert("1")</script>'


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> RunDirectory:
    folder = tmp_path_factory.mktemp("texts")
    write_lines(
        folder / "a.jsonl",
        *({"text": prose_of("de", n), "language": "de", "licence": "CC0-1.0"} for n in range(30)),
        {"text": prose_of("en", 1), "language": "de"},
        {"text": prose_of("de", 3), "language": "de", "licence": "CC0-1.0", "id": "again"},
        {"text": "kurz und gut", "language": "de", "url": FORGED},
        {"text": 7},
    )
    run = RunDirectory(tmp_path_factory.mktemp("run") / "texts")
    recipe = corpus_recipe([{"name": "web", "paths": [str(folder)]}], ["de"], keep_dropped_text=True)
    make_corpus(recipe, run, {"texts": "0" * 64}, lambda _: None)
    return run


def test_the_page_says_what_was_dropped_why_and_shows_it_as_text(run) -> None:
    path = write_corpus_page(run, examples=3)
    page = path.read_text(encoding="utf-8")
    figures = json.loads((path.parent / "figures.json").read_text(encoding="utf-8"))
    reasons = {reason["reason"]: reason["documents"] for reason in figures["reasons"]}
    assert reasons["not_declared_language"] == reasons["exact_duplicate"] == reasons["text_not_a_string"] == 1
    assert figures["mistaken_languages"] == [{"declared": "de", "identified": "en", "documents": 1}]
    assert sum(stream["documents"] for stream in figures["streams"]) == 30 == figures["licences"]["CC0-1.0"]
    assert sum(stream["documents_in"] for stream in figures["streams"]) == 34
    assert "34 documents and" in page and "railway station" in page and "<svg" in page
    assert FORGED not in page and "&lt;script&gt;" in page
    assert not re.search(r"<(script|link|img)\b", page)  # needs nothing from elsewhere
    assert write_corpus_page(run, examples=3).read_text(encoding="utf-8") == page


def test_without_a_corpus_it_says_so(tmp_path) -> None:
    with pytest.raises(FileNotFoundError, match="has no corpus: run `soofi corpus RECIPE` first"):
        write_corpus_page(RunDirectory(tmp_path), 1)


def test_effective_tokens_are_those_of_the_samples(finished, smoke_recipe) -> None:
    table = StageTable.from_values(json.loads((finished.directory / "stage_table.json").read_text()))
    sampler, counted = Sampler(table), Counter()
    for sample in range(table.rows[-1].first_sample + table.rows[-1].samples):
        placement = sampler.locate(sample)
        counted[placement.stream] += placement.sequence_length
    assert {name: count for name, count in effective_tokens(table).items() if count} == dict(counted)

    root = f"run_root={finished.directory.parent}"
    preview = preview_mixture(load_recipe(smoke_recipe, [root]))
    assert not preview.estimated and preview.effective_tokens == table.tokens
    for what in ("language", "domain", "source"):
        assert sum(preview.by(what).values()) == pytest.approx(1)
    capped = load_recipe(smoke_recipe, [root, "stages.0.mixture.maximum_epochs=0.001"])
    assert "are read more than 0.001 times" in list(preview_lines(preview_mixture(capped)))[-1]


def test_before_token_shards_the_corpus_serves_as_an_estimate(
    finished, smoke_recipe, tmp_path, soofi
) -> None:
    (tmp_path / "smoke").mkdir()
    (tmp_path / "smoke/corpus").symlink_to(finished.directory / "corpus")
    printed = soofi("corpus", "mixture", smoke_recipe, f"run_root={tmp_path}")
    assert printed.returncode == 0, printed.stderr
    assert printed.stdout.startswith(
        "token shards are not made yet: lengths are estimated at 4 bytes a token"
    )
    none = soofi("corpus", "mixture", smoke_recipe, f"run_root={tmp_path / 'nowhere'}")
    assert none.returncode == 2 and "has neither token shards nor a corpus" in none.stderr
