"""The vocabulary: learning it, converting it for Hugging Face, measuring it, using it."""

from soofi.tokenizer.processor import SentencePieceTokenizer
from soofi.tokenizer.stage import make_tokenizer, tokenizer_facts, tokenizer_governing

__all__ = ["SentencePieceTokenizer", "make_tokenizer", "tokenizer_facts", "tokenizer_governing"]
