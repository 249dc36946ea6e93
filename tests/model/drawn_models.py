"""Small models of every family, drawn by hypothesis."""

from hypothesis import strategies as st

from soofi.recipe import Model

VOCABULARY, END, PADDING = 61, 2, 60
"""The padding id is never in a text here: transformers gives its embedding no gradient."""


@st.composite
def models(draw, balances=("loss", "bias", None), scalings=(None, "linear", "dynamic", "yarn")) -> Model:
    """Heads, groups, widths, tied or not, kind of experts and router (None: dense), rotary scaling."""
    groups, per_group = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    layers = draw(st.integers(1, 3))
    experts = None
    if balance := draw(st.sampled_from(balances)):
        number = draw(st.integers(2, 6))
        experts = {
            "num_experts": number,
            "num_experts_per_tok": draw(st.integers(1, number)),
            "moe_intermediate_size": draw(st.integers(2, 5)) * 4,
            "balance": balance,
            "first_k_dense_replace": draw(st.integers(0, layers - 1)),
        }
        if balance == "loss":
            experts["router_aux_loss_coef"] = draw(st.sampled_from([0.0, 0.01]))
        else:
            experts["n_shared_experts"] = draw(st.integers(0, 1))
            experts["routed_scaling_factor"] = draw(st.sampled_from([1.0, 1.7]))
    scaling = None
    if kind := draw(st.sampled_from(scalings)):
        scaling = {
            "rope_type": kind,
            # A stock configuration keeps one length only of linear and dynamic scaling: it must follow from the other.
            "factor": draw(st.sampled_from([4.0, 7.5] if kind == "yarn" else [4.0])),
            "original_max_position_embeddings": 16,
        }
        if kind == "yarn":
            scaling["beta_fast"] = draw(st.sampled_from([None, 4.0]))
            scaling["attention_factor"] = draw(st.sampled_from([None, 1.3]))
    return Model.model_validate(
        {
            "hidden_size": draw(st.integers(4, 9)) * 4,
            "intermediate_size": draw(st.integers(3, 12)) * 4,
            "num_hidden_layers": layers,
            "num_attention_heads": groups * per_group,
            "num_key_value_heads": groups,
            "head_dim": draw(st.sampled_from([4, 6, 8, 12])),
            "max_position_embeddings": 64,
            "rope_theta": draw(st.sampled_from([100.0, 10_000.0])),
            "rms_norm_eps": draw(st.sampled_from([1e-6, 1e-5])),
            "tie_word_embeddings": draw(st.booleans()),
            "initializer_range": 0.3,
            "rope_scaling": scaling,
            "experts": experts,
        }
    )
