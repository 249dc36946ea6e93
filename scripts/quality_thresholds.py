#!/usr/bin/env python3
"""Measure on a parallel text what Gopher's thresholds for English come to in other languages.

    python scripts/quality_thresholds.py [--folder data/sample/udhr] [--reference en]

The folder holds `<language>.jsonl.zst` with the same text in each language; scripts/sample_corpus.py makes one of the Universal
Declaration of Human Rights, articles 1 to 15. A language that says the same with fewer words needs fewer of them, longer words
may be longer, and marks of punctuation that are words of their own take up more of them. Printed is what recipes/corpus/quality.yaml
has below `gopher`; words are parted as the quality rules part them, so a new language is named in
soofi/corpus/quality/words.py first if its habits differ from the usual ones.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import zstandard

from soofi.corpus.quality.columns import text_buffers
from soofi.corpus.quality.figures import FIGURES
from soofi.corpus.quality.measure import measure
from soofi.corpus.quality.terms import terms_of
from soofi.recipe import Quality

WORDS, LENGTH, ALPHABETIC = (
    FIGURES.index(name) for name in ("words", "mean_word_length", "alphabetic_word_share")
)
FOR_ENGLISH = {"words": 50, "shortest": 3, "longest": 10, "alphabetic": 0.8}
"""Gopher's thresholds (Rae et al. 2021, appendix A.1)."""


def figures_of(path: Path) -> tuple[float, float, float]:
    """Number of words, their mean length, and the share of words with a letter, of all documents of a file together."""
    with zstandard.open(path, "rt", encoding="utf-8") as file:
        texts = [json.loads(line)["text"] for line in file]
    text, offsets = text_buffers(pa.array(texts, pa.large_string()))
    out = np.zeros((len(texts), len(FIGURES)))
    measure(text, offsets, np.arange(len(texts)), terms_of(Quality(), path.name.split(".")[0]), out)
    words = out[:, WORDS]
    return (
        words.sum(),
        float(np.average(out[:, LENGTH], weights=words)),
        float(np.average(out[:, ALPHABETIC], weights=words)),
    )


def main() -> None:
    """Print the thresholds of every language of the folder."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, default=Path("data/sample/udhr"))
    parser.add_argument("--reference", default="en", help="the language that Gopher's thresholds hold for")
    options = parser.parse_args()
    paths = {path.name.split(".")[0]: path for path in sorted(options.folder.glob("*.jsonl.zst"))}
    if options.reference not in paths:
        parser.error(
            f"{options.folder} has no {options.reference}.jsonl.zst: run scripts/sample_corpus.py first"
        )
    words, length, alphabetic = figures_of(paths[options.reference])
    for language, path in paths.items():
        own_words, own_length, own_alphabetic = figures_of(path)
        print(
            f"{language}:\n"
            f"  minimum_words: {round(FOR_ENGLISH['words'] * own_words / words)}\n"
            f"  minimum_mean_word_length: {FOR_ENGLISH['shortest'] * own_length / length:.1f}\n"
            f"  maximum_mean_word_length: {FOR_ENGLISH['longest'] * own_length / length:.1f}\n"
            f"  minimum_alphabetic_word_share: {FOR_ENGLISH['alphabetic'] * min(1, own_alphabetic / alphabetic):.2f}"
        )


if __name__ == "__main__":
    main()
