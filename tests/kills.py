"""Killing a run at drawn instants, and holding all that it leaves against an undisturbed one.

For tests and for scripts/kill_chain. The run is tiny, saves every third step and goes through a batch ramp, a change of
mixture and of sequence length, so that a resume has every part of the state to get right.
"""

import hashlib
import json
import random
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from soofi.checkpoint import latest_checkpoint, published_checkpoints
from soofi.checkpoint.fragment_files import FragmentReader
from soofi.ledger import RunDirectory, damage, verify_run
from tests.running import Running
from tests.runs import copy_before, metrics

RANKS = 2
_RECIPE = """\
extends: {smoke}
name: killed
model: {{hidden_size: 32, intermediate_size: 64, num_attention_heads: 1}}
stages:
  - name: growing
    tokens: {growing}
    sequence_length: 64
    batch_samples: 8
    batch_ramp: {{from_samples: 2, increment_samples: 2, tokens: {ramp}}}
    mixture: {{exponent: 0.4}}
  - name: longer
    tokens: {longer}
    sequence_length: 128
    batch_samples: 4
    mixture: {{exponent: 1.0}}
train:
  ranks: {ranks}
  zero_stage: {zero_stage}
  schedule: {{warmup_tokens: {warmup}, decay_tokens: {growing}, decay_shape: 1-sqrt}}
  checkpoints: {{every_steps: 3, keep_last: 3}}
  validation: {{every_steps: 12, bytes_per_language: 200}}
"""


def write_recipe(smoke: Path, path: Path, zero_stage: int = 2, length: int = 2) -> Path:
    """Write the recipe of a run to be killed. `smoke`: recipes/smoke.yaml, on whose token shards it trains. `length`: how long
    it is, in 46 steps or 16 saves."""
    tokens = {"ramp": 3840, "growing": 7680, "longer": 10240, "warmup": 1536}
    text = _RECIPE.format(
        smoke=smoke, ranks=RANKS, zero_stage=zero_stage, **{name: length * n for name, n in tokens.items()}
    )
    path.write_text(text)
    return path


def state_digest(checkpoint: Path) -> str:
    """SHA-256 of a run's state: every weight and moment by name, whatever file holds it, and the trainer's state."""
    digest = hashlib.sha256()
    with FragmentReader(checkpoint) as reader:
        for name in sorted(reader.shapes):
            for state in sorted(reader.states):
                digest.update(f"{name} {state} {reader.shapes[name]}".encode())
                digest.update(reader.whole(name, state))
    digest.update((checkpoint / "trainer.json").read_bytes())
    return digest.hexdigest()


@dataclass(frozen=True)
class Course:
    """What the undisturbed run did: state and manifest digests of every save by name, metrics of every step, wall time."""

    states: dict[str, str]
    manifests: dict[str, str]
    lines: list[dict[str, Any]]
    seconds: float

    @classmethod
    def record(cls, prepared: Path, recipe: Path, directory: Path) -> "Course":
        """Train undisturbed and keep every save for as long as that takes. `prepared`: a run with token shards."""
        run = begin(prepared, directory)
        running = Running(run, "train", recipe, "train.checkpoints.keep_last=1000")
        assert running.process.wait() == 0, running.text()
        course = cls.of(run, time.time() - running.began)
        shutil.rmtree(directory)
        return course

    @classmethod
    def of(cls, run: Path, seconds: float) -> "Course":
        """What a run that was left alone, and kept all its saves, did."""
        states = {path.name: state_digest(path) for path in published_checkpoints(RunDirectory(run))}
        course = cls(states, saves_in_ledger(run)[-1], metrics(run), seconds)
        assert states.keys() == course.manifests.keys()
        assert len(set(states.values())) == len(states) > 10
        return course

    def to_json(self) -> str:
        """For `from_json`, which a chain that goes on reads."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Course":
        """What `to_json` wrote."""
        return cls(**json.loads(text))

    def compare(self, run: Path) -> None:
        """Hold whatever a run has published, and every line that it has written, against this course."""
        directory = RunDirectory(run)
        there = published_checkpoints(directory)
        for path in there:
            assert damage(path) is None, path
            assert state_digest(path) == self.states[path.name], f"{path} is of another state"
        # The ledger knows the digests of saves that are deleted since.
        for saved in saves_in_ledger(run):
            for name, manifest in saved.items():
                assert manifest == self.manifests[name], f"{name} was saved with another state"
        lines = metrics(run)
        assert lines == self.lines[: len(lines)]
        newest = latest_checkpoint(directory)
        assert newest is None or len(lines) >= int(newest.name.removeprefix("step-"))

    def compare_finished(self, run: Path) -> None:
        """The same of a run that came to its end: nothing is missing, and its ledger holds."""
        self.compare(run)
        newest = latest_checkpoint(RunDirectory(run))
        assert newest is not None and newest.name == max(self.states)
        assert metrics(run) == self.lines
        verify_run(RunDirectory(run))


def saves_in_ledger(run: Path) -> list[dict[str, str]]:
    """Manifest digests by checkpoint name of each start of training, in the ledger's order."""
    starts: list[dict[str, str]] = [{}]
    for entry in RunDirectory(run).ledger.entries():
        if entry.kind == "layout":
            starts.append({})
        elif entry.kind == "checkpoint" and "manifest_sha256" in entry.facts:
            starts[-1][Path(entry.subject).name] = entry.facts["manifest_sha256"]
    return starts


def begin(prepared: Path, directory: Path) -> Path:
    """A run in a directory of its own that has everything but training behind it."""
    run = directory / "killed"
    copy_before(prepared, run, "train")
    return run


@dataclass(frozen=True)
class Attempt:
    """One start of the run. `counts`: it was killed, and before its last save was published.

    `rank`: which one was to be killed alone; None: all. `killed`: what ran then; None where the run had come to its end.
    `steps`, `latest`: how far the run was, before and after. `saved`: saves that entered the ledger, each equal to the
    undisturbed run's.
    """

    number: int
    round: int
    counts: bool
    instant_seconds: float
    rank: int | None
    killed: str | None
    steps: tuple[int, int]
    latest: tuple[str | None, str | None]
    saved: int
    seconds: float


class Chain:
    """Starts a run and kills it, again and again; what comes to its end is compared and begun anew.

    Every attempt's instant and victim are drawn from (seed, its number), so a chain goes on where it was ended.
    """

    def __init__(
        self,
        prepared: Path,
        recipe: Path,
        directory: Path,
        course: Course,
        seed: int,
        done: Sequence[Mapping[str, Any]] = (),
    ):
        """`done`: fields of the attempts that an earlier chain has made here."""
        self._prepared, self._recipe, self._directory = prepared, recipe, directory
        self._course, self._seed = course, seed
        self._number, self._round = len(done), sum(attempt["killed"] is None for attempt in done)

    @property
    def run(self) -> Path:
        """The run at hand."""
        return self._directory / f"round-{self._round}" / "killed"

    def attempts(self, kills: int) -> Iterator[Attempt]:
        """Start the run until it has been killed so many times; raises AssertionError at the first difference."""
        while kills > 0:
            attempt = self.attempt()
            kills -= attempt.counts
            yield attempt

    def attempt(self) -> Attempt:
        """Start the run once, kill it at an instant anywhere in the undisturbed run's wall time, and compare."""
        if not self.run.is_dir():
            shutil.rmtree(self.run.parent, ignore_errors=True)
            begin(self._prepared, self.run.parent)
        began = time.monotonic()
        draw = random.Random(f"{self._seed}/{self._number}")
        instant = draw.uniform(0, self._course.seconds)
        rank = draw.choice([None, *range(RANKS)])
        run, number, rounds = self.run, self._number, self._round
        before = _state_of(run)
        running = Running(run, "train", self._recipe, "--resume")
        killed, counts = None, False
        if running.wait_seconds(instant):
            counts = _state_of(run)[1] != max(self._course.states)
            killed = running.kill_ranks(rank)
            self._course.compare(run)
        else:
            assert running.process.returncode == 0, running.text()
            self._course.compare_finished(run)
        after = _state_of(run)
        self._number += 1
        if killed is None:
            shutil.rmtree(run.parent)
            self._round += 1
        return Attempt(
            number,
            rounds,
            counts,
            round(instant, 3),
            rank,
            killed,
            (before[0], after[0]),
            (before[1], after[1]),
            after[2] - before[2],
            round(time.monotonic() - began, 2),
        )


def _state_of(run: Path) -> tuple[int, str | None, int]:
    """Steps in the metrics, what `latest` names, saves in the ledger."""
    newest = latest_checkpoint(RunDirectory(run))
    return len(metrics(run)), newest and newest.name, sum(map(len, saves_in_ledger(run)))
