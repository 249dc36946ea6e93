"""Our model beside the stock module that its configuration names: values, gradients, weights in both directions."""

import tempfile
from pathlib import Path

import pytest
import torch
import transformers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from soofi.model import IGNORE_INDEX, Transformer, initialise
from soofi.model.huggingface import huggingface_config
from soofi.model.huggingface_weights import HuggingFaceWeights
from soofi.recipe import Model, model_of_directory
from tests.model.drawn_models import END, PADDING, VOCABULARY, models


def build(config: Model, seed: int) -> Transformer:
    """A model whose norms are not ones and whose router biases are not zeros, so that a misplaced one shows."""
    model = Transformer(config, VOCABULARY)
    initialise(model, seed)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if name.endswith(("norm.weight", "e_score_correction_bias")):
                tensor.add_(0.3 * torch.randn(tensor.shape, generator=generator))
    return model


def build_stock(config: Model) -> torch.nn.Module:
    stock = huggingface_config(config, VOCABULARY, END, PADDING)
    with torch.random.fork_rng():
        return getattr(transformers, config.architecture)(stock)


def assert_close(a: torch.Tensor, b: torch.Tensor, tolerance: float, what: str) -> None:
    assert a.shape == b.shape, what
    assert (a - b).abs().max().item() <= tolerance * max(1.0, b.abs().max().item()), what


@pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")
@pytest.mark.parametrize("balance", [None, "loss", "bias"])
def test_logits_gradients_and_weights_are_those_of_the_stock_module(balance: str | None) -> None:
    drawn: list[Model] = []
    for scaling in (None, "linear", "dynamic", "yarn"):
        # hypothesis likes to draw its like again: router and scaling are given, so that it must draw of all of them.
        @settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        @given(models([balance], [scaling]), st.integers(1, 40), st.integers(0, 2**31))
        def is_the_stock_module(config: Model, length: int, seed: int) -> None:
            drawn.append(config)
            compare(config, length, seed)

        is_the_stock_module()
    assert_all_kinds(drawn)


def assert_all_kinds(drawn: list[Model]) -> None:
    """Nothing that `models` varies was left out by chance."""
    assert len(drawn) >= 30
    for values, least in (
        ([config.head_dim for config in drawn], 3),
        ([config.num_attention_heads for config in drawn], 3),
        ([config.num_key_value_heads for config in drawn], 2),
        ([config.num_attention_heads > config.num_key_value_heads for config in drawn], 2),
        ([config.tie_word_embeddings for config in drawn], 2),
    ):
        assert len(set(values)) >= least, values
    experts = [config.experts for config in drawn if config.experts]
    if experts:
        assert len({one.num_experts for one in experts}) >= 3
        assert len({one.num_experts_per_tok for one in experts}) >= 2
    if experts and experts[0].balance == "bias":
        assert {one.n_shared_experts for one in experts} == {0, 1}
        assert len({one.routed_scaling_factor for one in experts}) == 2


def compare(config: Model, length: int, seed: int) -> None:
    ours, stock = build(config, seed), build_stock(config)
    # The stock module has empty tensors where there is no shared expert; nothing else may be missing or too much.
    empty = {name: tensor for name, tensor in stock.state_dict().items() if tensor.numel() == 0}
    assert all("shared_experts" in name for name in empty)
    stock.load_state_dict(ours.state_dict() | empty, strict=True)
    theirs = {name: tensor for name, tensor in stock.state_dict().items() if name not in empty}
    Transformer(config, VOCABULARY).load_state_dict(theirs, strict=True)

    generator = torch.Generator().manual_seed(seed)
    x_BS, labels_BS = torch.randint(0, PADDING, (2, 2, length), generator=generator)
    labels_BS[0, : length // 3] = IGNORE_INDEX
    labels_BS[1, 0] = 3  # at least one label is valid
    logits = stock(input_ids=x_BS).logits
    assert_close(ours(x_BS), logits, 1e-5, "logits")

    ours(x_BS, labels_BS=labels_BS)[0].backward()
    torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels_BS.flatten(), reduction="sum").backward()
    parameters = dict(stock.named_parameters())
    for name, parameter in ours.named_parameters():
        expected = parameters.pop(name).grad
        # Which experts a token does not reach is a matter of the module: no gradient or one of zeros.
        both = [torch.zeros_like(parameter) if grad is None else grad for grad in (parameter.grad, expected)]
        assert_close(*both, 1e-4, name)
    assert parameters.keys() == {name for name in empty if name in parameters}

    with tempfile.TemporaryDirectory() as directory:
        stock.save_pretrained(directory)
        described = Model.model_validate(model_of_directory(Path(directory)))
        assert described.model_copy(update={"vocab_size": None}) == config
        weights = HuggingFaceWeights(directory)
        back = Transformer(described, VOCABULARY)
        state = back.state_dict()
        weights.check(
            {name: tuple(tensor.shape) for name, tensor in state.items()}, described.tie_word_embeddings
        )
        read = {
            name: weights.read(name).view(tensor.shape)
            for name, tensor in state.items()
            if name in weights.shapes
        }
    back.load_state_dict(read, strict=not described.tie_word_embeddings)
    for name, tensor in ours.state_dict().items():
        assert torch.equal(back.state_dict()[name], tensor), name
    with torch.no_grad():
        assert torch.equal(back(x_BS), ours(x_BS))
