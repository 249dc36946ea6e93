"""The model card says what the run's files say, and its code runs."""

import json
import re
import subprocess
import sys
from dataclasses import replace

import pyarrow.parquet as pq
import pytest
import yaml

from soofi.checkpoint import checkpoint_facts
from soofi.export import export_model, model_card, read_card_facts
from soofi.ledger import RunDirectory, sha256_file
from soofi.recipe import Experts, GivenTokenizer


def front_matter(card: str) -> dict:
    _, front, _ = card.split("---\n", 2)
    return yaml.safe_load(front)


def test_facts_are_those_of_the_files(facts, run, checkpoint, recipe):
    assert tuple(facts.languages) == tuple(recipe.languages)
    documents, size = 0, 0
    for path in run.corpus.glob("*/*/part-*.parquet"):
        for row in pq.read_table(path, columns=["text", "split"]).to_pylist():
            if row["split"] == "train":
                documents, size = documents + 1, size + len(row["text"].encode())
    tokens = sum(path.stat().st_size // 2 for path in run.tokens.glob("train/*/*/*.bin"))
    assert (facts.total.documents, facts.total.bytes, facts.total.tokens) == (documents, size, tokens)
    assert [source.name for source in facts.sources] == ["more-texts", "texts"]
    assert sum(source.amount.tokens for source in facts.sources) == tokens
    assert sum(sum(source.licences.values()) for source in facts.sources) == documents
    assert (facts.steps, facts.tokens_seen) == (30, 30_720)
    assert facts.bits_per_byte == {"de": 2.5, "fr": 2.25}
    assert facts.checkpoint_sha256 == sha256_file(checkpoint / "manifest.json")
    assert facts.ledger_sha256 == run.ledger.entries()[0].sha256


def test_facts_do_not_change_when_the_ledger_grows(facts, run, checkpoint):
    run.ledger.append("export", "export", {})
    assert read_card_facts(run, checkpoint) == facts


def test_front_matter(recipe, facts, variant):
    values = front_matter(model_card(recipe, facts, 1000, 1000, "bf16"))
    assert values["language"] == recipe.languages
    assert values["license"] == "apache-2.0"
    assert values["library_name"] == "transformers"
    assert values["pipeline_tag"] == "text-generation"
    assert values["model_name"] == "tiny"
    named = variant(recipe, "export", model_name="Näher: besser", licence="EUPL-1.2")
    values = front_matter(model_card(named, facts, 1000, 1000, "bf16"))
    assert values["model_name"] == "Näher: besser" and values["license"] == "eupl-1.2"


def test_languages_that_yaml_and_the_hub_read_otherwise(recipe, facts):
    amount = facts.languages["de"]
    facts = replace(facts, languages=dict.fromkeys(("no", "sr-Cyrl", "sr-Latn", "zxx"), amount))
    assert front_matter(model_card(recipe, facts, 1000, 1000, "bf16"))["language"] == ["no", "sr", "code"]


def test_the_card_names_every_language_source_and_figure(recipe, facts):
    card = model_card(recipe, facts, 123_456, 123_456, "bf16")
    for tag, name in (("de", "German"), ("fr", "French"), ("hr", "Croatian")):
        amount = facts.languages[tag]
        row = f"| {tag} | {name} | {amount.documents:,} | {amount.bytes:,} | {amount.tokens:,} |"
        assert row in card
    assert "CC-BY-4.0" in card or "CC0-1.0" in card
    for fact in (
        "123,456",
        "30,720",
        "| optimizer steps | 30 |",
        "2.500",
        "2.250",
        facts.ledger_sha256,
        "soofi verify",
    ):
        assert fact in card
    assert facts.checkpoint_sha256 in card


def test_the_card_claims_nothing_that_was_not_measured(recipe, facts):
    card = model_card(recipe, replace(facts, bits_per_byte={}, ledger_sha256=None), 123_456, 123_456, "bf16")
    assert "## Validation" not in card and "ledger seals" not in card
    assert "No measurement" in card


def test_limitations_follow_from_the_size(recipe, facts):
    small = model_card(recipe, facts, 4_000_000, 4_000_000, "bf16")
    assert "far too small" in small and "0.0077 tokens for each parameter" in small
    large = model_card(recipe, replace(facts, tokens_seen=10**13), 8_000_000_000, 8_000_000_000, "bf16")
    assert "far too small" not in large and "for each parameter" not in large


def test_the_code_on_the_card_runs(recipe, elsewhere, weights, facts, quiet):
    export_model(recipe, elsewhere, {}, weights, facts, quiet)
    card = (elsewhere.export / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", card, re.DOTALL)
    assert len(code.strip().split("\n")) == 5
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], cwd=elsewhere.export, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Europa")


def test_a_model_that_began_from_another_says_so(recipe, facts, variant, tmp_path):
    assert "trained from random weights" in model_card(recipe, facts, 1000, 1000, "bf16")
    child = variant(recipe, "model", initialise_from=tmp_path / "Parent-1B")
    card = model_card(child, facts, 1000, 1000, "bf16")
    assert "trained from the weights of `Parent-1B`" in card and "random weights" not in card
    assert "before this run is not said here" in card and str(tmp_path) not in card


def test_a_vocabulary_that_was_given_says_whose_it_is_and_how_it_has_grown(recipe, facts, tmp_path):
    assert "| vocabulary |" not in model_card(recipe, facts, 1000, 1000, "bf16")
    for more, words in (
        ({}, "that of Parent-1B |"),
        (
            {"extend": {"entries": 8000}},
            "that of Parent-1B and 8,000 new entries, learned from this run's text |",
        ),
    ):
        given = GivenTokenizer.model_validate({"from": tmp_path / "Parent-1B", **more})
        card = model_card(recipe.model_copy(update={"tokenizer": given}), facts, 1000, 1000, "bf16")
        assert f"| vocabulary | {words}" in card and str(tmp_path) not in card


def test_a_mixture_of_experts_is_counted_by_its_active_parameters(recipe, facts, variant):
    experts = Experts(num_experts=8, num_experts_per_tok=2, moe_intermediate_size=32)
    mixture = variant(recipe, "model", experts=experts)
    card = model_card(mixture, replace(facts, tokens_seen=10**9), 1_000_000_000, 100_000_000, "bf16")
    assert front_matter(card)["tags"][-1] == "moe"
    assert "by 2 of 8 experts a layer, with 100,000,000 parameters active" in card
    assert "It saw 10 tokens for each active parameter" in card


@pytest.fixture
def damaged(run, checkpoint, tmp_path) -> RunDirectory:
    """A copy of the run's links, so that one file can be changed."""
    copy = RunDirectory(tmp_path / "damaged")
    copy.path.mkdir()
    for name in ("tokens", "checkpoints", "metrics.jsonl"):
        (copy.path / name).symlink_to(run.path / name)
    copy.corpus.mkdir()
    for entry in run.corpus.iterdir():
        if entry.name != "accounting.json":
            (copy.corpus / entry.name).symlink_to(entry)
    return copy


def test_accounts_that_do_not_agree_are_refused(run, damaged, checkpoint):
    file = damaged.corpus / "accounting.json"
    with pytest.raises(FileNotFoundError, match="accounting.json"):
        read_card_facts(damaged, checkpoint)
    values = json.loads((run.corpus / "accounting.json").read_text(encoding="utf-8"))
    values["sources"]["texts"]["de"]["split"]["train"]["documents"] += 1
    file.write_text(json.dumps(values), encoding="utf-8")
    with pytest.raises(ValueError, match="make the tokens again"):
        read_card_facts(damaged, checkpoint)
    for text, message in (
        ("{", "damaged"),
        ('{"format": "soofi.accounting/9", "sources": {}}', "newer soofi"),
    ):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(ValueError, match=message):
            read_card_facts(damaged, checkpoint)


def test_a_checkpoint_that_the_ledger_does_not_know(run, damaged, checkpoint):
    (damaged.corpus / "accounting.json").symlink_to(run.corpus / "accounting.json")
    facts = read_card_facts(damaged, checkpoint)
    assert facts.ledger_sha256 is None
    assert facts.steps == checkpoint_facts(checkpoint)["step"]
