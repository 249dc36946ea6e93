"""The stage table: the recipe's course of training resolved into steps, samples, tokens and cursors."""

import bisect
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any

from soofi.ledger import sha256_values
from soofi.recipe import Packing, Stage
from soofi.tokens.mixture import WeightedSplit, integer_weights

FORMAT = "soofi.stage-table/1"
PACKED_FORMAT = "soofi.stage-table/2"
"""Of a table that knows packed windows; others stay as they were, and with them their digests."""


@dataclass(frozen=True)
class Cursor:
    """Where a stream stands: the next window's place in the permuted order of an epoch."""

    epoch: int
    window: int
    sequence_length: int


@dataclass(frozen=True)
class Row:
    """A stage, or a part of one: constant batch, sequence length, packing and weights.

    Steps, samples and tokens are counted from the run's start. Samples are dealt out to streams from `dealt_from` on, where
    `cursors` say how the streams stood: rows that follow on each other with the same weights and windows are dealt out as
    one, so that it makes no difference where a stage, or a run that another one continues, is cut.
    """

    name: str
    first_step: int
    steps: int
    first_sample: int
    dealt_from: int
    first_token: int
    batch_samples: int
    sequence_length: int
    weights: dict[str, int]
    cursors: dict[str, Cursor]
    packing: Packing = "tiled"

    @property
    def samples(self) -> int:
        """Samples of the row."""
        return self.steps * self.batch_samples

    @property
    def dealt(self) -> range:
        """The row's samples as the split counts them."""
        first = self.first_sample - self.dealt_from
        return range(first, first + self.samples)

    @property
    def step_tokens(self) -> int:
        """Tokens of one step, padding included."""
        return self.batch_samples * self.sequence_length

    @cached_property
    def split(self) -> WeightedSplit:
        """Deals the samples from `dealt_from` on out to the streams."""
        return WeightedSplit(self.weights)


@dataclass(frozen=True)
class StageTable:
    """All stages of a run, its seed, the geometry of its token shards, and the length in tokens of every stream.

    `packed_windows`: windows in the window lists, by sequence length and stream.
    """

    seed: int
    geometry_sha256: str
    stream_tokens: dict[str, int]
    rows: tuple[Row, ...]
    packed_windows: dict[int, dict[str, int]] = field(default_factory=dict)

    @property
    def steps(self) -> int:
        """Steps of the whole run."""
        return self.rows[-1].first_step + self.rows[-1].steps

    @property
    def tokens(self) -> int:
        """Tokens of the whole run, padding included."""
        return self.tokens_before(self.steps)

    def row_of_step(self, step: int) -> Row:
        """The stage that step `step` (from 0) belongs to; the step after the last counts to the last stage."""
        if not 0 <= step <= self.steps:
            raise IndexError(f"the run has steps 0 … {self.steps - 1}, not {step}")
        return self.rows[bisect.bisect_right([row.first_step for row in self.rows], step) - 1]

    def row_of_sample(self, sample: int) -> Row:
        """The stage that sample `sample` (from 0) belongs to."""
        last = self.rows[-1]
        if not 0 <= sample < last.first_sample + last.samples:
            raise IndexError(f"the run has samples 0 … {last.first_sample + last.samples - 1}, not {sample}")
        return self.rows[bisect.bisect_right([row.first_sample for row in self.rows], sample) - 1]

    def tokens_before(self, step: int) -> int:
        """Tokens seen when step `step` begins."""
        row = self.row_of_step(step)
        return row.first_token + (step - row.first_step) * row.step_tokens

    def step_of_sample(self, sample: int) -> int:
        """The step (from 0) that sample `sample` (from 0) belongs to."""
        row = self.row_of_sample(sample)
        return row.first_step + (sample - row.first_sample) // row.batch_samples

    def samples_of_step(self, step: int) -> range:
        """The samples of a step; the same whatever the number of ranks."""
        row = self.row_of_step(step)
        if step == self.steps:
            raise IndexError(f"the run has steps 0 … {self.steps - 1}, not {step}")
        first = row.first_sample + (step - row.first_step) * row.batch_samples
        return range(first, first + row.batch_samples)

    def windows(self, stream: str, row: Row) -> int:
        """Windows of a stream as the row's samples are cut from it; one epoch of it."""
        if row.packing == "best_fit":
            return self.packed_windows[row.sequence_length][stream]
        return windows_of(self.stream_tokens[stream], row.sequence_length)

    def cursors_after(self, row: Row) -> dict[str, Cursor]:
        """Where every stream stands when `row` is over."""
        consumed = row.split.counts(row.dealt.stop)
        after = {}
        for name, cursor in row.cursors.items():
            windows = self.windows(name, row)
            position = cursor.epoch * windows + cursor.window + consumed.get(name, 0)
            after[name] = replace(cursor, epoch=position // windows, window=position % windows)
        return after

    @cached_property
    def sha256(self) -> str:
        """Digest of everything that decides which samples a step has."""
        return sha256_values(self.to_values())

    def to_values(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        values = {"format": PACKED_FORMAT if self.packed_windows else FORMAT, **asdict(self)}
        if self.packed_windows:  # JSON knows no numbers as keys
            values["packed_windows"] = {str(length): found for length, found in self.packed_windows.items()}
        else:
            del values["packed_windows"]
            for row in values["rows"]:
                del row["packing"]
        return values

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> "StageTable":
        """The table that `to_values` wrote; refuses another format."""
        if values.get("format") not in (FORMAT, PACKED_FORMAT):
            raise ValueError(
                f"a stage table of format {values.get('format')} cannot be read; this soofi reads {FORMAT} and {PACKED_FORMAT}"
            )
        rows = tuple(
            Row(
                **{
                    **row,
                    "cursors": {name: Cursor(**cursor) for name, cursor in row["cursors"].items()},
                }
            )
            for row in values["rows"]
        )
        return cls(
            values["seed"],
            values["geometry_sha256"],
            dict(values["stream_tokens"]),
            rows,
            {int(length): dict(found) for length, found in values.get("packed_windows", {}).items()},
        )


def windows_of(tokens: int, sequence_length: int) -> int:
    """Windows of `sequence_length` tokens that tile a stream; the last one may be padded."""
    return -(-tokens // sequence_length)


def stage_parts(stage: Stage) -> list[tuple[int, int]]:
    """Steps of a stage and samples of each of them, one entry for each batch that it has; rounded to whole steps.

    Batches of a ramp have the same share of its tokens each, and at least a step.
    """
    parts: list[tuple[int, int]] = []
    left, growing = stage.tokens, stage.batches[:-1]
    for batch in growing:
        assert stage.batch_ramp is not None
        share = stage.batch_ramp.tokens / len(growing)
        parts.append((max(1, round(share / (batch * stage.sequence_length))), batch))
        left -= parts[-1][0] * batch * stage.sequence_length
    if left > 0:
        parts.append((-(-left // (stage.batch_samples * stage.sequence_length)), stage.batch_samples))
    return parts


def resolve_stages(
    stages: Sequence[Stage],
    stream_tokens: Mapping[str, int],
    geometry_sha256: str,
    seed: int,
    packed_windows: Mapping[int, Mapping[str, int]] | None = None,
) -> StageTable:
    """Resolve the recipe's stages against the streams at hand.

    `stream_tokens`: length in tokens by stream name (`source/language`); an empty stream takes no part. `packed_windows`:
    windows in the window lists, by sequence length and stream, for stages with best-fit packing. Stages are rounded up to whole
    steps. A stage whose sequence length or packing differs from the one before begins a new epoch of such windows in every
    stream. A stage whose batch grows has a row for each batch. A stage with the weights and windows of the one before is dealt
    out on from there.
    """
    lengths = {name: tokens for name, tokens in sorted(stream_tokens.items()) if tokens}
    packed = {length: dict(sorted(found.items())) for length, found in sorted((packed_windows or {}).items())}
    return continue_stages(StageTable(seed, geometry_sha256, lengths, (), packed), stages)


def continue_stages(table: StageTable, stages: Sequence[Stage]) -> StageTable:
    """The table with the rows of further stages, which begin where it ends."""
    for stage in stages:
        table = replace(table, rows=(*table.rows, *_rows_of(table, stage)))
    return table


def outline_stages(stages: Sequence[Stage]) -> StageTable:
    """The table of a recipe whose token shards are not made yet: steps, samples and tokens, but no stream has a weight."""
    outline = StageTable(0, "", {}, ())
    for stage in stages:
        rows = _rows_from(outline, stage, 0, {}, {})
        outline = replace(outline, rows=(*outline.rows, *rows))
    return outline


def cut_table(table: StageTable, step: int) -> StageTable:
    """The table as if the run had ended before step `step`; raises IndexError if it has no such step."""
    last = table.row_of_step(step)
    rows = [row for row in table.rows if row.first_step < last.first_step]
    if step > last.first_step:
        rows.append(replace(last, steps=step - last.first_step))
    return replace(table, rows=tuple(rows))


def _rows_of(table: StageTable, stage: Stage) -> list[Row]:
    """The rows of a stage that begins where the table ends, one for each of its parts."""
    length = stage.sequence_length
    sample, cursors = 0, {name: Cursor(0, 0, length) for name in table.stream_tokens}
    weights = integer_weights(table.stream_tokens, stage.mixture)
    if table.rows:
        last = table.rows[-1]
        goes_on = (last.sequence_length, last.packing) == (length, stage.packing)
        if goes_on and last.weights == weights:
            return _rows_from(table, stage, last.dealt_from, weights, last.cursors)
        sample, cursors = last.first_sample + last.samples, table.cursors_after(last)
        if not goes_on:
            cursors = {name: _new_epoch(cursor, length) for name, cursor in cursors.items()}
    return _rows_from(table, stage, sample, weights, cursors)


def _rows_from(
    table: StageTable, stage: Stage, dealt_from: int, weights: dict[str, int], cursors: dict[str, Cursor]
) -> list[Row]:
    step = sample = token = 0
    if table.rows:
        last = table.rows[-1]
        step, sample, token = table.steps, last.first_sample + last.samples, table.tokens
    rows, length = [], stage.sequence_length
    for steps, batch in stage_parts(stage):
        place = (step, steps, sample, dealt_from, token)
        rows.append(Row(stage.name, *place, batch, length, weights, cursors, stage.packing))
        samples = rows[-1].samples
        step, sample, token = step + steps, sample + samples, token + samples * length
    return rows


def _new_epoch(cursor: Cursor, sequence_length: int) -> Cursor:
    return Cursor(cursor.epoch + (cursor.window > 0), 0, sequence_length)
