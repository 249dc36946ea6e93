"""The learning rate as a function of tokens seen."""

import math

from soofi.recipe import Schedule
from soofi.tokens import StageTable


def learning_rate_of_step(schedule: Schedule, table: StageTable, step: int) -> float:
    """Share (0 to 1) of the peak learning rate that step `step` (from 0) has: that of its middle, so that it does not depend
    on how tokens are cut into steps."""
    tokens = table.tokens_before(step) + table.row_of_step(step).step_tokens / 2
    return learning_rate_factor(schedule, tokens, table.tokens)


def learning_rate_factor(schedule: Schedule, tokens_seen: float, total_tokens: int) -> float:
    """Share (0 to 1) of the peak learning rate when `tokens_seen` of `total_tokens` have been seen.

    Warm-up rises linearly over `warmup_tokens`. Then `wsd` (Hu et al. 2024) stays at the peak until `decay_tokens` before
    the end and falls to `minimum_ratio` linearly, as 1 - sqrt(progress) (Hägele et al. 2024) or as half a cosine;
    `cosine` (Loshchilov & Hutter 2017) falls from the end of the warm-up on; `constant` stays.
    """
    if tokens_seen < schedule.warmup_tokens:
        return tokens_seen / schedule.warmup_tokens
    if schedule.kind == "constant":
        return 1.0
    shape = "cosine" if schedule.kind == "cosine" else schedule.decay_shape
    decay = total_tokens - schedule.warmup_tokens if schedule.kind == "cosine" else schedule.decay_tokens
    begin = total_tokens - decay
    if tokens_seen <= begin or not decay:
        return 1.0
    progress = min(1.0, (tokens_seen - begin) / decay)
    fallen = {
        "linear": progress,
        "1-sqrt": math.sqrt(progress),
        "cosine": (1.0 - math.cos(math.pi * progress)) / 2.0,
    }[shape]
    return 1.0 - (1.0 - schedule.minimum_ratio) * fallen
