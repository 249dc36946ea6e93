"""Random small models."""

from hypothesis import strategies as st

from soofi.recipe import Experts, Model


@st.composite
def experts(draw: st.DrawFn, layers: int) -> Experts:
    number = draw(st.integers(2, 6))
    balance = draw(st.sampled_from(["loss", "bias"]))
    return Experts(
        num_experts=number,
        num_experts_per_tok=draw(st.integers(1, number)),
        moe_intermediate_size=8 * draw(st.integers(1, 4)),
        balance=balance,
        n_shared_experts=draw(st.integers(0, 1)) if balance == "bias" else 0,
        first_k_dense_replace=draw(st.integers(0, layers - 1)),
    )


@st.composite
def models(draw: st.DrawFn, dense: bool = False) -> Model:
    layers, keys = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    return Model(
        hidden_size=8 * draw(st.integers(1, 5)),
        intermediate_size=8 * draw(st.integers(1, 6)),
        num_hidden_layers=layers,
        num_attention_heads=keys * draw(st.integers(1, 3)),
        num_key_value_heads=keys,
        head_dim=2 * draw(st.integers(2, 8)),
        tie_word_embeddings=draw(st.booleans()),
        experts=None if dense or draw(st.booleans()) else draw(experts(layers)),
    )
