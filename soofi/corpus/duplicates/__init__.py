"""Duplicates, the validation split, and what becomes of every document."""
