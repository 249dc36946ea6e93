"""The names of the figures that quality rules look at, in the order of the rules."""

FIGURES = (
    "characters", "letter_share", "mean_word_characters", "repeated_line_share", "repeated_sentence_share",
    "duplicate_paragraph_share", "duplicate_paragraph_character_share",
    "duplicate_line_share", "duplicate_line_character_share",
    "top_2_gram_share", "top_3_gram_share", "top_4_gram_share",
    "duplicate_5_gram_share", "duplicate_6_gram_share", "duplicate_7_gram_share",
    "duplicate_8_gram_share", "duplicate_9_gram_share", "duplicate_10_gram_share",
    "words", "mean_word_length", "hash_share", "ellipsis_share", "bullet_line_share", "ellipsis_line_share",
    "alphabetic_word_share", "stop_words",
    "refused_phrase_lines", "curly_bracket_lines", "sentences",
    "punctuated_line_share", "short_line_share", "visible_line_duplicate_share", "line_breaks_per_word",
)  # fmt: skip
"""What `measure.measure` fills in; the quality column has a field of each name."""
