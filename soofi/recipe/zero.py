"""The recipe's words for DeepSpeed ZeRO; fields are named as in its configuration.

What has no effect has no field: DeepSpeed gathers the weights of stages 1 and 2 in one piece whatever
`allgather_bucket_size` says, wherever the backend can (NCCL and gloo can).
"""

from soofi.recipe.fields import Section, field


class Zero(Section):
    """How ZeRO communicates and what it keeps at hand. No field changes the samples or, beyond rounding, the result."""

    hpz_partition_size: int = field(
        1,
        "zero_stage 3: ranks over which a second copy of the weights is spread, best those of a node; 1 keeps none.",
        on_resume="recorded",
        ge=1,
    )
    reduce_bucket_size: int = field(
        50_000_000, "Values of gradients that are reduced at once.", on_resume="recorded", ge=1
    )
    prefetch_bucket_size: int = field(
        50_000_000, "zero_stage 3: values of weights that are gathered ahead.", on_resume="recorded", ge=0
    )
    param_persistence_threshold: int = field(
        100_000,
        "zero_stage 3: parameters of fewer values stay whole on every rank.",
        on_resume="recorded",
        ge=0,
    )
    max_live_parameters: int = field(
        1_000_000_000,
        "zero_stage 3: values of weights that a rank holds whole at once, at most.",
        on_resume="recorded",
        ge=0,
    )
