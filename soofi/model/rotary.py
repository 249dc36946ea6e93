"""Rotary positions (Su et al. 2021) and their scaling for longer context.

Shapes: B samples, S tokens of a sample, H heads, D width of a head, F = D / 2 frequencies.
"""

import math

import torch

from soofi.model.attention import Boundaries
from soofi.recipe import Model, RotaryScaling


def rotary_angles(
    tokens_BS: torch.Tensor, boundaries: Boundaries | None, config: Model, dtype: torch.dtype
) -> tuple[torch.Tensor, torch.Tensor]:
    """Cosine and sine (B or 1, 1, S, D) of rotary positions, each frequency standing in both halves.

    Without boundaries each sample is one document. Frequencies and angles are always fp32 and are made here rather than
    kept in the model, so that no cast of its parameters or buffers reaches them; only the results take `dtype`.

    Scaled as `transformers` does where `config.rope_scaling` says so. Only `dynamic` depends on the length of the text:
    `transformers` takes the longest of a batch (and keeps it until a short batch comes), here each document has its own
    frequencies, those that `transformers` gives it alone, so that neither packing nor batching changes the result.
    """
    if boundaries is None:
        positions_BS = torch.arange(tokens_BS.shape[1], device=tokens_BS.device)[None]
    else:
        positions_BS = boundaries.positions_BS
    exponents_F = torch.arange(0, config.head_dim, 2, dtype=torch.float32, device=tokens_BS.device)
    exponents_F /= config.head_dim
    scaling, amplitude = config.rope_scaling, 1.0
    if scaling is None:
        frequencies = 1.0 / config.rope_theta**exponents_F
    elif scaling.rope_type == "linear":
        frequencies = 1.0 / config.rope_theta**exponents_F / scaling.factor
    elif scaling.rope_type == "yarn":
        frequencies = _yarn(config, scaling, exponents_F)
        amplitude = scaling.attention_factor or 0.1 * math.log(scaling.factor) + 1.0
    else:
        lengths = (
            tokens_BS.new_full((1, 1), tokens_BS.shape[1]) if boundaries is None else boundaries.lengths_BS
        )
        frequencies = 1.0 / _dynamic_base(config, scaling, lengths)[..., None] ** exponents_F
    angles_BSD = (positions_BS[..., None].float() * frequencies).repeat(1, 1, 2)
    cosine, sine = angles_BSD.cos(), angles_BSD.sin()
    if amplitude != 1.0:
        cosine, sine = cosine * amplitude, sine * amplitude
    return cosine.to(dtype)[:, None], sine.to(dtype)[:, None]


def rotate(x_BHSD: torch.Tensor, cosine: torch.Tensor, sine: torch.Tensor) -> torch.Tensor:
    """Turn each pair (i, i + D/2) of a head by its position's angle."""
    low, high = x_BHSD.chunk(2, dim=-1)
    return x_BHSD * cosine + torch.cat((-high, low), dim=-1) * sine


def _dynamic_base(config: Model, scaling: RotaryScaling, lengths: torch.Tensor) -> torch.Tensor:
    """The base (fp32, shape of `lengths`) that stretches the slowest frequency to the length: NTK-aware scaling.

    `transformers` follows u/emozilla's formula: up to the original length nothing changes.
    """
    original = scaling.original_max_position_embeddings
    stretch = scaling.factor * lengths.clamp(min=original) / original - (scaling.factor - 1)
    return config.rope_theta * stretch ** (config.head_dim / (config.head_dim - 2))


def _yarn(config: Model, scaling: RotaryScaling, exponents_F: torch.Tensor) -> torch.Tensor:
    """Frequencies (F) between kept and divided by `factor`, by how often each turns over the original length.

    Peng et al. 2023 (YaRN), section 3.2, with the ramp over indices of frequencies, rounded outwards, as `transformers`.
    """
    count = len(exponents_F)

    def index(turns: float) -> float:
        """Of the frequency that makes so many turns over the original length."""
        length = scaling.original_max_position_embeddings / (turns * 2 * math.pi)
        return config.head_dim * math.log(length) / (2 * math.log(config.rope_theta))

    low = max(math.floor(index(scaling.beta_fast or 32.0)), 0)
    high = min(math.ceil(index(scaling.beta_slow or 1.0)), config.head_dim - 1)
    span = high - low or 0.001
    divided_F = ((torch.arange(count, dtype=torch.float32, device=exponents_F.device) - low) / span).clamp(
        0, 1
    )
    base_F = config.rope_theta**exponents_F
    return divided_F / (scaling.factor * base_F) + (1 - divided_F) / base_F
