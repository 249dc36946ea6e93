"""From a checkpoint to a Hugging Face directory, and text from it. Importing this package does not import torch."""

from soofi.export.card_facts import ModelCardFacts, read_card_facts
from soofi.export.generate import generate
from soofi.export.model_card import model_card
from soofi.export.stage import export_facts, export_governing, export_model, make_export

__all__ = [
    "ModelCardFacts", "export_facts", "export_governing", "export_model", "generate", "make_export", "model_card",
    "read_card_facts",
]  # fmt: skip
