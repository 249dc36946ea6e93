"""The vocabulary: learning it or taking a given one, converting it for Hugging Face, measuring it, using it."""

from soofi.tokenizer.chat import check_chat
from soofi.tokenizer.copying import describe_tokenizer, tokenizer_files
from soofi.tokenizer.extension import read_extension
from soofi.tokenizer.learning import files_beside
from soofi.tokenizer.opening import RunTokenizer, open_tokenizer
from soofi.tokenizer.processor import SentencePieceTokenizer
from soofi.tokenizer.stage import make_tokenizer, tokenizer_facts, tokenizer_governing
from soofi.tokenizer.survey import survey, to_open
from soofi.tokenizer.texts import read_parallel, read_texts

__all__ = [
    "RunTokenizer", "SentencePieceTokenizer", "check_chat", "describe_tokenizer", "files_beside", "make_tokenizer", "open_tokenizer",
    "read_extension", "read_parallel", "read_texts", "survey", "to_open", "tokenizer_facts", "tokenizer_files",
    "tokenizer_governing",
]  # fmt: skip
