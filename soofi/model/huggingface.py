"""The bridge to `transformers`: the stock configuration that reads our weights."""

from transformers import Qwen3Config

from soofi.recipe import Model


def huggingface_config(config: Model, vocabulary_size: int, eod_id: int, pad_id: int) -> Qwen3Config:
    """Configuration of the `Qwen3ForCausalLM` that computes what `Transformer(config, vocabulary_size)` computes.

    The end-of-document id both opens and closes a document, so it is the stock beginning and end of a sequence.
    """
    return Qwen3Config(
        architectures=["Qwen3ForCausalLM"],
        vocab_size=vocabulary_size,
        hidden_size=config.hidden_size,
        intermediate_size=config.intermediate_size,
        num_hidden_layers=config.num_hidden_layers,
        num_attention_heads=config.num_attention_heads,
        num_key_value_heads=config.num_key_value_heads,
        head_dim=config.head_dim,
        hidden_act="silu",
        max_position_embeddings=config.max_position_embeddings,
        initializer_range=config.initializer_range,
        rms_norm_eps=config.rms_norm_eps,
        rope_parameters={"rope_type": "default", "rope_theta": config.rope_theta},
        attention_bias=False,
        attention_dropout=0.0,
        use_sliding_window=False,
        tie_word_embeddings=config.tie_word_embeddings,
        bos_token_id=eod_id,
        eos_token_id=eod_id,
        pad_token_id=pad_id,
    )
