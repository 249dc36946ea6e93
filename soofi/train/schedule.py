"""The learning rate as a function of tokens seen."""

from soofi.recipe import Schedule


def learning_rate_factor(schedule: Schedule, tokens_seen: float, total_tokens: int) -> float:
    """Share (0 to 1) of the peak learning rate when `tokens_seen` of `total_tokens` have been seen.

    Warm-up rises linearly over `warmup_tokens`; the rate then stays at its peak until `decay_tokens` before the end
    (WSD, Hu et al. 2024) and falls to `minimum_ratio` linearly or as 1 - sqrt(progress) (Hägele et al. 2024).
    """
    if tokens_seen < schedule.warmup_tokens:
        return tokens_seen / schedule.warmup_tokens
    begin = total_tokens - schedule.decay_tokens
    if tokens_seen <= begin or not schedule.decay_tokens:
        return 1.0
    progress = min(1.0, (tokens_seen - begin) / schedule.decay_tokens)
    fallen = progress if schedule.decay_shape == "linear" else progress**0.5
    return 1.0 - (1.0 - schedule.minimum_ratio) * fallen
