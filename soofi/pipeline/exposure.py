"""Where a document is: in which shards of corpus and tokens, and which steps and checkpoints saw it."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from soofi.checkpoint import checkpoint_facts, published_checkpoints
from soofi.corpus.erase import CorpusPlace, find_documents
from soofi.ledger import RunDirectory, erased_documents
from soofi.recipe import Packing
from soofi.tokens import Sampler, StageTable, Stream, TokenPlace, find_tokens, open_streams
from soofi.train.record import read_metrics

FORMAT = "soofi.exposure/1"


@dataclass(frozen=True)
class Exposure:
    """What is known of one document of a run.

    `corpus`: where it is kept, or why it was dropped; `tokens`: its place in the token shards; `steps`: steps (from 1) of
    the run that had a part of it in their batch, of those taken so far; `checkpoints`: those made after the first of them.
    """

    id: str
    corpus: CorpusPlace | None
    copies: tuple[CorpusPlace, ...]
    tokens: tuple[TokenPlace, ...]
    erased: bool
    steps: tuple[int, ...]
    checkpoints: tuple[str, ...]

    def to_values(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {"format": FORMAT, **asdict(self)}


def where(run: RunDirectory, ids: Sequence[str]) -> list[Exposure]:
    """Look documents up in a run, in the order in which they are named.

    A document that was dropped as a copy is followed to the one that was kept for it: its tokens are those. Raises
    FileNotFoundError for what is no run, ValueError for an id that its corpus does not have.
    """
    if not (run.corpus / "manifest.json").is_file():
        raise FileNotFoundError(f"{run.path} has no corpus: name a run directory, such as runs/quickstart")
    places = find_documents(run.corpus, ids)
    by_id: dict[str, CorpusPlace] = {}
    for place in places:  # of several records that claim one id the one that is kept comes first
        by_id.setdefault(place.id, place)
    gone = erased_documents(run.ledger)
    for name in ids:
        if name not in by_id and name not in gone:
            raise ValueError(
                f"the corpus of {run.path} has no document {name}, kept or dropped: see the column `id` of its Parquet files"
            )
    before = _steps_before_erasure(run) if gone.intersection(ids) else {}
    kept = {name: kept_for(by_id[name]) if name in by_id else name for name in ids}
    tokens = find_tokens(run.tokens, set(kept.values())) if (run.tokens / "manifest.json").is_file() else []
    exposures = []
    for name in ids:
        own = tuple(place for place in tokens if place.id == kept[name])
        steps = [step for step in steps_that_saw(run, own) if step <= before.get(name, step)]
        exposures.append(
            Exposure(
                name,
                by_id.get(name),
                tuple(place for place in places if place.duplicate_of == name),
                own,
                name in gone,
                tuple(steps),
                _checkpoints_after(run, steps[0]) if steps else (),
            )
        )
    return exposures


def kept_for(place: CorpusPlace) -> str:
    """Id of the document that stands in the corpus for this one."""
    return place.duplicate_of or place.id


def steps_taken(run: RunDirectory) -> int:
    """Steps of training that the run has taken so far."""
    logged = read_metrics(run.metrics)
    return int(logged[-1]["step"]) + 1 if logged else 0


def _steps_before_erasure(run: RunDirectory) -> dict[str, int]:
    """Steps that had been taken when a document was erased, by its id: later ones saw padding in its place."""
    taken: dict[str, int] = {}
    for receipt in sorted((run.path / "erasures").glob("0*.json")):
        values = json.loads(receipt.read_text(encoding="utf-8"))
        steps = values.get("steps_taken")  # receipts of earlier versions do not say
        taken |= {name: steps for name in values["documents"] if steps is not None and name not in taken}
    return taken


def steps_that_saw(run: RunDirectory, places: Sequence[TokenPlace]) -> list[int]:
    """Steps, from 1, of those that the run has taken, whose batch held a token of these documents as input or as label."""
    training = [place for place in places if place.split == "train"]
    taken = steps_taken(run)
    if not (training and taken and run.stage_table.is_file()):
        return []
    table = StageTable.from_values(json.loads(run.stage_table.read_text(encoding="utf-8")))
    sampler = Sampler(table)
    found: set[int] = set()
    streams = open_streams(run.tokens, "train")
    for place in training:
        for length, packing in {(row.sequence_length, row.packing) for row in table.rows}:
            for window in _windows_of(place, streams[place.stream], length, packing):
                for sample in sampler.samples_of(place.stream, window, length, packing):
                    step = table.step_of_sample(sample) + 1
                    if step <= taken:
                        found.add(step)
    return sorted(found)


def _windows_of(place: TokenPlace, stream: Stream, length: int, packing: Packing) -> Iterable[int]:
    if packing == "best_fit":
        return stream.window_list(length).windows_of(place.start, place.tokens)
    # The first token is also the label of the one before it.
    first, last = max(0, place.start - 1), place.start + place.tokens - 1
    return range(first // length, last // length + 1)


def _checkpoints_after(run: RunDirectory, step: int) -> tuple[str, ...]:
    """Names of the run's checkpoints whose weights step `step` (from 1) and those before it made."""
    found = published_checkpoints(run)
    return tuple(path.name for path in found if checkpoint_facts(path)["step"] >= step)
