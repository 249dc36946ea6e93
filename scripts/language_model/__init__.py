"""Sentences whose language is sure, and the texts from which close languages are learnt apart."""
