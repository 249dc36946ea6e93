"""A decoder-only transformer with the parameters and arithmetic of `Qwen3ForCausalLM` (Yang et al. 2025) and, with experts,
of `Qwen3MoeForCausalLM` or `Glm4MoeForCausalLM`.

Shapes: B samples, S tokens, D width of the residual stream, V vocabulary.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import nn

from soofi.model.attention import Boundaries, attention
from soofi.model.cross_entropy import LossOptions, linear_cross_entropy
from soofi.model.experts import FeedForward, SparseFeedForward
from soofi.model.rms_norm_cpu import rms_norm_bf16
from soofi.model.rotary import rotary_angles, rotate
from soofi.model.router import RouterTerms, SigmoidRouter
from soofi.recipe import Model

Rotary = tuple[torch.Tensor, torch.Tensor]


class Losses(NamedTuple):
    """What a micro batch adds to its step, all fp32.

    `loss_sum`: differentiable sum of the loss over valid labels, z-loss included. `nll_BS`: detached negative log likelihood
    of each label in nats, 0 where it is ignored. `z_sum`: detached, the part of `loss_sum` that is z-loss. `balance_sum`:
    differentiable sum over samples of the routers' weighted terms, a mean over layers (0 without experts). `router`: the
    terms themselves (None without experts).
    """

    loss_sum: torch.Tensor
    nll_BS: torch.Tensor
    z_sum: torch.Tensor
    balance_sum: torch.Tensor
    router: "RouterSums | None"


class RouterSums(NamedTuple):
    """Sums over samples, detached. `balance`, `z`: means over layers (fp32). `load_LE`: tokens sent to each expert of each
    layer that has experts (int64)."""

    balance: torch.Tensor
    z: torch.Tensor
    load_LE: torch.Tensor


class RMSNorm(nn.Module):
    """Root mean square normalisation (Zhang & Sennrich 2019), computed in fp32."""

    def __init__(self, size: int, eps: float):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.eps = eps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Normalise the last dimension; the result has the type of `x`."""
        if x.device.type == "cpu" and x.dtype == self.weight.dtype == torch.bfloat16:
            return rms_norm_bf16(x, self.weight, self.eps)
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


class Layer(nn.Module):
    """One pre-norm layer: attention, then feed-forward, each added to the residual stream."""

    def __init__(self, config: Model, index: int):
        super().__init__()
        self.self_attn = SelfAttention(config)
        is_sparse = config.experts is not None and index >= config.experts.first_k_dense_replace
        self.mlp = (
            SparseFeedForward(config)
            if is_sparse
            else FeedForward(config.hidden_size, config.intermediate_size)
        )
        self.input_layernorm = RMSNorm(config.hidden_size, config.rms_norm_eps)
        self.post_attention_layernorm = RMSNorm(config.hidden_size, config.rms_norm_eps)

    def forward(
        self, x_BSD: torch.Tensor, rotary: Rotary, boundaries: Boundaries | None
    ) -> tuple[torch.Tensor, RouterTerms | None]:
        """(B, S, D) to (B, S, D), and what the router says where the layer has one."""
        x_BSD = x_BSD + self.self_attn(self.input_layernorm(x_BSD), rotary, boundaries)
        y_BSD = self.mlp(self.post_attention_layernorm(x_BSD))
        terms = None
        if isinstance(self.mlp, SparseFeedForward):
            y_BSD, terms = y_BSD
        return x_BSD + y_BSD, terms


class Decoder(nn.Module):
    """Embedding, layers and final norm: everything below the head."""

    def __init__(self, config: Model, vocabulary_size: int):
        super().__init__()
        self.config = config
        self.embed_tokens = nn.Embedding(vocabulary_size, config.hidden_size)
        self.layers = nn.ModuleList(Layer(config, index) for index in range(config.num_hidden_layers))
        self.norm = RMSNorm(config.hidden_size, config.rms_norm_eps)

    def forward(
        self, tokens_BS: torch.Tensor, boundaries: Boundaries | None
    ) -> tuple[torch.Tensor, list[RouterTerms]]:
        """Hidden states (B, S, D) after the final norm, and the terms of every router."""
        found: list[RouterTerms] = []
        x_BSD = self.embed_tokens(tokens_BS)
        rotary = rotary_angles(tokens_BS, boundaries, self.config, x_BSD.dtype)
        for layer in self.layers:
            x_BSD, terms = layer(x_BSD, rotary, boundaries)
            if terms is not None:
                found.append(terms)
        return self.norm(x_BSD), found


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
    ) -> torch.Tensor | tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Logits (B, S, V) in fp32, or the first three of `Losses` where there are labels."""
        if labels_BS is None:
            return F.linear(x_BSD, self.weight).float()
        loss_sum, nll_N, z_sum = self.linear_cross_entropy(
            x_BSD.flatten(0, 1), self.weight, labels_BS.flatten(), options
        )
        return loss_sum, nll_N.view(labels_BS.shape), z_sum


class Transformer(nn.Module):
    """The model of a recipe; its state dict is that of the stock module that `config.architecture` names.

    New weights are whatever memory holds or torch draws: `soofi.model.initialise` gives them their values.
    `loss_options` (set from outside) governs the loss. Knows nothing of devices or ranks.
    """

    def __init__(self, config: Model, vocabulary_size: int):
        super().__init__()
        self.config = config
        self.vocabulary_size = vocabulary_size
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
    ) -> torch.Tensor | Losses:
        """Logits of the next token after each, or the loss against labels.

        `tokens_BS`, `labels_BS`: int64; `labels_BS[b, s]` is what follows `tokens_BS[b, s]`, or IGNORE_INDEX.
        `boundaries`: documents inside the samples; None takes each sample as one document.
        Without labels: fp32 logits (B, S, V).
        Raises ValueError if a sample is longer than `max_position_embeddings`.
        """
        if tokens_BS.shape[1] > self.config.max_position_embeddings:
            raise ValueError(
                f"a sample has {tokens_BS.shape[1]} tokens, but model.max_position_embeddings is "
                f"{self.config.max_position_embeddings}"
            )
        hidden_BSD, terms = self.model(tokens_BS, boundaries)
        result = self.lm_head(hidden_BSD, labels_BS, self.loss_options)
        if labels_BS is None:
            logits: torch.Tensor = result
            return logits
        loss_sum, nll_BS, z_sum = result
        return Losses(loss_sum, nll_BS, z_sum, *self._balance(terms, hidden_BSD.device))

    def _balance(
        self, terms: list[RouterTerms], device: torch.device
    ) -> tuple[torch.Tensor, RouterSums | None]:
        experts = self.config.experts
        if experts is None:
            return torch.zeros((), device=device), None
        balance = torch.stack([term.balance for term in terms]).mean()
        z = torch.stack([term.z for term in terms]).mean()
        weighted = experts.aux_loss_weight * balance + experts.router_z_loss_coef * z
        load_LE = torch.stack([term.load_E for term in terms])
        return weighted, RouterSums(balance.detach(), z.detach(), load_LE)

    def biased_routers(self) -> dict[str, SigmoidRouter]:
        """The routers that a bias keeps balanced, by canonical name of the bias, in the layers' order."""
        return {
            f"{name}.e_score_correction_bias": module
            for name, module in self.named_modules()
            if isinstance(module, SigmoidRouter)
        }
