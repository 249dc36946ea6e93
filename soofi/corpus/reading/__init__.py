"""Readers: files of every format to record batches."""
