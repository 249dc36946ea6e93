"""What is counted for the backward pass is what autograd really keeps."""

import pytest
import torch

from soofi.model import Transformer
from soofi.plan.activations import activation_bytes, residual_bytes
from soofi.recipe import Experts, Model
from soofi.train.transforms import recompute

TOKENS = 640  # longer than what the CPU computes without a flash kernel
DENSE = Model(
    hidden_size=64,
    intermediate_size=160,
    num_hidden_layers=1,
    num_attention_heads=8,
    num_key_value_heads=2,
    head_dim=16,
)


def kept(model: Model, layers: int, value: torch.dtype, again: bool = False) -> int:
    """Bytes that autograd keeps of a forward pass through so many layers, parameters not counted."""
    transformer = Transformer(model.model_copy(update={"num_hidden_layers": layers}), 64).to(value)
    if again:
        for layer in transformer.model.layers:
            recompute(layer)
    tokens = torch.randint(64, (1, TOKENS), generator=torch.Generator().manual_seed(1))
    parameters = {p.untyped_storage().data_ptr() for p in transformer.parameters()}
    storages: dict[int, tuple[torch.Tensor, int]] = {}

    def note(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in parameters:
            storages[storage.data_ptr()] = (
                tensor,
                storage.nbytes(),
            )  # held, so that no address is used twice
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        transformer(tokens, labels_BS=tokens)
    return sum(size for _, size in storages.values())


@pytest.mark.parametrize("value", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("wide", [{}, {"head_dim": 32, "intermediate_size": 64}, {"num_key_value_heads": 8}])
def test_a_dense_layer_keeps_what_is_counted(value: torch.dtype, wide: dict[str, int]) -> None:
    model = DENSE.model_copy(update=wide)
    measured = kept(model, 3, value) - kept(model, 2, value)
    assert measured == activation_bytes(model, 0, TOKENS, value.itemsize, fused_norms=False)


@pytest.mark.parametrize("value", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(
    "experts",
    [
        Experts(num_experts=8, num_experts_per_tok=3, moe_intermediate_size=32),
        Experts(num_experts=16, num_experts_per_tok=1, moe_intermediate_size=64),
        Experts(
            num_experts=8, num_experts_per_tok=3, moe_intermediate_size=32, balance="bias", n_shared_experts=1
        ),
    ],
)
def test_a_layer_of_experts_keeps_what_is_counted(value: torch.dtype, experts: Experts) -> None:
    """Within a hundredth: the router's own weights in fp32, counts of tokens."""
    model = DENSE.model_copy(update={"experts": experts})
    measured = kept(model, 3, value) - kept(model, 2, value)
    planned = activation_bytes(model, 0, TOKENS, value.itemsize, fused_norms=False)
    assert measured == pytest.approx(planned, rel=0.01)


@pytest.mark.parametrize("value", [torch.float32, torch.bfloat16])
def test_a_layer_that_is_computed_again_keeps_its_input(value: torch.dtype) -> None:
    measured = kept(DENSE, 3, value, again=True) - kept(DENSE, 2, value, again=True)
    assert measured == residual_bytes(DENSE, TOKENS, value.itemsize)
