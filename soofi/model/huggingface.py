"""The bridge to `transformers`: which stock configuration computes a recipe's model.

The way back is `soofi.recipe.huggingface_directory`, and weights cross in `soofi.model.huggingface_weights`; neither needs
`transformers`.
"""

from typing import Any

import transformers

from soofi.recipe import Model

_CONFIGURATIONS = {
    "Qwen3ForCausalLM": "Qwen3Config",
    "Qwen3MoeForCausalLM": "Qwen3MoeConfig",
    "Glm4MoeForCausalLM": "Glm4MoeConfig",
}


def huggingface_config(config: Model, vocabulary_size: int, eod_id: int, pad_id: int) -> Any:
    """Configuration of the stock module (`config.architecture`) that computes what `Transformer(config,
    vocabulary_size)` computes.

    The end-of-document id both opens and closes a document, so it is the stock beginning and end of a sequence.
    """
    scaling, longest = config.rope_scaling, config.max_position_embeddings
    rotary: dict[str, Any] = {"rope_type": "default", "rope_theta": config.rope_theta}
    if scaling:
        rotary |= {"rope_type": scaling.rope_type, "factor": scaling.factor}
        original = scaling.original_max_position_embeddings
        if scaling.rope_type == "dynamic":
            longest = original  # the length from which on transformers stretches the base
        if scaling.rope_type == "yarn":
            rotary |= {"original_max_position_embeddings": original} | scaling.model_dump(
                include={"beta_fast", "beta_slow", "attention_factor"}, exclude_none=True
            )
    family: dict[str, Any] = {"use_sliding_window": False}
    if (experts := config.experts) is not None:
        family |= {
            "moe_intermediate_size": experts.moe_intermediate_size,
            "norm_topk_prob": True,
            "num_experts_per_tok": experts.num_experts_per_tok,
        }
        if experts.balance == "loss":
            family |= {
                "decoder_sparse_step": 1,
                "mlp_only_layers": list(range(experts.first_k_dense_replace)),
                "num_experts": experts.num_experts,
            } | experts.model_dump(include={"router_aux_loss_coef"}, exclude_none=True)
        else:
            rotary["partial_rotary_factor"] = 1.0
            del family["use_sliding_window"]
            family |= {
                "first_k_dense_replace": experts.first_k_dense_replace,
                "n_group": 1,
                "n_routed_experts": experts.num_experts,
                "n_shared_experts": experts.n_shared_experts,
                "num_nextn_predict_layers": 0,
                "routed_scaling_factor": experts.routed_scaling_factor,
                "topk_group": 1,
                "use_qk_norm": True,
            }
    return getattr(transformers, _CONFIGURATIONS[config.architecture])(
        architectures=[config.architecture],
        vocab_size=vocabulary_size,
        hidden_size=config.hidden_size,
        intermediate_size=config.intermediate_size,
        num_hidden_layers=config.num_hidden_layers,
        num_attention_heads=config.num_attention_heads,
        num_key_value_heads=config.num_key_value_heads,
        head_dim=config.head_dim,
        hidden_act="silu",
        max_position_embeddings=longest,
        initializer_range=config.initializer_range,
        rms_norm_eps=config.rms_norm_eps,
        rope_parameters=rotary,
        attention_bias=False,
        attention_dropout=0.0,
        tie_word_embeddings=config.tie_word_embeddings,
        bos_token_id=eod_id,
        eos_token_id=eod_id,
        pad_token_id=pad_id,
        **family,
    )
