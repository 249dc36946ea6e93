"""A Unigram vocabulary as `tokenizer.json`.

Both cut a text into the entries whose scores add up to most, but SentencePiece adds in 32 bits and `tokenizers` in 64. Where two
cuts of a text are worth the same, as in three spaces beside an entry of two, the ids may differ; the text does not. `tokenizers`
looks for special and byte entries in the text as for any other, so theirs is a score with which they never win, as long as their
characters have entries.
"""

import sentencepiece
from tokenizers import AddedToken, Tokenizer, decoders, models

from soofi.tokenizer.training import SPACE

USER_DEFINED_SCORE = -0.1
"""What SentencePiece counts a user-defined symbol for, whatever its length: more than any learned entry."""

NEVER_SCORE = -1e6
"""For entries that no text may yield, however cheap it were to take them whole."""


def convert_unigram(
    processor: sentencepiece.SentencePieceProcessor, user_defined_symbols: list[str]
) -> Tokenizer:
    """The `tokenizers` pipeline of a Unigram vocabulary; `user_defined_symbols` are those that it was trained with, as text.

    Raises ValueError where a text could yield a special entry.
    """
    size = processor.get_piece_size()
    pieces = [processor.id_to_piece(id).replace(SPACE, " ") for id in range(size)]
    symbols = set(user_defined_symbols)
    controls = [id for id in range(size) if processor.is_control(id) or processor.is_unknown(id)]
    never = {*controls, *(id for id in range(size) if processor.is_byte(id))}
    scores = [
        NEVER_SCORE if id in never else USER_DEFINED_SCORE if piece in symbols else processor.get_score(id)
        for id, piece in enumerate(pieces)
    ]
    tokenizer = Tokenizer(
        models.Unigram(list(zip(pieces, scores, strict=True)), processor.unk_id(), byte_fallback=True)
    )
    tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.add_special_tokens([AddedToken(pieces[id], special=True, normalized=False) for id in controls])
    tokenizer.encode_special_tokens = True
    for id in never:
        if id in tokenizer.encode(pieces[id], add_special_tokens=False).ids:
            raise ValueError(
                f"a text that spells '{pieces[id]}' would become that entry: put its characters into tokenizer.required_characters"
            )
    return tokenizer
