"""The maths of figures; no input or output."""

from soofi.metrics.bits import bits_per_byte, unigram_nats

__all__ = ["bits_per_byte", "unigram_nats"]
