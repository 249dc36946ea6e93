"""The recipe's words for language identification."""

from soofi.recipe.fields import Section, field


class Identify(Section):
    """Language identification: a document that is not what it claims to be is dropped."""

    minimum_score: float = field(
        0.5,
        "Least probability (0 to 1) of the identified language; below it a document is dropped.",
        ge=0,
        le=1,
    )
