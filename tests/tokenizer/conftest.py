"""One small vocabulary for the whole session, made as a run makes it: from a corpus of the texts in tests/data."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import transformers

from soofi.ledger import RunDirectory
from soofi.recipe import Recipe, load_recipe
from soofi.tokenizer import SentencePieceTokenizer, make_tokenizer

ROOT = Path(__file__).parents[2]
TEXTS = sorted((ROOT / "tests/data/texts").glob("*.jsonl"))
CODE = "def f(x):\n    if x:\n\t\treturn '<eod>'  # ▁ <0x4a> <0x4A>\n        y = 12345\n" * 20


def texts_of(path: Path) -> list[str]:
    with open(path, encoding="utf-8") as file:
        return [json.loads(line)["text"] for line in file]


def write_corpus(directory: Path, texts: dict[str, list[str]]) -> None:
    """A corpus of one source: every third document of a language is held out."""
    for language, documents in texts.items():
        path = directory / "texts" / language / "part-00000.parquet"
        path.parent.mkdir(parents=True)
        split = ["validation" if i % 3 == 2 else "train" for i in range(len(documents))]
        ids = [f"{language}-{i}" for i in range(len(documents))]
        pq.write_table(pa.table({"id": ids, "text": documents, "split": split}), path)


@pytest.fixture(scope="session")
def texts() -> dict[str, list[str]]:
    """Language to its texts; `zxx` spells what a vocabulary must not be fooled by."""
    return {path.stem: texts_of(path) for path in TEXTS} | {"zxx": [CODE] * 3}


@pytest.fixture(scope="session")
def recipe() -> Recipe:
    return load_recipe(ROOT / "recipes/smoke.yaml", ["tokenizer.vocabulary_size=1200"])


@pytest.fixture(scope="session")
def run(
    tmp_path_factory: pytest.TempPathFactory, texts: dict[str, list[str]], recipe: Recipe
) -> RunDirectory:
    run = RunDirectory(tmp_path_factory.mktemp("run"))
    write_corpus(run.corpus, texts)
    make_tokenizer(recipe, run, {"corpus": "0" * 64}, lambda line: None)
    return run


@pytest.fixture(scope="session")
def tokenizer(run: RunDirectory) -> SentencePieceTokenizer:
    return SentencePieceTokenizer(run.tokenizer)


@pytest.fixture(scope="session")
def huggingface(run: RunDirectory) -> transformers.PreTrainedTokenizerFast:
    return transformers.AutoTokenizer.from_pretrained(run.tokenizer)
