"""A finished model goes on with a vocabulary that has grown: the whole way, and what stock `transformers` makes of it."""

import json
import shutil
from pathlib import Path

import pytest
import torch
import yaml
from transformers import AutoModelForCausalLM, AutoTokenizer, Qwen3Config, Qwen3ForCausalLM

from soofi.ledger import RunDirectory
from soofi.model import Losses, Transformer
from soofi.recipe import load_recipe
from soofi.tokenizer import make_tokenizer, open_tokenizer, read_extension
from soofi.train import check_initial_weights, embedding_rows
from soofi.train.dry_run import dry_run
from soofi.train.first_weights import open_weights
from tests.runs import metrics
from tests.tokenizer.conftest import TEXTS, texts_of
from tests.tokenizer.test_given import byte_level

STEPS, ENTRIES = 4, 300


@pytest.fixture(scope="module")
def child(finished, smoke_recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recipe that begins from the finished run's export and adds entries; its run directory has the corpus already."""
    folder = tmp_path_factory.mktemp("extended")
    shutil.copytree(finished.directory / "export", folder / "parent")
    values = {
        "extends": str(smoke_recipe),
        "name": "child",
        "run_root": str(folder / "runs"),
        "model": {"initialise_from": "parent"},
        "tokenizer": {"from": "parent", "extend": {"entries": ENTRIES}},
        "stages": {0: {"tokens": STEPS * 1024}},
        "train": {
            "schedule": {"warmup_tokens": 1024, "decay_tokens": 1024},
            "validation": {"every_steps": STEPS},
            "checkpoints": {"every_steps": STEPS},
        },
    }
    (folder / "child.yaml").write_text(yaml.safe_dump(values))
    shutil.copytree(finished.directory / "corpus", folder / "runs" / "child" / "corpus")
    return folder / "child.yaml"


@pytest.fixture(scope="module")
def continued(child: Path, soofi) -> Path:
    """The run directory of the child, gone as far as its export."""
    done = soofi("run", child)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{ENTRIES} new entries save " in done.stdout + done.stderr
    return child.parent / "runs" / "child"


@pytest.mark.nightly  # a run of its own; each part has tests that are shorter
def test_it_begins_near_where_the_parent_ended_with_fewer_tokens(finished, continued: Path) -> None:
    ended = metrics(finished.directory)[-1]["bits_per_byte"]
    begins = metrics(continued)[0]["bits_per_byte_before"]
    assert begins.keys() == ended.keys()
    ratios = [begins[language] / ended[language] for language in ended]
    assert max(ratios) < 1.2, ratios  # 1.01 to 1.09 when this was written
    after = metrics(continued)[-1]["bits_per_byte"]
    assert sum(after.values()) < sum(begins.values())  # the new rows are learned at once
    tokens = [
        sum(path.stat().st_size for path in (run / "tokens" / "train").rglob("*.bin"))
        for run in (finished.directory, continued)
    ]
    assert tokens[1] < 0.98 * tokens[0]  # its own vocabulary was learned from this text already


@pytest.mark.nightly  # a run of its own; each part has tests that are shorter
def test_its_export_has_the_larger_vocabulary_and_stock_transformers_loads_it(
    finished, continued: Path
) -> None:
    before, after = (
        json.loads((run / "export" / "config.json").read_text()) for run in (finished.directory, continued)
    )
    assert after == {**before, "vocab_size": before["vocab_size"] + ENTRIES}
    model = AutoModelForCausalLM.from_pretrained(continued / "export")
    tokenizer = AutoTokenizer.from_pretrained(continued / "export")
    ours = open_tokenizer(continued / "tokenizer")
    assert model.get_input_embeddings().weight.shape[0] == len(tokenizer) == ours.vocabulary_size
    for path in TEXTS:
        text = texts_of(path)[0]
        assert tokenizer(text, split_special_tokens=True).input_ids == ours.encode(text)
    assert (continued / "export" / "tokenizer.model").is_file()
    assert not (continued / "export" / "extension.json").exists()  # its rows are all there now


@pytest.mark.nightly  # a run of its own; each part has tests that are shorter
def test_the_ledger_says_what_is_saved(continued: Path) -> None:
    entries = [json.loads(line) for line in (continued / "ledger.jsonl").read_text().splitlines()]
    facts = next(entry["facts"] for entry in entries if entry["kind"] == "tokenizer")
    assert facts["new_entries"] == ENTRIES
    assert all(0 <= saved < 1 for saved in facts["tokens_saved"].values())


@pytest.mark.nightly  # a run of its own; each part has tests that are shorter
def test_a_second_run_does_nothing_and_another_extension_is_refused(
    child: Path, continued: Path, soofi
) -> None:
    again = soofi("run", child)
    assert again.stdout.count("unchanged, skipped") == 7, again.stdout + again.stderr
    done = soofi("train", child, "--resume", "tokenizer.extend.entries=20")
    assert done.returncode == 2
    assert f"tokenizer.extend.entries was {ENTRIES} when the run began and is 20 now" in done.stderr


def test_a_dry_run_knows_the_vocabulary_before_it_is_made(finished, child: Path, tmp_path: Path) -> None:
    said: list[str] = []
    dry_run(load_recipe(child, [f"run_root={tmp_path}"]), 1, said.append)
    rows = json.loads((finished.directory / "export" / "config.json").read_text())["vocab_size"] + ENTRIES
    assert f"vocabulary {rows:,}" in "\n".join(said)


@pytest.mark.parametrize("tied", [True, False])
def test_old_tokens_have_the_logits_that_they_had(
    finished, smoke_recipe: Path, tmp_path: Path, tied: bool
) -> None:
    """A byte-level model whose embedding has more rows than its tokenizer has entries, as Qwen's."""
    parent = tmp_path / "parent"
    lines = [
        line
        for text in texts_of(next(path for path in TEXTS if path.stem == "en"))
        for line in text.split("\n")
    ]
    byte_level(parent, lines)
    torch.manual_seed(1)  # transformers draws from the global generator
    stock = Qwen3ForCausalLM(
        Qwen3Config(
            vocab_size=960, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=2,
            num_key_value_heads=1, head_dim=16, tie_word_embeddings=tied, max_position_embeddings=512,
        )
    ).eval()  # fmt: skip
    stock.save_pretrained(parent)
    begun = [f"model.initialise_from={parent}", f"tokenizer.from={parent}"]
    recipe = load_recipe(smoke_recipe, [*begun, f"tokenizer.extend.entries={ENTRIES}"])
    run = RunDirectory(tmp_path / "run")
    (run.path).mkdir()
    run.corpus.symlink_to(finished.directory / "corpus")
    make_tokenizer(recipe, run, {}, lambda line: None)
    tokenizer = open_tokenizer(run.tokenizer)
    first = tokenizer.vocabulary_size - ENTRIES
    assert first < 960 < tokenizer.vocabulary_size  # some rows are used anew, others are added
    rows = embedding_rows(recipe, tokenizer.vocabulary_size)
    assert rows == tokenizer.vocabulary_size
    check_initial_weights(recipe, rows, read_extension(run.tokenizer))

    weights = open_weights(recipe.model, rows, recipe.seed, read_extension(run.tokenizer))
    model = Transformer(recipe.model, rows)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(weights.read(name, 0, parameter.numel()).view(parameter.shape))
    ids = torch.tensor([[id for id in tokenizer.encode(lines[0]) if id < first]])
    text = "Għandna ħafna xogħol x'nagħmlu, u ż-żmien qasir."
    new = torch.tensor([tokenizer.encode(text)])
    assert (new >= first).any()
    with torch.no_grad():
        was, now = stock(ids).logits, model(ids)
        assert torch.isfinite(model(new)).all()
        losses = model(new[:, :-1], labels_BS=new[:, 1:])
    assert isinstance(losses, Losses)
    difference = (now[..., :first] - was[..., :first]).abs().max()
    assert difference <= 1e-5 * max(1.0, was.abs().max().item())
    # A new token is about as likely as any other: the loss is near that of a model that knows nothing.
    assert losses.loss_sum.item() / (new.numel() - 1) == pytest.approx(
        torch.tensor(float(rows)).log().item(), rel=0.1
    )


def narrow(parent: Path) -> list[str]:
    return ["model.vocab_size=2100"]


def shrink(parent: Path) -> list[str]:
    return ["model.vocab_size=1000"]


def add_a_token(parent: Path) -> list[str]:
    """The tokenizer has a token for which the model has no row."""
    path = parent / "tokenizer.json"
    content = json.loads(path.read_text())
    token = {**content["added_tokens"][-1], "id": 2048, "content": "<another>"}
    path.write_text(json.dumps({**content, "added_tokens": [*content["added_tokens"], token]}))
    return []


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (narrow, "the tokenizer has 2348 entries, but the model's embedding has 2100 (model.vocab_size)"),
        (shrink, "vocab_size (1000) is smaller than the 2048 rows of"),
        (
            add_a_token,
            "the tokenizer has 2049 entries, but the model's embedding has 2048 (model.vocab_size)",
        ),
    ],
)
def test_what_cannot_grow_is_one_sentence_before_anything_is_made(
    child: Path, soofi, tmp_path: Path, spoil, sentence
) -> None:
    parent = shutil.copytree(child.parent / "parent", tmp_path / "parent")
    places = [f"model.initialise_from={parent}", f"tokenizer.from={parent}", f"run_root={tmp_path / 'runs'}"]
    grown = [f"tokenizer.extend.entries={ENTRIES}"]
    done = soofi("run", child, *places, *grown, *spoil(parent), cwd=tmp_path)
    assert done.returncode == 2, done.stdout + done.stderr
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "runs" / "child" / "corpus").exists()
