"""The names of parameters under wrappers and engines, and what each wrapper adds to them: the one table of renames.

A canonical name is that of the plain model, which is that of the stock `transformers` 5 module:
`model.layers.0.mlp.up_proj.weight`. First values, optimizer groups, checkpoints and exports go by it.
"""

from collections.abc import Iterator

import torch

WRAPPERS = {
    "module": "DeepSpeed's engine, and torch's data-parallel wrappers",
    "_orig_mod": "torch.compile, when it wraps a module instead of compiling it in place",
    "_checkpoint_wrapped_module": "torch's activation checkpointing wrapper",
}
"""The attribute under which a wrapper keeps the module that it wraps → whose it is. No module of ours is called so."""


def canonical_name(name: str) -> str:
    """The name that a parameter or module has in the plain model, whatever wraps the modules on the way to it."""
    return ".".join(part for part in name.split(".") if part not in WRAPPERS)


def canonical_parameters(module: torch.nn.Module) -> Iterator[tuple[str, torch.nn.Parameter]]:
    """Every parameter once, in the model's order, by canonical name. A tied one goes by its first name."""
    for name, parameter in module.named_parameters():
        yield canonical_name(name), parameter
