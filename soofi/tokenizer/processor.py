"""Encoding and decoding with a published vocabulary."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sentencepiece

from soofi.tokenizer.training import SPACE

TOKEN_BYTES_FORMAT = "soofi.token-bytes/1"
END_OF_DOCUMENT = "<eod>"
PADDING = "<pad>"


@dataclass(frozen=True)
class MergingEntries:
    """A byte-pair vocabulary, as merging text needs it.

    `spelled`: by id, the text that an entry stands for, in UTF-8. `ranks`: int32, by id, 0 for the entry that merges first; -1 for
    what text is never merged to. `byte_ids`: int32 (256,), the id that spells each byte. `symbols`: user-defined ones.
    """

    spelled: list[bytes]
    ranks: np.ndarray
    byte_ids: np.ndarray
    symbols: list[bytes]


class SentencePieceTokenizer:
    """A run's tokenizer: text to ids and back without loss, `decode(encode(text)) == text` for every Unicode text.

    SentencePiece alone cannot tell a literal U+2581 (▁) from a space, for which it writes that character inside its
    entries. Here text is cut at U+2581, which is spelled as its three bytes; `tokenizer.json` gives the same ids.
    """

    files: tuple[str, ...] = ("tokenizer.json", "tokenizer.model", "tokenizer_config.json")

    def __init__(self, directory: str | Path):
        """Open `tokenizer.model` and `token_bytes.json`; raises FileNotFoundError or ValueError with one sentence."""
        directory = Path(directory)
        model = directory / "tokenizer.model"
        if not model.is_file():
            raise FileNotFoundError(f"{directory} holds no tokenizer.model: make the tokenizer first")
        try:
            self._processor = sentencepiece.SentencePieceProcessor(model_proto=model.read_bytes())
        except RuntimeError:
            raise ValueError(f"{model} is damaged: make the tokenizer again") from None
        self._byte_counts = np.array([len(data) for data in read_token_bytes(directory)], np.int32)
        self.vocabulary_size: int = self._processor.get_piece_size()
        if len(self._byte_counts) != self.vocabulary_size:
            raise ValueError(f"{directory}: token_bytes.json is not that of tokenizer.model")
        self.eod_id: int = self._processor.piece_to_id(END_OF_DOCUMENT)
        self.pad_id: int = self._processor.piece_to_id(PADDING)
        self._byte_ids = [id for id in range(self.vocabulary_size) if self._processor.is_byte(id)]
        self._literal_space_mark = [self._processor.piece_to_id(f"<0x{byte:02X}>") for byte in SPACE.encode()]

    @property
    def merges_pairs(self) -> bool:
        """Whether the vocabulary is of byte-pair encoding with all bytes: SentencePiece then scores its entries 0, -1, -2 …, and
        else by their logarithmic probability."""
        processor = self._processor
        return len(self._byte_ids) == 256 and all(
            processor.get_score(id).is_integer() for id in range(self.vocabulary_size)
        )

    def merging_entries(self) -> MergingEntries:
        """What decides the ids of a text, where `merges_pairs`."""
        processor, ids = self._processor, range(self.vocabulary_size)
        spelled = token_bytes(processor)
        # A byte entry is no text; neither are control entries and those that are user-defined, whose score is 0 like that of the
        # first learned entry. SentencePiece has no question for the latter.
        first_byte = min(self._byte_ids)
        others = {id for id in ids if not spelled[id] or processor.is_byte(id)}
        symbols = [id for id in range(first_byte) if id not in others]
        learned = [id for id in range(first_byte, self.vocabulary_size) if id not in others]
        ranks = np.full(self.vocabulary_size, -1, np.int32)
        ranks[sorted(learned, key=lambda id: (-processor.get_score(id), id))] = np.arange(len(learned))
        byte_ids = np.array([processor.piece_to_id(f"<0x{byte:02X}>") for byte in range(256)], np.int32)
        return MergingEntries(spelled, ranks, byte_ids, [spelled[id] for id in symbols])

    def encode(self, text: str) -> list[int]:
        """Ids of a text; never that of a control entry, whatever the text spells.

        Raises ValueError for a lone surrogate, which no UTF-8 text holds.
        """
        return self.encode_batch([text])[0]

    def encode_batch(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of each text; raises ValueError as `encode` does."""
        pieces: list[str] = []
        counts = []
        for text in texts:
            parts = text.split(SPACE)
            pieces += parts
            counts.append(len(parts))
        try:
            encoded = iter(self._processor.encode(pieces, out_type=int, num_threads=1) if pieces else [])
        except TypeError:
            raise ValueError("text must be a str without lone surrogates: UTF-8 cannot hold them") from None
        result = []
        for count in counts:
            ids = next(encoded)
            for _ in range(count - 1):
                ids += self._literal_space_mark
                ids += next(encoded)
            result.append(ids)
        return result

    def decode(self, ids: Sequence[int]) -> str:
        """Text of a sequence of ids; control entries give nothing, bytes that are no UTF-8 give U+FFFD.

        Raises IndexError for an id outside the vocabulary.
        """
        return self._processor.decode([int(id) for id in ids])

    def bytes_of(self, id: int) -> int:
        """Number of UTF-8 bytes that an id stands for; 0 for control entries."""
        return int(self._byte_counts[id])

    def token_byte_counts(self) -> np.ndarray:
        """`bytes_of` every id: int32 (vocabulary_size,)."""
        return self._byte_counts.copy()

    def byte_ids(self) -> list[int]:
        """Ids that stand for a single byte of a character which has no entry of its own."""
        return list(self._byte_ids)


def token_bytes(processor: sentencepiece.SentencePieceProcessor) -> list[bytes]:
    """The bytes that each id decodes to; empty for control entries and `<unk>`."""
    return [_bytes_of_piece(processor, id) for id in range(processor.get_piece_size())]


def read_token_bytes(directory: str | Path) -> list[bytes]:
    """Read `token_bytes.json`; raises FileNotFoundError or ValueError with one sentence."""
    path = Path(directory) / "token_bytes.json"
    if not path.is_file():
        raise FileNotFoundError(f"{directory} holds no token_bytes.json: make the tokenizer again")
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        form, entries = values["format"], values["bytes"]
        if form == TOKEN_BYTES_FORMAT:
            return [bytes.fromhex(entry) for entry in entries]
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"{path} is damaged: make the tokenizer again") from None
    raise ValueError(f"{path} has format {form}; this soofi reads {TOKEN_BYTES_FORMAT}: use a newer soofi")


def _bytes_of_piece(processor: sentencepiece.SentencePieceProcessor, id: int) -> bytes:
    piece = processor.id_to_piece(id)
    if processor.is_control(id) or processor.is_unknown(id):
        return b""
    if processor.is_byte(id):
        return bytes([int(piece[1:-1], 16)])
    return piece.replace(SPACE, " ").encode()
