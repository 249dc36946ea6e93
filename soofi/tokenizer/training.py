"""Learning a vocabulary with SentencePiece."""

import io
import re
from collections.abc import Iterable

import sentencepiece

from soofi.recipe import Tokenizer

UNKNOWN = "<unk>"
"""SentencePiece must have such an entry; with byte entries text never yields it."""

SPACE = "\u2581"
"""What SentencePiece writes for a space inside its entries."""


def train_sentencepiece(specification: Tokenizer, rows: Iterable[str], alphabet: str) -> bytes:
    """Learn a vocabulary with byte fallback and return the bytes of its `tokenizer.model`.

    `rows`: lines of `word<TAB>count`, as of `words.WordTable.rows`, with no characters but those of `alphabet`, which begins
    with the most frequent. Ids: control entries from 0 in the specification's order, `<unk>`, user-defined symbols, 256
    bytes, learned entries, single characters. Text is taken as it is: no normalisation, no space put before it. The same
    rows give the same bytes.

    Raises ValueError when the rows do not hold enough text for so large a vocabulary.
    """
    model = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(rows),
            model_writer=model,
            input_format="tsv",
            model_type=specification.algorithm,
            vocab_size=specification.vocabulary_size,
            # The whole alphabet gets in: SentencePiece takes required characters first and stops at full coverage, which
            # it cannot reach before it takes the text's most frequent character, the only one not required.
            character_coverage=1.0,
            required_chars=alphabet[1:].replace(" ", SPACE),
            control_symbols=specification.control_tokens,
            user_defined_symbols=[s.replace(" ", SPACE) for s in specification.user_defined_symbols],
            unk_id=len(specification.control_tokens),
            unk_piece=UNKNOWN,
            unk_surface="",
            bos_id=-1,
            eos_id=-1,
            pad_id=-1,  # <pad> is a control symbol like the others
            byte_fallback=specification.byte_fallback,
            # Keeps words apart from signs; an entry such as <0xab> would be a byte to Hugging Face's decoder.
            split_by_unicode_script=True,
            split_digits=specification.split_digits,
            max_sentencepiece_length=specification.maximum_piece_characters,
            normalization_rule_name="identity",
            add_dummy_prefix=False,
            remove_extra_whitespaces=False,
            shuffle_input_sentence=False,
            input_sentence_size=0,
            num_threads=1,  # recorded in the model: another number would give other bytes, though the same vocabulary
            minloglevel=2,
        )
    except RuntimeError as error:
        raise ValueError(_reason(str(error), specification.vocabulary_size)) from None
    return model.getvalue()


def _reason(message: str, size: int) -> str:
    if limit := re.search(r"Vocabulary size too high.*?<= (\d+)", message):
        return (
            f"tokenizer.vocabulary_size {size} is more than the sample's text can fill: set it to {limit[1]} or less, "
            "or give more text"
        )
    if "required_chars" in message or "Vocabulary size is smaller" in message:
        return f"tokenizer.vocabulary_size {size} has no room for all characters: set it higher"
    return f"SentencePiece could not learn a vocabulary of {size} entries: {message}"
