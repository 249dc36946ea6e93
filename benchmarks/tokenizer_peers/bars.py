"""What this project asks of a vocabulary of 131,072 entries, and whether it has it."""

from collections.abc import Mapping
from typing import Any

GINI_MAX = 0.05
PREMIUM_MAX = 1.6
ENGLISH_MAX = 1.18
"""English tokens beside those of tekken."""

TRAINING_BYTES_MIN = 200_000
"""Languages with less text to learn from are reported apart."""


def bars(ours: Mapping[str, Any], peers: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Each bar with what was measured and whether it is met. Values are of `soofi.tokenizer.survey.fairness_on`."""
    best = min(peers, key=lambda name: peers[name]["total_tokens"])
    english = ours["tokens"]["en"] / peers["tekken"]["tokens"]["en"]
    return {
        "fewer tokens than every peer": {
            "measured": ours["total_tokens"],
            "bar": f"< {peers[best]['total_tokens']} ({best})",
            "met": ours["total_tokens"] < peers[best]["total_tokens"],
        },
        "Gini": {"measured": ours["gini"], "bar": f"<= {GINI_MAX}", "met": ours["gini"] <= GINI_MAX},
        "worst premium": {
            "measured": ours["worst_premium"],
            "language": ours["worst_language"],
            "bar": f"<= {PREMIUM_MAX}",
            "met": ours["worst_premium"] <= PREMIUM_MAX,
        },
        "English tokens beside tekken's": {
            "measured": round(english, 4),
            "bar": f"<= {ENGLISH_MAX}",
            "met": english <= ENGLISH_MAX,
        },
    }
