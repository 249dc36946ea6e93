"""What SECURITY.md promises: files from strangers do not run code, name no place to write to, and open no connection."""

import ast
import json
import os
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
import transformers
from deepspeed.runtime.checkpoint_engine.torch_checkpoint_engine import TorchCheckpointEngine
from deepspeed.utils.tensor_fragment import fragment_address
from tokenizers import Tokenizer, models

from soofi.evaluate.scoring import Scorer
from soofi.export import generate
from soofi.export.card_facts import Amount, ModelCardFacts, SourceFacts
from soofi.export.model_card import model_card
from soofi.recipe import RecipeError, load_recipe
from soofi.train.deepspeed_checkpoint import DeepSpeedWeights
from soofi.train.libraries import weights_only_loading

SOOFI = Path(__file__).resolve().parents[1] / "soofi"
OPTIMIZER = "bf16_zero_pp_rank_0_mp_rank_00_optim_states.pt"
MODEL = "mp_rank_00_model_states.pt"


class Payload:
    """Makes a directory when it is unpickled by a reader that runs code."""

    def __init__(self, marker: Path):
        self.marker = marker

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.marker),)


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    """What is there once a payload has run."""
    return tmp_path / "code-has-run"


@pytest.fixture
def checkpoint(tmp_path: Path) -> Callable[[int, str, object], Path]:
    """A checkpoint of DeepSpeed's, as it lays one out, with a value of one's choice in one of its files."""

    def make(zero_stage: int, file: str, value: object) -> Path:
        weight = torch.ones(4)
        partition = {
            "zero_stage": zero_stage,
            "partition_count": 1,
            "single_partition_of_fp32_groups": [weight],
            "fp32_flat_groups": [weight],
            "param_slice_mappings": [{"weight": fragment_address(4, 0)}],
        }
        contents: dict[str, dict[str, object]] = {
            OPTIMIZER: {"optimizer_state_dict": partition},
            MODEL: {
                "module": {"weight": weight},
                "buffer_names": [],
                "param_shapes": [{"weight": torch.Size([4])}],
                "shared_params": {},
            },
        }
        contents[file]["more"] = value
        directory = tmp_path / f"step-{zero_stage:08d}"
        directory.mkdir()
        for name, content in contents.items():
            if zero_stage or name == MODEL:
                torch.save(content, directory / name)
        return directory

    return make


PLACES = [(0, MODEL), (2, OPTIMIZER), (2, MODEL), (3, OPTIMIZER), (3, MODEL)]


@pytest.mark.parametrize(("zero_stage", "file"), PLACES)
def test_code_in_a_checkpoint_is_not_run(checkpoint, marker, zero_stage, file) -> None:
    path = checkpoint(zero_stage, file, Payload(marker))
    with pytest.raises(ValueError, match="mkdir"):
        DeepSpeedWeights(path)
    with weights_only_loading(), pytest.raises(pickle.UnpicklingError, match="mkdir"):
        TorchCheckpointEngine().load(str(path / file), map_location="cpu")
    assert not marker.exists()
    # The payload is a real one: a reader that trusts the file would have run it.
    torch.load(path / file, weights_only=False)
    assert marker.is_dir()


@pytest.mark.parametrize(("zero_stage", "file"), PLACES)
def test_the_same_checkpoint_without_code_is_read(checkpoint, zero_stage, file) -> None:
    weights = DeepSpeedWeights(checkpoint(zero_stage, file, "harmless"))
    assert weights.shapes == {"weight": (4,)}
    assert torch.equal(weights.read("weight"), torch.ones(4))


def test_a_setting_that_asks_for_unsafe_loading_is_an_error(checkpoint, marker, monkeypatch) -> None:
    path = checkpoint(2, OPTIMIZER, Payload(marker))
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
    with pytest.raises(ValueError, match="TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"):
        DeepSpeedWeights(path)
    assert not marker.exists()


@pytest.fixture
def bundled_code(tmp_path: Path, marker: Path) -> Callable[[str], Path]:
    """A Hugging Face directory of a tiny model that asks for its own code to be run, for `transformers` to refuse."""

    def make(model_type: str) -> Path:
        directory = tmp_path / "model"
        config = transformers.Qwen3Config(
            vocab_size=32, hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=1,
            num_key_value_heads=1, head_dim=16, max_position_embeddings=32, bos_token_id=0, eos_token_id=0,
        )  # fmt: skip
        transformers.Qwen3ForCausalLM(config).save_pretrained(directory)
        letters = {chr(97 + number): number for number in range(26)}
        vocabulary = {"<eod>": 26, **letters}
        fast = transformers.PreTrainedTokenizerFast(
            tokenizer_object=Tokenizer(models.BPE(vocab=vocabulary, merges=[])), bos_token="<eod>"
        )
        fast.save_pretrained(directory)
        (directory / "bundled.py").write_text(f"import os\nos.mkdir({str(marker)!r})\n", encoding="utf-8")
        for name, changes in (
            (
                "config.json",
                {
                    "model_type": model_type,
                    "auto_map": {
                        "AutoConfig": "bundled.Configuration",
                        "AutoModelForCausalLM": "bundled.Model",
                    },
                },
            ),
            ("tokenizer_config.json", {"auto_map": {"AutoTokenizer": [None, "bundled.Tokenizer"]}}),
        ):
            values = json.loads((directory / name).read_text(encoding="utf-8"))
            (directory / name).write_text(json.dumps(values | changes), encoding="utf-8")
        return directory

    return make


def test_code_beside_a_known_model_is_left_alone(bundled_code, marker) -> None:
    directory = bundled_code("qwen3")
    assert generate(directory, ["abc"], new_tokens=2, temperature=0)[0].startswith("abc")
    Scorer(directory, 0)
    assert not marker.exists()


def test_a_model_that_is_nothing_but_its_own_code_is_refused(bundled_code, marker) -> None:
    directory = bundled_code("stranger")
    with pytest.raises(ValueError, match="damaged or incomplete"):
        generate(directory, ["abc"])
    with pytest.raises(ValueError, match="trust_remote_code|custom code"):
        Scorer(directory, 0)
    assert not marker.exists()


@pytest.mark.parametrize("name", ["../x", "a/b", "/x", "..", ".", "", ".hidden", "x\n", "a\\b"])
@pytest.mark.parametrize("field", ["name", "corpus.sources.0.name"])
def test_a_name_cannot_leave_its_directory(smoke_recipe: Path, field: str, name: str) -> None:
    with pytest.raises(RecipeError, match=r"name"):
        load_recipe(smoke_recipe, [f"{field}={json.dumps(name)}"])


def test_a_document_cannot_write_the_model_card(smoke_recipe: Path) -> None:
    recipe = load_recipe(smoke_recipe)
    hostile = "MIT |\n\n# Model removed\n\n[more](https://example.org) <img src=x> `|"
    card = model_card(recipe, _facts_with_licence(hostile), 1000, 1000, "fp32")
    (row,) = [line for line in card.splitlines() if "Model removed" in line]
    assert row.startswith("| books | 1 | 10 | 5 | MIT \\| # Model removed \\[more\\]")
    assert "<img" not in card


def _facts_with_licence(licence: str) -> ModelCardFacts:
    amount = Amount(1, 10, 5)
    return ModelCardFacts(
        languages={"de": amount},
        sources=(SourceFacts("books", amount, {licence: 1}),),
        steps=1,
        tokens_seen=5,
        bits_per_byte={},
        checkpoint="step-00000001",
        checkpoint_sha256="0" * 64,
        ledger_sha256=None,
        begun_from_sha256=None,
    )


def calls(name: str) -> Iterator[tuple[Path, ast.Call]]:
    """Calls of a method or function of this name anywhere in soofi."""
    for path in SOOFI.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and name == getattr(
                node.func, "attr", getattr(node.func, "id", "")
            ):
                yield path, node


def keywords(call: ast.Call) -> dict[str | None, object]:
    return {k.arg: k.value.value for k in call.keywords if isinstance(k.value, ast.Constant)}


def test_every_model_is_read_from_disk_and_without_its_code() -> None:
    found = list(calls("from_pretrained"))
    assert found
    for path, call in found:
        expected = {"local_files_only": True, "trust_remote_code": False}
        assert expected.items() <= keywords(call).items(), f"{path}:{call.lineno}"


def test_nothing_unpickles_evaluates_or_opens_a_connection() -> None:
    for path, call in calls("load"):
        if getattr(getattr(call.func, "value", None), "id", "") == "torch":
            assert keywords(call).get("weights_only") is True, f"{path}:{call.lineno}"
    for builtin in ("eval", "exec"):
        assert not [path for path, call in calls(builtin) if isinstance(call.func, ast.Name)]
    forbidden = {
        "pickle",
        "dill",
        "marshal",
        "shelve",
        "joblib",
        "urllib.request",
        "http",
        "socket",
        "requests",
        "httpx",
    }
    for path in SOOFI.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            opened = {part for name in names for part in (name, name.split(".")[0])}
            assert not forbidden & opened, path
