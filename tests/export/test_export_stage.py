"""The exported directory: whole, stock, deterministic."""

import json
import shutil
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file

from soofi.export import export_facts, export_governing, export_model, generate, make_export
from soofi.export.weights import write_weights
from soofi.ledger import RunDirectory, read_manifest, sha256_file
from soofi.model import Transformer, initialise
from soofi.recipe.experts import Experts
from soofi.tokenizer import SentencePieceTokenizer

STOCK = """
import json, sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "soofi":
            raise ImportError("soofi is not to be had here")
sys.meta_path.insert(0, Refuse())
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
ids = torch.tensor([json.loads(sys.argv[1])])
for directory in sys.argv[2:]:
    model, loading = AutoModelForCausalLM.from_pretrained(directory, local_files_only=True, output_loading_info=True)
    tokenizer = AutoTokenizer.from_pretrained(directory, local_files_only=True)
    with torch.no_grad():
        logits = model(ids).logits.float()
    torch.save(logits, directory + ".pt")
    print(json.dumps({
        "architecture": type(model).__name__, "dtype": str(model.dtype), "soofi": "soofi" in sys.modules,
        "faults": [sorted(map(str, loading[k])) for k in ("missing_keys", "unexpected_keys", "mismatched_keys")],
        "special": [tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.pad_token_id],
        "configured": [model.config.bos_token_id, model.config.eos_token_id, model.config.pad_token_id],
        "generation": [model.generation_config.bos_token_id, model.generation_config.eos_token_id,
                       model.generation_config.pad_token_id],
        "text": tokenizer("Žabe skaču.", add_special_tokens=False).input_ids,
    }))
"""


def files_of(directory):
    return {p.relative_to(directory).as_posix(): p.read_bytes() for p in directory.rglob("*") if p.is_file()}


def test_stock_transformers_loads_it_alone(recipe, run, facts, tmp_path, quiet, variant):
    tokenizer = SentencePieceTokenizer(run.tokenizer)
    models = {}
    for precision, tied in (("fp32", True), ("fp32", False), ("bf16", True)):
        other = variant(variant(recipe, "model", tie_word_embeddings=tied), "export", precision=precision)
        model = Transformer(other.model, tokenizer.vocabulary_size)
        initialise(model, 5)
        place = RunDirectory(tmp_path / f"{precision}-{tied}")
        place.path.mkdir()
        place.tokenizer.symlink_to(run.tokenizer)
        export_model(other, place, {}, model.state_dict(), facts, quiet)
        models[place.export] = model.bfloat16() if precision == "bf16" else model
    ids = [tokenizer.eod_id, *tokenizer.encode("Die Gemeinde beschloss")]
    done = subprocess.run(
        [sys.executable, "-I", "-c", STOCK, json.dumps(ids), *models],
        check=False, capture_output=True, text=True, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    special = [tokenizer.eod_id, tokenizer.eod_id, tokenizer.pad_id]
    for (directory, model), line in zip(models.items(), done.stdout.splitlines(), strict=True):
        said = json.loads(line)
        assert said["architecture"] == "Qwen3ForCausalLM" and not said["soofi"]
        assert said["faults"] == [[], [], []]
        assert said["special"] == said["configured"] == said["generation"] == special
        assert said["text"] == tokenizer.encode("Žabe skaču.")
        assert said["dtype"] == str(next(model.parameters()).dtype)
        logits = torch.load(f"{directory}.pt", weights_only=True)
        with torch.no_grad():
            ours = model(torch.tensor([ids]))
        tolerance = 1e-5 if said["dtype"] == "torch.float32" else 0.03
        assert (logits - ours).abs().max() <= tolerance * max(1.0, float(ours.abs().max()))


EXPERTS = {
    "num_experts": 4,
    "num_experts_per_tok": 2,
    "moe_intermediate_size": 48,
    "first_k_dense_replace": 1,
}


@pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")
@pytest.mark.parametrize(
    ("architecture", "experts"),
    [
        ("Qwen3MoeForCausalLM", {**EXPERTS, "balance": "loss"}),
        ("Glm4MoeForCausalLM", {**EXPERTS, "balance": "bias", "n_shared_experts": 1}),
        ("Glm4MoeForCausalLM", {**EXPERTS, "balance": "bias"}),
    ],
)
def test_mixtures_of_experts_load_and_generate(
    recipe, run, elsewhere, facts, quiet, variant, architecture, experts
):
    from transformers import AutoModelForCausalLM

    # In bf16 a token near the border between two experts may be sent to another one.
    recipe = variant(recipe, "export", precision="fp32")
    recipe = variant(recipe, "model", experts=Experts.model_validate(experts))
    model = Transformer(recipe.model, SentencePieceTokenizer(run.tokenizer).vocabulary_size)
    initialise(model, 5)
    with torch.no_grad():
        for name, buffer in model.named_buffers():
            assert name.endswith("e_score_correction_bias")
            buffer.copy_(torch.linspace(-0.1, 0.1, len(buffer)))
    export_model(recipe, elsewhere, {}, model.state_dict(), facts, quiet)
    stock = AutoModelForCausalLM.from_pretrained(elsewhere.export)
    x_BS = torch.arange(3, 40)[None]
    with torch.no_grad():
        ours = model(x_BS)
        assert (stock(x_BS).logits - ours).abs().max() <= 1e-5 * max(1.0, float(ours.abs().max()))
    (text,) = generate(elsewhere.export, ["Die Gemeinde"], new_tokens=5, temperature=0)
    assert len(text) > len("Die Gemeinde")
    found = export_facts(elsewhere)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    assert (found["architecture"], found["parameters"]) == (architecture, parameters)
    unused = 2 * 3 * 48 * recipe.model.hidden_size * (recipe.model.num_hidden_layers - 1)
    card = (elsewhere.export / "README.md").read_text(encoding="utf-8")
    for fact in (
        f"`{architecture}`",
        f"{parameters:,} parameters",
        f"{parameters - unused:,} parameters active",
        "by 2 of 4 experts a layer",
        f"| active parameters | {parameters - unused:,} |",
    ):
        assert fact in card, fact
    assert ("beside a shared one" in card) == bool(experts.get("n_shared_experts"))


def test_make_export_takes_the_newest_checkpoint(recipe, run, weights, elsewhere, quiet):
    copy = RunDirectory(elsewhere.path.parent / "copy")
    shutil.copytree(run.path, copy.path)
    make_export(recipe, copy, {"checkpoint": "1" * 64}, quiet)
    stored = load_file(copy.export / "model.safetensors")
    assert "lm_head.weight" not in stored
    assert set(stored) == set(weights) - {"lm_head.weight"}
    for name, tensor in stored.items():
        assert torch.equal(tensor, weights[name].bfloat16())
    manifest = read_manifest(copy.export)
    assert manifest.inputs == {"checkpoint": "1" * 64}
    assert {output.path for output in manifest.outputs} == set(files_of(copy.export)) - {"manifest.json"}
    for output in manifest.outputs:
        assert sha256_file(copy.export / output.path) == output.sha256
    assert manifest.unchanged({"checkpoint": "1" * 64}, export_governing(recipe))
    parameters = sum(tensor.numel() for tensor in stored.values())
    assert export_facts(copy) == {
        "architecture": "Qwen3ForCausalLM",
        "dtype": "bfloat16",
        "parameters": parameters,
        "vocabulary_size": 1000,
    }
    assert f"{parameters:,} parameters" in (copy.export / "README.md").read_text(encoding="utf-8")


def test_equal_arguments_give_equal_bytes(recipe, run, weights, facts, elsewhere, tmp_path, quiet):
    export_model(recipe, elsewhere, {}, weights, facts, quiet)
    first = files_of(elsewhere.export)
    export_model(recipe, elsewhere, {}, dict(reversed(weights.items())), facts, quiet)
    assert files_of(elsewhere.export) == first
    needed = "config.json generation_config.json model.safetensors tokenizer.json tokenizer.model tokenizer_config.json "
    assert set(first) == {*needed.split(), "README.md", "manifest.json"}
    assert str(tmp_path).encode() not in b"".join(first.values())


def test_shards_load_like_one_file(recipe, elsewhere, weights, facts, tmp_path, quiet, variant):
    from transformers import AutoModelForCausalLM

    export_model(variant(recipe, "export", precision="fp32"), elsewhere, {}, weights, facts, quiet)
    (elsewhere.export / "model.safetensors").unlink()
    stored = {name: tensor for name, tensor in weights.items() if name != "lm_head.weight"}
    write_weights(elsewhere.export, stored, torch.float32, shard_bytes=100_000)
    assert len(list(elsewhere.export.glob("model-*-of-*.safetensors"))) > 2
    index = json.loads((elsewhere.export / "model.safetensors.index.json").read_text(encoding="utf-8"))
    assert index["weight_map"].keys() == stored.keys()
    assert index["metadata"]["total_size"] == sum(tensor.numel() * 4 for tensor in stored.values())
    model, loading = AutoModelForCausalLM.from_pretrained(elsewhere.export, output_loading_info=True)
    assert not loading["missing_keys"] and not loading["unexpected_keys"]
    tied = weights | {"lm_head.weight": weights["model.embed_tokens.weight"]}
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, tied[name])


@pytest.mark.parametrize(("trained", "exported"), [("fp32", torch.float32), ("fp8", torch.bfloat16)])
def test_as_trained_follows_the_training_precision(
    recipe, elsewhere, weights, facts, quiet, variant, trained, exported
):
    recipe = variant(recipe, "train", precision=trained)
    export_model(recipe, elsewhere, {}, weights, facts, quiet)
    assert export_facts(elsewhere)["dtype"] == str(exported).removeprefix("torch.")
    assert all(t.dtype == exported for t in load_file(elsewhere.export / "model.safetensors").values())


def broken(weights, kind):
    weights = {name: tensor.clone() for name, tensor in weights.items()}
    if kind == "missing":
        del weights["model.layers.1.mlp.up_proj.weight"]
    elif kind == "unknown":
        weights["model.layers.7.mlp.up_proj.weight"] = torch.ones(2)
    elif kind == "shape":
        weights["model.norm.weight"] = torch.ones(3)
    elif kind == "nan":
        weights["model.norm.weight"][0] = torch.nan
    elif kind == "untied":
        weights["lm_head.weight"] = weights["model.embed_tokens.weight"] + 1
    elif kind == "small":
        weights["model.embed_tokens.weight"] = weights["model.embed_tokens.weight"][:900]
    return weights


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("missing", "lack model.layers.1.mlp.up_proj.weight"),
        ("unknown", "unknown model.layers.7.mlp.up_proj.weight"),
        ("shape", "model.norm.weight has shape"),
        ("nan", "not finite"),
        ("untied", "lm_head.weight differs"),
        ("small", "900 entries"),
    ],
)
def test_weights_of_another_model_are_refused(recipe, elsewhere, weights, facts, kind, message, quiet):
    with pytest.raises(ValueError, match=message):
        export_model(recipe, elsewhere, {}, broken(weights, kind), facts, quiet)
    assert not elsewhere.export.exists()


def test_without_a_checkpoint(recipe, elsewhere, quiet):
    with pytest.raises(FileNotFoundError, match="soofi train"):
        make_export(recipe, elsewhere, {}, quiet)


def test_importing_the_room_does_not_import_torch(start_python):
    code = "import sys, soofi.export; sys.exit(any(n in sys.modules for n in ('torch', 'transformers', 'deepspeed')))"
    process = start_python(code)
    _, error = process.communicate()
    assert process.returncode == 0, error
