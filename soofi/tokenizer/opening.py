"""Opening a run's tokenizer, whether it was learned or given."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from soofi.tokenizer.given import DESCRIPTION, HuggingFaceTokenizer
from soofi.tokenizer.processor import SentencePieceTokenizer


class RunTokenizer(Protocol):
    """What every stage needs of a vocabulary. Text never yields the id of a special entry, whatever it spells."""

    vocabulary_size: int
    """Ids are 0 … vocabulary_size-1."""
    eod_id: int
    """Closes every document, and opens the next."""
    pad_id: int
    """Fills up samples; differs from `eod_id`."""
    files: tuple[str, ...]
    """Names of the files with which stock `transformers` opens the same tokenizer."""

    def encode_batch(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of each text; raises ValueError for a lone surrogate."""
        ...

    def encode(self, text: str) -> list[int]:
        """Ids of one text."""
        ...

    def decode(self, ids: Sequence[int]) -> str:
        """Text of a sequence of ids."""
        ...

    def bytes_of(self, id: int) -> int:
        """UTF-8 bytes that an id stands for; 0 for special entries."""
        ...

    def token_byte_counts(self) -> np.ndarray:
        """`bytes_of` every id: int32 (vocabulary_size,)."""
        ...

    def byte_ids(self) -> list[int]:
        """Ids that spell a part of a character."""
        ...


def open_tokenizer(directory: str | Path) -> RunTokenizer:
    """The tokenizer that the tokenizer stage published; raises FileNotFoundError or ValueError with one sentence."""
    given = (Path(directory) / DESCRIPTION).is_file()
    return HuggingFaceTokenizer(directory) if given else SentencePieceTokenizer(directory)
