"""Figures of an exported model. Importing this package does not import torch."""

from soofi.evaluate.bits import (
    LanguageFigures,
    evaluation_facts,
    evaluation_governing,
    make_evaluation,
    read_evaluation,
)

__all__ = [
    "LanguageFigures",
    "evaluation_facts",
    "evaluation_governing",
    "make_evaluation",
    "read_evaluation",
]
