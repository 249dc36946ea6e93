"""The recipe's words for quality rules."""

from soofi.recipe.fields import Section, field


class Quality(Section):
    """First quality rules; a document that breaks one is dropped with the rule's name and figure."""

    minimum_characters: int = field(100, "Least length of a document in characters.", ge=0)
    minimum_letter_share: float = field(
        0.6,
        "Least share (0 to 1) of letters among characters that are not white space.",
        ge=0,
        le=1,
    )
    maximum_mean_word_characters: float = field(16.0, "Greatest mean length of a word in characters.", gt=0)
    maximum_repeated_line_share: float = field(
        0.5,
        "Greatest share (0 to 1) of characters in lines that occurred before in the document.",
        ge=0,
        le=1,
    )
    maximum_repeated_sentence_share: float = field(
        0.5,
        "Greatest share (0 to 1) of characters in sentences that occurred before in the document.",
        ge=0,
        le=1,
    )
