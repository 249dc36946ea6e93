"""Matrix products in fp8 (Micikevicius et al. 2022) by torchao: weights, inputs and gradients are scaled and rounded on the
way into each product; parameters, moments and what flows between modules stay as they are."""

from typing import Any

from torch import nn

from soofi.model import Transformer


def fp8_linears(transformer: Transformer) -> list[str]:
    """Names of the linear modules whose products run in fp8: those of all but the first and last layers.

    The outer layers, the embedding and the head are the most sensitive to rounding. Norms, routers and stacked experts are
    no linear modules and stay too.
    """
    layers = transformer.model.layers
    return [
        f"model.layers.{index}.{name}"
        for index in range(1, len(layers) - 1)
        for name, module in layers[index].named_modules()
        if type(module) is nn.Linear and not name.endswith("mlp.gate")
    ]


def convert_to_fp8(transformer: Transformer, emulate: bool = False) -> None:
    """Replace the modules of `fp8_linears` by torchao's; parameters and their names stay.

    One scale a tensor, taken from its values in every step. `emulate` computes in the working precision with values that
    were rounded to fp8: for devices without fp8, slow.
    """
    from torchao.float8 import Float8LinearConfig, convert_to_float8_training

    chosen = set(fp8_linears(transformer))

    def is_chosen(module: Any, name: str) -> bool:
        return name in chosen

    convert_to_float8_training(
        transformer, module_filter_fn=is_chosen, config=Float8LinearConfig(emulate=emulate)
    )
