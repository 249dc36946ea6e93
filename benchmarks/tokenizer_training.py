#!/usr/bin/env python3
"""Train the vocabularies that the comparison with others is about, from text that anyone can fetch.

    python benchmarks/tokenizer_training.py [--sizes 64k 131k] [--output /tmp/vocabularies]

1. `scripts/sample_corpus.py --all-packages` gathers all the text that some forty packages hold into data/large: interface texts
   and manuals, and articles 1-15 of the Declaration. Articles 16-30, on which tokenizers are compared, are in none of it.
2. The wheel of `wordfreq` (PyPI, 57 MB, fetched with pip, not installed; its data is CC-BY-SA-4.0) gives the frequencies of words
   in 21 of the languages, from Wikipedia, subtitles, news, books and the web; it has no Estonian, Irish and Maltese. They are
   written as word counts into data/word_counts.
3. `soofi corpus` and `soofi tokenizer` carry out recipes/tokenizer-european.yaml, which learns the vocabulary in parity rounds.

Results go to results/tokenizer_training.json and tokenizer_parity_<size>.png; the vocabularies lie in OUTPUT/<size>/tokenizer.
"""

import argparse
import gzip
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import msgpack  # type: ignore[import-untyped]
from result_file import write_result

from soofi.ledger import publish_directory, read_manifest, sha256_file
from soofi.recipe import EU_OFFICIAL
from soofi.report.frontier import plot_frontier

ROOT = Path(__file__).resolve().parents[1]
RECIPE = ROOT / "recipes/tokenizer-european.yaml"
WHEEL = "wordfreq==3.1.1"
SIZES = {"8k": 8192, "32k": 32768, "64k": 65536, "131k": 131072}
EXTRA_ENGLISH = {"8k": 0.03, "32k": 0.03, "64k": 0.03, "131k": 0.005}
"""The fewer entries there are, the more of them English must give up before the others cost as little."""
WORDS_OF_A_CORPUS = 1_000_000_000
"""Frequencies become counts of so many words, so that the rarest listed word (1e-8) is counted ten times."""


def main() -> None:
    """Fetch, train and write the result."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", nargs="+", default=["64k", "131k"], choices=list(SIZES))
    parser.add_argument("--output", type=Path, default=Path("/tmp/vocabularies"), help="where the runs go")
    options = parser.parse_args()
    _python(
        "scripts/sample_corpus.py",
        "--output",
        "data/large",
        "--kilobytes-per-language=100000",
        "--all-packages",
    )
    counts = ROOT / "data/word_counts"
    if not counts.exists():
        write_word_counts(counts)
    figures: dict[str, Any] = {
        "word_counts": json.loads((counts / "source.json").read_text()),
        "vocabularies": {},
    }
    for size in options.sizes:
        figures["vocabularies"][size] = train(size, options.output)
    path = write_result("tokenizer_training", figures)
    for size, vocabulary in figures["vocabularies"].items():
        plot = path.with_name(f"tokenizer_parity_{size}.png")
        plot_frontier(vocabulary["parity"], plot, f"european-{size}: parity rounds")
    print(path)


def write_word_counts(folder: Path) -> None:
    """Fetch wordfreq's wheel and write one `<language>.tsv` a language, and what they come from as `source.json`."""
    with publish_directory(folder) as partial, tempfile.TemporaryDirectory() as temporary:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", temporary, WHEEL]
        subprocess.run(pip, check=True)
        (wheel,) = Path(temporary).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            languages = [language for language in EU_OFFICIAL if _write_counts(archive, language, partial)]
        source = {
            "package": WHEEL,
            "sha256": sha256_file(wheel),
            "licence": "CC-BY-SA-4.0",
            "languages": languages,
        }
        (partial / "source.json").write_text(json.dumps(source) + "\n")


def _write_counts(archive: zipfile.ZipFile, language: str, folder: Path) -> bool:
    """Write the counts of a language, from its large list where there is one; whether there is any list.

    A list holds, by hundredths of a decade below 1, the words of that frequency.
    """
    name = {"hr": "sh"}.get(language, language)
    for kind in ("large", "small"):
        path = f"wordfreq/data/{kind}_{name}.msgpack.gz"
        if path in archive.namelist():
            break
    else:
        return False
    _, *levels = msgpack.unpackb(gzip.decompress(archive.read(path)), raw=False)
    lines = [
        f"{word}\t{max(1, round(WORDS_OF_A_CORPUS * 10 ** (-level / 100)))}\n"
        for level, words in enumerate(levels)
        for word in words
        if not any(map(str.isdigit, word))
        and " " not in word  # digits are cut apart anyway, and 2020 stands for any year
    ]
    (folder / f"{language}.tsv").write_text("".join(lines), encoding="utf-8")
    return True


def train(size: str, output: Path) -> dict[str, Any]:
    """Make the corpus if it is not there, and the vocabulary; returns what the result says of it."""
    overrides = [
        f"run_root={output}",
        f"tokenizer.name=european-{size}",
        f"tokenizer.vocabulary_size={SIZES[size]}",
        f"tokenizer.parity.maximum_extra_english={EXTRA_ENGLISH[size]}",
    ]
    _python("-m", "soofi", "corpus", str(RECIPE), *overrides)
    _python("-m", "soofi", "tokenizer", str(RECIPE), *overrides)
    tokenizer = output / size / "tokenizer"
    shutil.copytree(output / RECIPE.stem / "tokenizer", tokenizer, dirs_exist_ok=True)
    return described(tokenizer)


def described(tokenizer: Path) -> dict[str, Any]:
    """What the result says of a vocabulary."""
    measurement = json.loads((tokenizer / "measurement.json").read_text(encoding="utf-8"))
    return {
        "model_sha256": sha256_file(tokenizer / "tokenizer.model"),
        "training_text_bytes": measurement["training_text"],
        "inputs": read_manifest(tokenizer).inputs,
        "parity": json.loads((tokenizer / "parity.json").read_text(encoding="utf-8")),
    }


def _python(*arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], check=True, cwd=ROOT)


if __name__ == "__main__":
    main()
