"""Whether all readers of a vocabulary give the same ids: SentencePiece, `tokenizers`, `transformers`, and llama.cpp.

    .venv/bin/python benchmarks/tokenizer_exactness.py NAME=TOKENIZER_DIRECTORY…

100,000 random strings a vocabulary, of the kinds in tests/tokenizer/adversarial.py; every one is encoded by soofi, by
`tokenizer.json` through `tokenizers` and through `transformers.AutoTokenizer`, and by SentencePiece alone, and decoded again.
Where llama-cpp-python and gguf are installed (they are not in the tests' environment), 1,000 strings go through llama.cpp too.
"""

import argparse
import hashlib
import sys
import time
from pathlib import Path
from typing import Any

from result_file import write_result

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.tokenizer.adversarial import strings  # noqa: E402 - found by the line above
from tests.tokenizer.comparison import Readers, compare, read_texts  # noqa: E402

SEED = 1


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("vocabularies", nargs="+", metavar="NAME=DIRECTORY")
    parser.add_argument("--strings", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=SEED)
    arguments = parser.parse_args()
    texts = read_texts(sorted((ROOT / "tests/data/texts").glob("*.jsonl")))
    results = {}
    for vocabulary in arguments.vocabularies:
        name, _, directory = vocabulary.partition("=")
        results[name] = measured(Path(directory), texts, arguments.strings, arguments.seed)
        print(name, results[name], flush=True)
    print(arguments.strings) if arguments.strings < 100_000 else write_result(
        "tokenizer_exactness",
        {"seed": arguments.seed, "strings_a_vocabulary": arguments.strings, "vocabularies": results},
    )


def measured(directory: Path, texts: list[str], count: int, seed: int) -> dict[str, Any]:
    """The comparison of one vocabulary."""
    readers = Readers.open(directory)
    began = time.process_time()
    found = compare(readers, strings(seed, count, readers.material(texts)))
    return {
        "entries": readers.own.vocabulary_size,
        "sha256": {
            name: hashlib.sha256((directory / name).read_bytes()).hexdigest()
            for name in ("tokenizer.model", "tokenizer.json", "tokenizer_config.json")
        },
        "strings": dict(found.strings),
        "characters": found.characters,
        "tokens": found.tokens,
        "faults": {sort: dict(kinds) for sort, kinds in found.faults.items()},
        "examples": found.examples,
        "cpu_seconds": round(time.process_time() - began, 1),
    }


if __name__ == "__main__":
    main()
