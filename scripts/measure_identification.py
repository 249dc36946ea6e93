#!/usr/bin/env python3
"""Measure language identification on sentences whose language is sure and that training did not see.

    python scripts/measure_identification.py [--packages FOLDER]

Packages (about 25 MB) are downloaded and unpacked, never installed. Printed are, for each language, the sentences and
the share that is identified as it; then the macro average over the 24 official languages of the EU.
"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from language_model.norms import sure_norm
from language_model.sentences import PACKAGES, Sentence, held_out, letters, sure_sentences
from sample_sources.documents import LANGUAGES
from sample_sources.packages import CannotFetchError
from train_close_languages import packages, say

from soofi.corpus.identification.identify import OwnIdentifier, own_identifier
from soofi.corpus.identification.tags import SISTERS

PASSAGE_SENTENCES = 12


@dataclass(frozen=True)
class Measured:
    """Of `count` texts in one language, the share that was identified as it, and what the others were taken for."""

    count: int
    right: float
    others: Counter[str]


def measure(texts: Sequence[str], language: str, identifier: OwnIdentifier) -> Measured:
    """How often the texts of one language are identified as it."""
    found = Counter(identity.language for identity in identifier.identify(texts))
    right = found.pop(language, 0)
    return Measured(len(texts), right / len(texts) if texts else 0.0, found)


def sure_texts(sentences: Mapping[str, list[Sentence]]) -> dict[str, list[str]]:
    """Texts by language; of Croatian, Bosnian and Serbian in Latin letters those that no sister norm would have."""
    return {
        tag: [s.text for s in found if tag not in SISTERS or sure_norm(s.text) == tag]
        for tag, found in held_out(sentences).items()
    }


def passages(sentences: Sequence[Sentence]) -> list[str]:
    """A dozen sentences of a catalogue one after the other, all of them, without choosing."""
    texts = [s.text for s in sentences if s.origin == "catalogue"]
    starts = range(0, len(texts) - PASSAGE_SENTENCES + 1, PASSAGE_SENTENCES)
    return [" ".join(texts[start : start + PASSAGE_SENTENCES]) for start in starts]


def _line(tag: str, figures: Measured) -> str:
    others = ", ".join(f"{language} {count}" for language, count in figures.others.most_common(5))
    return f"{tag:<8} {figures.count:>6} {100 * figures.right:>7.2f} %  {others}"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--packages", type=Path, help="folder that keeps the packages (a temporary one)")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        try:
            root, _ = packages(options.packages or Path(temporary), PACKAGES)
        except CannotFetchError as error:
            say(str(error))
            return 3
        sentences = sure_sentences(root)
    identifier = own_identifier()
    by_language = {tag: measure(texts, tag, identifier) for tag, texts in sure_texts(sentences).items()}
    print("sentences whose language is sure")
    for tag, figures in by_language.items():
        print(_line(tag, figures))
    macro = sum(by_language[tag].right for tag in LANGUAGES) / len(LANGUAGES)
    print(f"macro average of the EU's 24: {100 * macro:.2f} %")
    unseen = held_out(sentences)
    print("Croatian, Bosnian, Serbian: every sentence, whatever its words; passages of twelve sentences")
    for tag in SISTERS:
        every = [s.text for s in unseen[tag]]
        print(
            _line(tag, measure(every, tag, identifier)),
            f"(mean {sum(map(letters, every)) / len(every):.0f} letters)",
        )
        print(_line(tag, measure(passages(unseen[tag]), tag, identifier)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
