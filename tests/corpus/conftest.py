"""Small texts of several languages, recipes over them, and a way to carry the stage out."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from soofi.corpus import make_corpus
from soofi.corpus.engine.tasks import tasks_of
from soofi.corpus.reading.readers import read_batches
from soofi.corpus.reading.sources import locate
from soofi.ledger import RunDirectory
from soofi.recipe import Recipe, Source, parse_recipe

SENTENCES = {
    "de": [
        "Im Jahr {} wurde die Brücke über den Fluss neu gebaut und für Fußgänger geöffnet.",
        "Die Gemeinde zählte damals {} Häuser, von denen die meisten aus Holz waren.",
        "Wer den Weg zu Fuß geht, braucht ungefähr {} Minuten bis zum Bahnhof.",
    ],
    "en": [
        "In the year {} the bridge across the river was built again and opened for walkers.",
        "At that time the village had {} houses, most of which were made of wood.",
        "Whoever walks the whole way needs about {} minutes to reach the railway station.",
    ],
    "lt": [
        "{} metais tiltas per upę buvo pastatytas iš naujo ir atidarytas pėstiesiems.",
        "Tuo metu kaime buvo {} namai, kurių dauguma buvo mediniai.",
        "Kas eina pėsčiomis, iki geležinkelio stoties užtrunka apie {} minučių.",
    ],
    "hr": [
        "Godine {} most preko rijeke ponovno je sagrađen i otvoren za pješake.",
        "Selo je tada imalo {} kuća, od kojih je većina bila od drveta.",
        "Tko cijeli put prijeđe pješice, treba oko {} minuta do željezničkog kolodvora.",
    ],
    "sr-Latn": [
        "Godine {} most preko reke ponovo je sagrađen i otvoren za pešake.",
        "Selo je tada imalo {} kuća, od kojih je većina bila od drveta.",
        "Ko ceo put pređe peške, treba mu oko {} minuta do železničke stanice.",
    ],
    "sr-Cyrl": [
        "Године {} мост преко реке поново је саграђен и отворен за пешаке.",
        "Село је тада имало {} кућа, од којих је већина била од дрвета.",
        "Ко цео пут пређе пешке, треба му око {} минута до железничке станице.",
    ],
}


def prose_of(language: str, number: int) -> str:
    """An ordinary text; another number gives another text."""
    return " ".join(s.format(number * 10 + i) for i, s in enumerate(SENTENCES[language]))


@pytest.fixture(scope="session")
def prose() -> Callable[[str, int], str]:
    return prose_of


def write_lines(path: Path, *records: Any) -> Path:
    """A file of JSON Lines; bytes are written as they are."""
    lines = [r if isinstance(r, bytes) else json.dumps(r, ensure_ascii=False).encode() for r in records]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


@pytest.fixture(scope="session")
def jsonl() -> Callable[..., Path]:
    return write_lines


def corpus_recipe(sources: list[dict[str, Any]], languages: list[str], **corpus: Any) -> Recipe:
    """A recipe of which only the corpus matters."""
    width = {"hidden_size": 64, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 1}
    return parse_recipe(
        {
            "name": "texts",
            "seed": corpus.pop("seed", 1),
            "languages": languages,
            "corpus": {"sources": sources, **corpus},
            "tokenizer": {"name": "small", "vocabulary_size": 2048},
            "model": width | {"num_key_value_heads": 1, "head_dim": 64, "max_position_embeddings": 64},
            "stages": [{"name": "main", "tokens": 64, "sequence_length": 64, "batch_samples": 1}],
            "train": {"optimizer": {"learning_rate": 0.01}},
        }
    )


@pytest.fixture(scope="session")
def recipe_of() -> Callable[..., Recipe]:
    return corpus_recipe


@pytest.fixture(scope="session")
def make() -> Callable[..., RunDirectory]:
    """Carry the corpus stage out in a directory; what it says goes to `said`."""

    def carry_out(recipe: Recipe, directory: Path, said: list[str] | None = None) -> RunDirectory:
        run = RunDirectory(directory)
        make_corpus(recipe, run, {"texts": "0" * 64}, (said if said is not None else []).append)
        return run

    return carry_out


def rows_of(*paths: Any, **source: Any) -> list[dict[str, Any]]:
    """Every row that the reader makes of a source."""
    read = Source(name="texts", **({"paths": list(paths)} if paths else {}), **source)
    batches = [batch for task in tasks_of(locate(read).files) for batch in read_batches(task, read)]
    return [row for batch in batches for row in batch.to_pylist()]


@pytest.fixture(scope="session")
def read() -> Callable[..., list[dict[str, Any]]]:
    return rows_of


@pytest.fixture(scope="session")
def bytes_below() -> Callable[[Path], dict[str, bytes]]:
    def read(directory: Path) -> dict[str, bytes]:
        return {
            path.relative_to(directory).as_posix(): path.read_bytes()
            for path in sorted(directory.rglob("*"))
            if path.is_file()
        }

    return read
