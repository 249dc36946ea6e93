"""The recipe's words for the transformer; fields are named as in `transformers` configurations."""

from pydantic import model_validator

from soofi.recipe.experts import Experts
from soofi.recipe.fields import LocalPath, Section, field
from soofi.recipe.rotary import RotaryScaling


class Model(Section):
    """A decoder-only transformer, parameter-compatible with `Qwen3ForCausalLM` unless it has experts."""

    initialise_from: LocalPath | None = field(
        None,
        "Hugging Face directory whose weights the model begins with; it fills in the other fields.",
        on_resume="recorded",
    )
    hidden_size: int = field(description="Width of the residual stream.", ge=8)
    intermediate_size: int = field(description="Width of the feed-forward layer.", ge=8)
    num_hidden_layers: int = field(description="Number of layers.", ge=1)
    experts: Experts | None = field(None, "Mixture-of-experts layers; without it every layer is dense.")
    num_attention_heads: int = field(description="Query heads.", ge=1)
    num_key_value_heads: int = field(description="Key and value heads; divides num_attention_heads.", ge=1)
    head_dim: int = field(description="Width of one head; even.", ge=2)
    vocab_size: int | None = field(
        None, "Rows of the embedding; without it as many as the tokenizer has entries.", ge=1
    )
    max_position_embeddings: int = field(4096, "Longest sequence in tokens.", ge=8)
    rope_theta: float = field(10_000.0, "Base of the rotary frequencies.", gt=0)
    rope_scaling: RotaryScaling | None = field(
        None, "Rotary frequencies for longer context; without it none are scaled."
    )
    rms_norm_eps: float = field(1e-6, "Added to the mean square in RMSNorm.", gt=0)
    tie_word_embeddings: bool = field(False, "Whether input and output embeddings are one matrix.")
    initializer_range: float = field(0.02, "Standard deviation of new weights.", gt=0)

    @model_validator(mode="after")
    def _some_layer_has_experts(self) -> "Model":
        if self.experts and self.experts.first_k_dense_replace >= self.num_hidden_layers:
            raise ValueError(
                f"experts.first_k_dense_replace ({self.experts.first_k_dense_replace}) leaves none of num_hidden_layers "
                f"({self.num_hidden_layers}) to the experts"
            )
        return self

    @property
    def architecture(self) -> str:
        """The stock `transformers` module that computes this model."""
        if self.experts is None:
            return "Qwen3ForCausalLM"
        return "Qwen3MoeForCausalLM" if self.experts.balance == "loss" else "Glm4MoeForCausalLM"

    @model_validator(mode="after")
    def _heads(self) -> "Model":
        if self.num_attention_heads % self.num_key_value_heads:
            raise ValueError(
                f"num_attention_heads ({self.num_attention_heads}) is not a multiple of num_key_value_heads "
                f"({self.num_key_value_heads})"
            )
        if self.head_dim % 2:
            raise ValueError(f"head_dim ({self.head_dim}) is odd: rotary positions turn pairs")
        return self

    @model_validator(mode="after")
    def _scaling(self) -> "Model":
        scaling = self.rope_scaling
        if scaling is None:
            return self
        original, longest = scaling.original_max_position_embeddings, scaling.longest_tokens
        if not original <= self.max_position_embeddings <= longest:
            raise ValueError(
                f"max_position_embeddings ({self.max_position_embeddings}) does not lie between "
                f"rope_scaling.original_max_position_embeddings ({original}) and rope_scaling.factor times it ({longest})"
            )
        if scaling.rope_type == "dynamic" and self.head_dim == 2:
            raise ValueError(
                "head_dim (2) leaves rope_scaling.rope_type dynamic no slower frequency to stretch"
            )
        if scaling.rope_type == "yarn" and self.rope_theta <= 1:
            raise ValueError(
                f"rope_theta ({self.rope_theta:g}) must be above 1 for rope_scaling.rope_type yarn"
            )
        return self
