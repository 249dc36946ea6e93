"""A SentencePiece vocabulary as `tokenizer.json`, with the same ids for every text.

Both learn and apply byte-pair merges, but say so differently. What makes the two agree:

- Entries hold plain spaces instead of SentencePiece's U+2581, and there is no normaliser and no pre-tokeniser. A literal
  U+2581 in a text is then an unknown character, spelled in its three bytes, instead of turning into a space.
- SentencePiece merges any two neighbours that make an entry, the best-ranked entry first, then the leftmost; here a merge
  names its two parts and has a rank of its own. Yet each entry needs one merge only. Until an entry stands in a text, no
  merge has crossed its ends, and merges inside are taken in the order in which they would be if its characters stood alone.
  So the last one is always the same: the last one when the entry's own text is encoded. An entry that its own text does not
  yield comes out of no text and needs no merge. With one merge an entry, ranked as the entries are, the best merge of
  SentencePiece is at every step the best one here.
- User-defined symbols never merge with what stands beside them: they are added tokens, cut out before merging.
"""

import itertools
from typing import Any

import sentencepiece
from tokenizers import AddedToken, Tokenizer, decoders, models

from soofi.tokenizer.chat import chat_template
from soofi.tokenizer.processor import END_OF_DOCUMENT, PADDING
from soofi.tokenizer.training import SPACE, UNKNOWN


def convert_to_huggingface(
    processor: sentencepiece.SentencePieceProcessor, user_defined_symbols: list[str]
) -> Tokenizer:
    """The `tokenizers` pipeline that gives the ids of `SentencePieceTokenizer` for every text.

    `user_defined_symbols` are those that the vocabulary was trained with, as text.
    """
    size = processor.get_piece_size()
    pieces = [processor.id_to_piece(id).replace(SPACE, " ") for id in range(size)]
    ids = {piece: id for id, piece in enumerate(pieces)}
    controls = [id for id in range(size) if processor.is_control(id) or processor.is_unknown(id)]
    whole = {*controls, *(id for id in range(size) if processor.is_byte(id))}
    whole |= {ids[symbol] for symbol in user_defined_symbols}
    ranked = sorted(
        (id for id in range(size) if id not in whole), key=lambda id: (-processor.get_score(id), id)
    )
    ranks = {pieces[id]: rank for rank, id in enumerate(ranked)}
    merges = [merge for id in ranked if (merge := last_merge(pieces[id], ranks))]
    tokenizer = Tokenizer(models.BPE(vocab=ids, merges=merges, unk_token=UNKNOWN, byte_fallback=True))
    tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.add_special_tokens([AddedToken(pieces[id], special=True, normalized=False) for id in controls])
    tokenizer.add_tokens([AddedToken(symbol, normalized=False) for symbol in user_defined_symbols])
    return tokenizer


def tokenizer_config(converted: Tokenizer) -> dict[str, Any]:
    """`tokenizer_config.json`: what `transformers.AutoTokenizer` needs to use `tokenizer.json` as it stands.

    The class is the plain fast tokenizer: a class of a model family would put its own normaliser in place.
    `split_special_tokens` stays off: prompts and chats are to be parsed. Who encodes documents switches it on in the call.

    Raises ValueError for entries with which a chat cannot be written.
    """
    named = (PADDING, END_OF_DOCUMENT, UNKNOWN)
    added = sorted(converted.get_added_tokens_decoder().items())
    special = [token.content for _, token in added if token.special]
    symbols = [token.content for _, token in added if not token.special]
    template = chat_template(special, symbols)
    never_merged = {
        str(id): _plain(token)
        for id, token in added
        if not token.special and not _doubled(token.content, symbols)
    }
    return {
        **({"added_tokens_decoder": never_merged} if never_merged else {}),
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": END_OF_DOCUMENT,
        "eos_token": END_OF_DOCUMENT,
        "pad_token": PADDING,
        "unk_token": UNKNOWN,
        "extra_special_tokens": [token for token in special if token not in named],
        "add_bos_token": False,
        "add_eos_token": False,
        "clean_up_tokenization_spaces": False,
        **({"chat_template": template} if template else {}),
    }


def _doubled(symbol: str, symbols: list[str]) -> bool:
    """Whether a user-defined symbol comes out of merges alone: llama.cpp's converter takes it for a learned entry.

    That holds for one character, and for runs of 2, 4, 8 … where the shorter ones are symbols too: their score of 0 is above
    that of every learned entry. The converter must be told of all others, which `added_tokens_decoder` does.
    """
    half = symbol[: len(symbol) // 2]
    return len(symbol) == 1 or (
        symbol == half * 2 and (half in symbols or half == " ") and _doubled(half, symbols)
    )


def _plain(token: AddedToken) -> dict[str, Any]:
    names = ("content", "lstrip", "normalized", "rstrip", "single_word", "special")
    return {name: getattr(token, name) for name in names}


def last_merge(piece: str, ranks: dict[str, int]) -> tuple[str, str] | None:
    """The two parts from which an entry's own text makes it; nothing for a single character or an entry never made."""
    parts = list(piece)
    while len(parts) > 1:
        pairs = (ranks.get(left + right, len(ranks)) for left, right in itertools.pairwise(parts))
        rank, place = min((rank, place) for place, rank in enumerate(pairs))
        if rank == len(ranks):
            return None
        left, right = parts[place : place + 2]
        if len(parts) == 2:
            return left, right
        parts[place : place + 2] = [left + right]
    return None
