"""Log-likelihood of token sequences under an exported model."""

from pathlib import Path

import numpy as np
import torch
from transformers import AutoModelForCausalLM
from transformers.utils import logging


class Scorer:
    """Scores documents with a stock `transformers` model from a Hugging Face directory."""

    def __init__(self, directory: Path, end_of_document: int, windows_at_once: int = 16):
        logging.disable_progress_bar()
        self._model = AutoModelForCausalLM.from_pretrained(
            directory,
            local_files_only=True,
            trust_remote_code=False,
            device_map="auto" if torch.cuda.is_available() else None,
        ).eval()
        self._length = int(self._model.config.max_position_embeddings)
        self._end_of_document, self._windows_at_once = end_of_document, windows_at_once

    def nats(self, documents: list[np.ndarray]) -> float:
        """Cost in nats of all tokens of `documents`, each (n,) int64, each begun with the end-of-document id."""
        windows = [window for document in documents for window in self._windows(document)]
        windows.sort(key=lambda window: len(window[0]))  # alike lengths together: little padding
        total = 0.0
        for start in range(0, len(windows), self._windows_at_once):
            total += self._score(windows[start : start + self._windows_at_once])
        return total

    def _windows(self, document: np.ndarray) -> list[tuple[np.ndarray, int]]:
        """Pieces of at most `length` inputs and their labels (one longer), and how many first labels are context."""
        sequence = np.concatenate([[self._end_of_document], document])
        pieces, scored, start = [], 0, 0
        while scored < len(document):
            piece = sequence[start : start + self._length + 1]
            pieces.append((piece, scored - start))
            scored = start + len(piece) - 1
            start += self._length // 2
        return pieces

    @torch.inference_mode()
    def _score(self, windows: list[tuple[np.ndarray, int]]) -> float:
        longest = max(len(piece) for piece, _ in windows) - 1
        inputs = np.full((len(windows), longest), self._end_of_document, np.int64)
        labels = np.full((len(windows), longest), -100, np.int64)
        for row, (piece, context) in enumerate(windows):
            inputs[row, : len(piece) - 1] = piece[:-1]
            labels[row, context : len(piece) - 1] = piece[1 + context :]
        # Rows are padded at their end only, where a causal model cannot see it: no mask is needed.
        device = self._model.device
        logits = self._model(torch.from_numpy(inputs).to(device), use_cache=False).logits.float()
        flat = torch.from_numpy(labels).to(device).flatten()
        return float(torch.nn.functional.cross_entropy(logits.flatten(0, 1), flat, reduction="sum"))
