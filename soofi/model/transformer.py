"""A dense decoder-only transformer with the parameters and arithmetic of `Qwen3ForCausalLM` (Yang et al. 2025).

Shapes: B samples, S tokens, D width of the residual stream, V vocabulary.
"""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.checkpoint import checkpoint

from soofi.model.attention import Boundaries, attention
from soofi.model.cross_entropy import LossOptions, linear_cross_entropy
from soofi.model.rotary import rotary_angles, rotate
from soofi.recipe import Model

Rotary = tuple[torch.Tensor, torch.Tensor]


class RMSNorm(nn.Module):
    """Root mean square normalisation (Zhang & Sennrich 2019), computed in fp32."""

    def __init__(self, size: int, eps: float):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.eps = eps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Normalise the last dimension; the result has the type of `x`."""
        return F.rms_norm(x, self.weight.shape, self.weight, self.eps)


class SelfAttention(nn.Module):
    """Grouped-query attention with a norm on each query and key head.

    `attention` is the seam for other kernels and for sequence parallelism: any function with the signature of
    `soofi.model.attention.attention`.
    """

    def __init__(self, config: Model):
        super().__init__()
        self.head_dim = config.head_dim
        queries = config.num_attention_heads * config.head_dim
        keys = config.num_key_value_heads * config.head_dim
        self.q_proj = nn.Linear(config.hidden_size, queries, bias=False)
        self.k_proj = nn.Linear(config.hidden_size, keys, bias=False)
        self.v_proj = nn.Linear(config.hidden_size, keys, bias=False)
        self.o_proj = nn.Linear(queries, config.hidden_size, bias=False)
        self.q_norm = RMSNorm(config.head_dim, config.rms_norm_eps)
        self.k_norm = RMSNorm(config.head_dim, config.rms_norm_eps)
        self.attention = attention

    def forward(self, x_BSD: torch.Tensor, rotary: Rotary, boundaries: Boundaries | None) -> torch.Tensor:
        """(B, S, D) to (B, S, D)."""
        heads = (*x_BSD.shape[:2], -1, self.head_dim)
        q = self.q_norm(self.q_proj(x_BSD).view(heads)).transpose(1, 2)
        k = self.k_norm(self.k_proj(x_BSD).view(heads)).transpose(1, 2)
        v = self.v_proj(x_BSD).view(heads).transpose(1, 2)
        mixed = self.attention(rotate(q, *rotary), rotate(k, *rotary), v, boundaries)
        return self.o_proj(mixed.transpose(1, 2).flatten(2))


class FeedForward(nn.Module):
    """SwiGLU (Shazeer 2020)."""

    def __init__(self, config: Model):
        super().__init__()
        self.gate_proj = nn.Linear(config.hidden_size, config.intermediate_size, bias=False)
        self.up_proj = nn.Linear(config.hidden_size, config.intermediate_size, bias=False)
        self.down_proj = nn.Linear(config.intermediate_size, config.hidden_size, bias=False)

    def forward(self, x_BSD: torch.Tensor) -> torch.Tensor:
        """(B, S, D) to (B, S, D)."""
        return self.down_proj(F.silu(self.gate_proj(x_BSD)) * self.up_proj(x_BSD))


class Layer(nn.Module):
    """One pre-norm layer: attention, then feed-forward, each added to the residual stream."""

    def __init__(self, config: Model):
        super().__init__()
        self.self_attn = SelfAttention(config)
        self.mlp = FeedForward(config)
        self.input_layernorm = RMSNorm(config.hidden_size, config.rms_norm_eps)
        self.post_attention_layernorm = RMSNorm(config.hidden_size, config.rms_norm_eps)

    def forward(self, x_BSD: torch.Tensor, rotary: Rotary, boundaries: Boundaries | None) -> torch.Tensor:
        """(B, S, D) to (B, S, D)."""
        x_BSD = x_BSD + self.self_attn(self.input_layernorm(x_BSD), rotary, boundaries)
        return x_BSD + self.mlp(self.post_attention_layernorm(x_BSD))


class Decoder(nn.Module):
    """Embedding, layers and final norm: everything below the head."""

    def __init__(self, config: Model, vocabulary_size: int):
        super().__init__()
        self.config = config
        self.embed_tokens = nn.Embedding(vocabulary_size, config.hidden_size)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.num_hidden_layers))
        self.norm = RMSNorm(config.hidden_size, config.rms_norm_eps)

    def forward(
        self, tokens_BS: torch.Tensor, boundaries: Boundaries | None, recompute: bool
    ) -> torch.Tensor:
        """Hidden states (B, S, D) after the final norm; `recompute` keeps only each layer's input for the backward."""
        x_BSD = self.embed_tokens(tokens_BS)
        rotary = rotary_angles(tokens_BS, boundaries, self.config, x_BSD.dtype)
        for layer in self.layers:
            if recompute and torch.is_grad_enabled():
                # The layer draws no random numbers, so their state need not be kept.
                x_BSD = checkpoint(
                    layer, x_BSD, rotary, boundaries, use_reentrant=False, preserve_rng_state=False
                )
            else:
                x_BSD = layer(x_BSD, rotary, boundaries)
        return self.norm(x_BSD)


class Head(nn.Module):
    """The output embedding and the loss, together, so that whoever gathers the weight does so once.

    `linear_cross_entropy` is the seam for other kernels: any function with the signature of
    `soofi.model.cross_entropy.linear_cross_entropy`.
    """

    def __init__(self, config: Model, vocabulary_size: int):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(vocabulary_size, config.hidden_size))
        self.linear_cross_entropy = linear_cross_entropy

    def forward(
        self, x_BSD: torch.Tensor, labels_BS: torch.Tensor | None, options: LossOptions
    ) -> torch.Tensor | tuple[torch.Tensor, torch.Tensor]:
        """Logits (B, S, V) in fp32; with labels the tuple (fp32 sum of the loss, fp32 (B, S) of each label)."""
        if labels_BS is None:
            return F.linear(x_BSD, self.weight).float()
        loss_sum, nll_N = self.linear_cross_entropy(
            x_BSD.flatten(0, 1), self.weight, labels_BS.flatten(), options
        )
        return loss_sum, nll_N.view(labels_BS.shape)


class Transformer(nn.Module):
    """The model of a recipe; its state dict is that of `transformers`' `Qwen3ForCausalLM`.

    New weights are whatever memory holds or torch draws: `soofi.model.initialise` gives them their values.
    `recompute_layers` (set from outside) computes layers again in the backward pass instead of keeping their inside;
    `loss_options` (set from outside) governs the loss. Knows nothing of devices or ranks.
    """

    def __init__(self, config: Model, vocabulary_size: int):
        super().__init__()
        self.config = config
        self.vocabulary_size = vocabulary_size
        self.recompute_layers = False
        self.loss_options = LossOptions()
        self.model = Decoder(config, vocabulary_size)
        self.lm_head = Head(config, vocabulary_size)
        self.tie_weights()

    def tie_weights(self) -> None:
        """Make the output embedding the input embedding where the recipe says so.

        Needed again after `to_empty`, which gives each module a tensor of its own.
        """
        if self.config.tie_word_embeddings:
            weight = self.model.embed_tokens.weight
            assert isinstance(weight, nn.Parameter)
            self.lm_head.weight = weight

    def forward(
        self,
        tokens_BS: torch.Tensor,
        boundaries: Boundaries | None = None,
        labels_BS: torch.Tensor | None = None,
    ) -> torch.Tensor | tuple[torch.Tensor, torch.Tensor]:
        """Logits of the next token after each, or the loss against labels.

        `tokens_BS`, `labels_BS`: int64; `labels_BS[b, s]` is what follows `tokens_BS[b, s]`, or IGNORE_INDEX.
        `boundaries`: documents inside the samples; None takes each sample as one document.
        Without labels: fp32 logits (B, S, V). With labels: `(loss_sum, nll_BS)`, the differentiable fp32 sum over valid
        labels and the detached fp32 negative log likelihood of each label in nats (0 where it is ignored).
        Raises ValueError if a sample is longer than `max_position_embeddings`.
        """
        if tokens_BS.shape[1] > self.config.max_position_embeddings:
            raise ValueError(
                f"a sample has {tokens_BS.shape[1]} tokens, but model.max_position_embeddings is "
                f"{self.config.max_position_embeddings}"
            )
        hidden_BSD = self.model(tokens_BS, boundaries, self.recompute_layers)
        return self.lm_head(hidden_BSD, labels_BS, self.loss_options)
