"""A Unigram vocabulary as `tokenizer.json`.

Both cut a text into the entries whose scores add up to most, but SentencePiece adds in 32 bits and `tokenizers` in 64. Where two
cuts of a text are worth the same, as in three spaces beside an entry of two, the ids may differ; the text does not.
"""

import sentencepiece
from tokenizers import AddedToken, Tokenizer, decoders, models

from soofi.tokenizer.training import SPACE

USER_DEFINED_SCORE = -0.1
"""What SentencePiece counts a user-defined symbol for, whatever its length: more than any learned entry."""


def convert_unigram(
    processor: sentencepiece.SentencePieceProcessor, user_defined_symbols: list[str]
) -> Tokenizer:
    """The `tokenizers` pipeline of a Unigram vocabulary; `user_defined_symbols` are those that it was trained with, as text."""
    size = processor.get_piece_size()
    pieces = [processor.id_to_piece(id).replace(SPACE, " ") for id in range(size)]
    symbols = set(user_defined_symbols)
    scores = [
        USER_DEFINED_SCORE if piece in symbols else processor.get_score(id) for id, piece in enumerate(pieces)
    ]
    tokenizer = Tokenizer(
        models.Unigram(list(zip(pieces, scores, strict=True)), processor.unk_id(), byte_fallback=True)
    )
    tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Fuse()])
    controls = [id for id in range(size) if processor.is_control(id) or processor.is_unknown(id)]
    tokenizer.add_special_tokens([AddedToken(pieces[id], special=True, normalized=False) for id in controls])
    return tokenizer
