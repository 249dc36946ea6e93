"""The recipe's words for quality rules. A threshold of null switches its rule off."""

from collections.abc import Mapping
from typing import Any

from soofi.recipe.fields import LocalPath, Section, field


def _at_most(description: str, **limits: Any) -> Any:
    return field(None, f"Greatest {description}; null: no such rule.", **limits)


def _at_least(description: str, **limits: Any) -> Any:
    return field(None, f"Least {description}; null: no such rule.", **limits)


def _greatest_share(description: str) -> Any:
    return _at_most(f"share (0 to 1) of {description}", ge=0, le=1)


class Repetition(Section):
    """What of a text may occur in it before, after Gopher (Rae et al. 2021, table A1)."""

    maximum_duplicate_paragraph_share: float | None = _greatest_share("paragraphs that occurred before")
    maximum_duplicate_paragraph_character_share: float | None = _greatest_share(
        "characters in paragraphs that occurred before"
    )
    maximum_duplicate_line_share: float | None = _greatest_share("lines that occurred before")
    maximum_duplicate_line_character_share: float | None = _greatest_share(
        "characters in lines that occurred before"
    )
    maximum_top_2_gram_share: float | None = _greatest_share("characters in the commonest pair of words")
    maximum_top_3_gram_share: float | None = _greatest_share("characters in the commonest three words on end")
    maximum_top_4_gram_share: float | None = _greatest_share("characters in the commonest four words on end")
    maximum_duplicate_5_gram_share: float | None = _greatest_share(
        "characters in five words that occurred before"
    )
    maximum_duplicate_6_gram_share: float | None = _greatest_share(
        "characters in six words that occurred before"
    )
    maximum_duplicate_7_gram_share: float | None = _greatest_share(
        "characters in seven words that occurred before"
    )
    maximum_duplicate_8_gram_share: float | None = _greatest_share(
        "characters in eight words that occurred before"
    )
    maximum_duplicate_9_gram_share: float | None = _greatest_share(
        "characters in nine words that occurred before"
    )
    maximum_duplicate_10_gram_share: float | None = _greatest_share(
        "characters in ten words that occurred before"
    )


class Gopher(Section):
    """Whether a text is made of words, after Gopher (Rae et al. 2021, appendix A.1). Punctuation marks are words but where said."""

    minimum_words: int | None = _at_least("number of words, punctuation left out", ge=0)
    maximum_words: int | None = _at_most("number of words, punctuation left out", ge=0)
    minimum_mean_word_length: float | None = _at_least(
        "mean length of a word in characters, punctuation left out", ge=0
    )
    maximum_mean_word_length: float | None = _at_most(
        "mean length of a word in characters, punctuation left out", ge=0
    )
    maximum_hash_share: float | None = _at_most("number of # for each word", ge=0)
    maximum_ellipsis_share: float | None = _at_most("number of ellipses (... or …) for each word", ge=0)
    maximum_bullet_line_share: float | None = _greatest_share("lines that begin with a bullet (• or -)")
    maximum_ellipsis_line_share: float | None = _greatest_share("lines that end with an ellipsis")
    minimum_alphabetic_word_share: float | None = _at_least(
        "share (0 to 1) of words with a letter in them", ge=0, le=1
    )
    minimum_stop_words: int | None = _at_least("number of different words of `stop_words` in the text", ge=0)


class C4(Section):
    """Whether a text has sentences, after C4 (Raffel et al. 2020, section 2.2).

    C4 cuts lines out of a page; here the lines that it would cut do not count, and the text stays as it is.
    """

    minimum_sentences: int | None = _at_least("number of sentences in lines that count", ge=0)
    maximum_refused_phrase_lines: int | None = _at_most("number of lines with a phrase of `refused`", ge=0)
    maximum_curly_bracket_lines: int | None = _at_most("number of lines with a {", ge=0)
    minimum_line_words: int = field(
        3, "Words, as white space parts them, below which a line does not count.", ge=0
    )
    maximum_word_characters: int = field(
        1000, "Characters of a word above which its line does not count.", ge=1
    )
    line_ends: str = field(
        "", "Characters of which a line that counts ends with one; empty: it ends as it likes."
    )
    ignored: list[str] = field([], "Phrases, in any case, with which a line does not count.")
    ignored_also: list[str] = field([], "More of them: where a language names its own.")
    refused: list[str] = field([], "Phrases, in any case, of which `maximum_refused_phrase_lines` speaks.")


class FineWeb(Section):
    """Whether a text is more than a list, after FineWeb (Penedo et al. 2024, section 3.6)."""

    minimum_punctuated_line_share: float | None = _at_least(
        "share (0 to 1) of lines that end with one of `line_ends`", ge=0, le=1
    )
    maximum_short_line_share: float | None = _greatest_share("lines of at most `short_line_characters`")
    maximum_visible_line_duplicate_share: float | None = _greatest_share(
        "characters in lines, blank ones left out, that occurred before"
    )
    maximum_line_breaks_per_word: float | None = _at_most("number of line breaks for each word", ge=0)
    line_ends: str = field(".!?‼‽⁇⁈⁉。！．？｡", "Characters that end a sentence at the end of a line.")
    short_line_characters: int = field(30, "Characters up to which a line is short.", ge=0)


class Classifier(Section):
    """A score of how much a text is like good examples, by a classifier that `soofi corpus classifier` has learnt."""

    model: LocalPath = field(description="Directory of the classifier.")
    minimum_score: float | None = _at_least("score (0 to 1)", ge=0, le=1)


class Quality(Section):
    """Quality rules: a document that breaks one is dropped with the rule's name, its figure and its threshold."""

    minimum_characters: int | None = field(100, "Least length of a document in characters.", ge=0)
    minimum_letter_share: float | None = field(
        0.6,
        "Least share (0 to 1) of letters among characters that are not white space.",
        ge=0,
        le=1,
    )
    maximum_mean_word_characters: float | None = field(
        16.0, "Greatest mean length of a word in characters.", gt=0
    )
    maximum_repeated_line_share: float | None = field(
        0.5,
        "Greatest share (0 to 1) of characters in lines that occurred before in the document.",
        ge=0,
        le=1,
    )
    maximum_repeated_sentence_share: float | None = field(
        0.5,
        "Greatest share (0 to 1) of characters in sentences that occurred before in the document.",
        ge=0,
        le=1,
    )
    repetition: Repetition = field(Repetition(), "Repetition within a document.")
    gopher: Gopher = field(Gopher(), "Words.")
    c4: C4 = field(C4(), "Sentences.")
    fineweb: FineWeb = field(FineWeb(), "Lines.")
    stop_words: list[str] = field(
        [], "Words, in the case in which they count, that prose of the language cannot do without."
    )
    classifier: Classifier | None = field(None, "A learnt score; without it documents have none.")


def laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Rules of a language over those of all: what it does not name stays."""
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        merged[key] = (
            laid_over(under, value) if isinstance(under, Mapping) and isinstance(value, Mapping) else value
        )
    return merged


def beyond(below: Mapping[str, Any], whole: Mapping[str, Any]) -> dict[str, Any]:
    """What `laid_over` has to lay over `below` to give `whole`."""
    found = {}
    for key, value in whole.items():
        under = below.get(key)
        if isinstance(under, Mapping) and isinstance(value, Mapping):
            if inner := beyond(under, value):
                found[key] = inner
        elif value != under:
            found[key] = value
    return found
