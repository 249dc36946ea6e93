"""How evenly a vocabulary treats languages, from the tokens that each needs for the same content.

Both figures want parallel text: the same sentences in every language.
"""

from collections.abc import Mapping

import numpy as np


def premiums(tokens: Mapping[str, int], reference: str = "en") -> dict[str, float]:
    """Tokens of each language for one of the reference language (Petrov et al. 2023, arXiv 2305.15425).

    `tokens`: language → tokens that its translation of the same text takes. Raises ValueError if the reference has none.
    """
    if not tokens.get(reference):
        raise ValueError(f"there is no text in '{reference}', with which languages are compared")
    return {language: count / tokens[reference] for language, count in tokens.items()}


def gini(tokens: Mapping[str, int]) -> float:
    """Gini coefficient of what languages pay for the same text: 0 where all pay the same, near 1 where one pays all.

    The mean absolute difference of all ordered pairs over twice the mean. Raises ValueError without languages.
    """
    if not tokens:
        raise ValueError("a Gini coefficient needs at least one language")
    costs = np.sort(np.fromiter(tokens.values(), np.float64))
    ranks = np.arange(1, len(costs) + 1)
    return float(((2 * ranks - len(costs) - 1) * costs).sum() / (len(costs) * costs.sum()))
