"""Keeping texts that models are tested on out of a corpus."""
