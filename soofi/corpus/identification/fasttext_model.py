"""A fastText model file in place of the models that come along, such as GlotLID's or lid.176."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from soofi.corpus.identification.identify import Identity, chosen
from soofi.corpus.identification.tags import tag_of

LABELS_MAX = 12
"""So many of the most probable labels of a text are asked for: enough to hold the close ones together."""


class FastTextIdentifier:
    """Identifies with a supervised fastText model whose labels are languages (`__label__hrv_Latn`, `__label__hr`).

    Raises ValueError where fastText is missing or cannot read the file.
    """

    def __init__(self, path: Path):
        try:
            import fasttext
        except ImportError:
            raise ValueError(
                "corpus.identify.model needs fastText: install it with `pip install soofi[fasttext]`"
            ) from None
        try:
            self._model = fasttext.load_model(str(path))
        except ValueError:
            raise ValueError(f"{path} is no fastText model: give a .bin or .ftz file") from None
        self._languages = frozenset(tag_of(label) for label in self._model.labels)

    @property
    def languages(self) -> frozenset[str]:
        """Tags that the model knows."""
        return self._languages

    def identify(self, texts: Sequence[str], expected: Iterable[str] = ()) -> list[Identity]:
        """The language of each text as a whole; a text without words of the model's is in no language (`und`, 0)."""
        wanted = frozenset(expected)
        found = []
        for text in texts:
            labels, scores = self._model.predict(" ".join(text.split()), k=LABELS_MAX)
            probabilities: dict[str, float] = {}
            for label, score in zip(labels, scores, strict=True):
                tag = tag_of(label)
                probabilities[tag] = probabilities.get(tag, 0.0) + min(float(score), 1.0)
            found.append(chosen(probabilities, wanted) if probabilities else Identity("und", 0.0, {}))
        return found
