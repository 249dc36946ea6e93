"""Generation: deterministic by seed, silent, and without a trace in torch's global generators."""

import json
import random
import shutil

import numpy as np
import pytest
import torch

from soofi.export import export_model, generate
from soofi.ledger import RunDirectory
from soofi.recipe import RotaryScaling
from soofi.tokenizer import SentencePieceTokenizer

PROMPTS = ["Die Gemeinde", "Žabe", ""]


@pytest.fixture(scope="module")
def exported(recipe, run, weights, facts, tmp_path_factory, quiet, variant):
    other = RunDirectory(tmp_path_factory.mktemp("exported"))
    other.tokenizer.symlink_to(run.tokenizer)
    export_model(variant(recipe, "export", precision="fp32"), other, {}, weights, facts, quiet)
    return other.export


def test_the_same_seed_gives_the_same_texts(exported):
    first = generate(exported, PROMPTS, new_tokens=12, temperature=1.0, seed=4)
    torch.manual_seed(99)
    assert generate(exported, PROMPTS, new_tokens=12, temperature=1.0, seed=4) == first
    assert generate(exported, PROMPTS, new_tokens=12, temperature=1.0, seed=5) != first
    assert generate(exported, PROMPTS[:1], new_tokens=12, temperature=1.0, seed=4) == first[:1]
    assert all(
        text.startswith(prompt) and text != prompt for text, prompt in zip(first, PROMPTS, strict=True)
    )


def test_global_generators_are_left_alone(exported):
    torch.manual_seed(7)
    states = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].tolist()
    generate(exported, PROMPTS[:1], new_tokens=5, temperature=1.0, seed=4)
    assert torch.equal(torch.get_rng_state(), states[0])
    assert random.getstate() == states[1]
    assert np.random.get_state()[1].tolist() == states[2]


def test_nothing_reaches_the_terminal(exported, capfd, recwarn):
    from transformers.utils import logging

    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    for temperature in (0, 0.7):
        generate(exported, PROMPTS, new_tokens=4, temperature=temperature)
    said = capfd.readouterr()
    assert said.out == "" and said.err == ""
    assert not recwarn.list
    assert (logging.get_verbosity(), logging.is_progress_bar_enabled()) == (level, bars)


def test_greedy_is_the_likeliest_token_after_the_end_of_document_id(exported, run):
    from transformers import AutoModelForCausalLM

    tokenizer = SentencePieceTokenizer(run.tokenizer)
    model = AutoModelForCausalLM.from_pretrained(exported)
    ids = [tokenizer.eod_id, *tokenizer.encode("Die <eod>")]
    start = len(ids)
    for _ in range(8):
        with torch.no_grad():
            ids.append(int(model(torch.tensor([ids])).logits[0, -1].argmax()))
        if ids[-1] == tokenizer.eod_id:
            break
    special = set(range(tokenizer.vocabulary_size)) & {tokenizer.eod_id, tokenizer.pad_id}
    expected = "Die <eod>" + tokenizer.decode([id for id in ids[start:] if id not in special])
    assert generate(exported, ["Die <eod>"], new_tokens=8, temperature=0, seed=1) == [expected]


def test_it_stops_at_the_end_of_the_document(recipe, run, weights, facts, elsewhere, quiet, variant):
    """A model that always says end-of-document adds nothing."""
    tokenizer = SentencePieceTokenizer(run.tokenizer)
    only_end = {name: tensor.clone() for name, tensor in weights.items() if name != "lm_head.weight"}
    only_end["model.embed_tokens.weight"] *= 0.01
    only_end["model.embed_tokens.weight"][tokenizer.eod_id] = 1.0
    only_end["model.embed_tokens.weight"][:, 0] = 1.0
    only_end["model.embed_tokens.weight"][tokenizer.eod_id, 0] = 100.0
    export_model(variant(recipe, "export", precision="fp32"), elsewhere, {}, only_end, facts, quiet)
    assert generate(elsewhere.export, [""], new_tokens=50, temperature=1.0) == [""]


def test_it_stops_at_the_longest_sequence(exported, recipe, run):
    longest = recipe.model.max_position_embeddings
    prompt = SentencePieceTokenizer(run.tokenizer).encode("a")
    room = longest - 1 - len(prompt)  # the end-of-document id stands before the prompt
    fits, beyond, short = (
        generate(exported, ["a"], new_tokens=new_tokens, temperature=0)
        for new_tokens in (room, room + 10_000, room - 1)
    )
    assert fits == beyond != short
    with pytest.raises(ValueError, match="shorten it"):
        generate(exported, ["ž 7 " * longest])


def test_special_tokens_are_parsed_only_where_the_caller_says_so(exported, recipe):
    """Parsed, each is one token; split, a hundred of them are longer than the longest sequence."""
    prompt = "<fim_prefix>" * (recipe.model.max_position_embeddings - 10)
    with pytest.raises(ValueError, match="shorten it"):
        generate(exported, [prompt], new_tokens=2)
    assert generate(exported, [prompt], new_tokens=2, parse_special=True)[0].startswith(prompt)


def test_dynamic_scaling_goes_beyond_the_length_before_it(
    recipe, run, weights, facts, elsewhere, quiet, variant
):
    longest = recipe.model.max_position_embeddings
    scaling = RotaryScaling(rope_type="dynamic", factor=2, original_max_position_embeddings=longest // 2)
    export_model(variant(recipe, "model", rope_scaling=scaling), elsewhere, {}, weights, facts, quiet)
    encode = SentencePieceTokenizer(run.tokenizer).encode
    # How many tokens a word has depends on the vocabulary.
    prompt = next(text for n in range(longest) if len(encode(text := "ž 7 " * n)) > longest // 2)
    assert len(encode(prompt)) < longest - 5
    assert generate(elsewhere.export, [prompt], new_tokens=5, temperature=0) != [prompt]
    with pytest.raises(ValueError, match=f"longest sequence has {longest}"):
        generate(elsewhere.export, ["ž 7 " * longest])


def test_no_prompts(exported):
    assert generate(exported, []) == []


@pytest.mark.parametrize(("argument", "value"), [("new_tokens", 0), ("temperature", -0.1)])
def test_arguments_out_of_range(exported, argument, value):
    with pytest.raises(ValueError, match=argument):
        generate(exported, ["a"], **{argument: value})


def test_a_directory_without_a_model(tmp_path):
    with pytest.raises(FileNotFoundError, match="soofi export"):
        generate(tmp_path / "nothing", ["a"])


def cut(directory, name):
    data = (directory / name).read_bytes()
    (directory / name).write_bytes(data[: len(data) // 2])


def drop_a_layer(directory):
    config = json.loads((directory / "config.json").read_text(encoding="utf-8"))
    config["num_hidden_layers"] += 1
    config["layer_types"].append("full_attention")
    (directory / "config.json").write_text(json.dumps(config), encoding="utf-8")


@pytest.mark.parametrize(
    "damage",
    [
        lambda d: cut(d, "model.safetensors"),
        lambda d: cut(d, "config.json"),
        lambda d: cut(d, "tokenizer.json"),
        lambda d: (d / "model.safetensors").unlink(),
        lambda d: (d / "tokenizer.json").unlink(),
        drop_a_layer,
    ],
    ids=["weights cut", "config cut", "tokenizer cut", "no weights", "no tokenizer", "weights missing"],
)
def test_a_damaged_directory(exported, tmp_path, damage, capfd):
    copy = tmp_path / "copy"
    shutil.copytree(exported, copy)
    damage(copy)
    with pytest.raises(ValueError, match="export the model again") as error:
        generate(copy, ["a"])
    assert str(copy) in str(error.value) and "\n" not in str(error.value)
    said = capfd.readouterr()
    assert said.out == "" and said.err == ""
