"""What a recipe's mixture means before a token is trained on: effective tokens, epochs, shares, and what repeats too often."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from soofi.ledger import RunDirectory
from soofi.plan import scaled
from soofi.recipe import Recipe
from soofi.tokens import StageTable, language_of, resolve_stages, windows_of
from soofi.train.fork import data_of
from soofi.train.preflight import resolve_table

BYTES_A_TOKEN = 4.0
"""What a token stands for where none was made yet; only the estimate of a corpus without token shards rests on it."""


@dataclass(frozen=True)
class StreamShare:
    """One stream over a whole run. `tokens`: in store; `effective_tokens`: trained on, padding included; `epochs`: their
    quotient; `maximum_epochs`: above which it is warned of; `domain`: of its source in the recipe."""

    stream: str
    domain: str
    tokens: int
    effective_tokens: int
    maximum_epochs: float

    @property
    def epochs(self) -> float:
        """How often the stream is read, on average."""
        return self.effective_tokens / self.tokens

    @property
    def repeats_too_often(self) -> bool:
        """Whether it is read more often than the recipe says is good."""
        return self.epochs > self.maximum_epochs


@dataclass(frozen=True)
class Preview:
    """All streams, largest first. `estimated`: lengths are those of the corpus's bytes, since no token shards are there."""

    shares: tuple[StreamShare, ...]
    estimated: bool

    @property
    def effective_tokens(self) -> int:
        """Of all streams."""
        return sum(share.effective_tokens for share in self.shares)

    def by(self, what: str) -> dict[str, float]:
        """Share (0 to 1) of effective tokens by `language`, `domain` or `source`, largest first."""
        sums: dict[str, int] = defaultdict(int)
        for share in self.shares:
            source = share.stream.rpartition("/")[0]
            key = {"language": language_of(share.stream), "domain": share.domain, "source": source}[what]
            sums[key] += share.effective_tokens
        return {
            key: count / self.effective_tokens
            for key, count in sorted(sums.items(), key=lambda item: (-item[1], item[0]))
        }


def preview_mixture(recipe: Recipe) -> Preview:
    """Resolve the recipe's stages over the token shards of its run or, without any, over its corpus.

    Raises FileNotFoundError where neither is there.
    """
    run = data_of(recipe, RunDirectory(recipe.run_directory))
    estimated = not (run.tokens / "manifest.json").is_file()
    if estimated:
        lengths = _estimated_lengths(run)
        packed = {
            length: {name: windows_of(tokens, length) for name, tokens in lengths.items()}
            for length in recipe.tokens.packed_lengths
        }  # hardly any of a window is padding
        table = resolve_stages(recipe.stages, lengths, "0" * 64, recipe.seed, packed)
    else:
        table = resolve_table(recipe, run)
    effective = effective_tokens(table)
    domains = {source.name: source.domain for source in recipe.corpus.sources}
    cap = min(stage.mixture.maximum_epochs for stage in recipe.stages)
    shares = [
        StreamShare(
            name, domains.get(name.rpartition("/")[0], "general"), tokens, effective.get(name, 0), cap
        )
        for name, tokens in table.stream_tokens.items()
        if tokens
    ]
    return Preview(
        tuple(sorted(shares, key=lambda share: (-share.effective_tokens, share.stream))), estimated
    )


def effective_tokens(table: StageTable) -> dict[str, int]:
    """Tokens of each stream that a run's samples hold, padding included."""
    total: dict[str, int] = defaultdict(int)
    for row in table.rows:
        before, after = (row.split.counts(place) for place in (row.dealt.start, row.dealt.stop))
        for name, count in after.items():
            total[name] += (count - before.get(name, 0)) * row.sequence_length
    return dict(total)


def preview_lines(preview: Preview) -> Iterator[str]:
    """What `soofi corpus mixture` prints."""
    if preview.estimated:
        yield f"token shards are not made yet: lengths are estimated at {BYTES_A_TOKEN:g} bytes a token"
    yield f"{'stream':<40} {'domain':<10} {'in store':>9} {'trained':>9} {'epochs':>7}"
    yield "─" * 79
    for share in preview.shares:
        mark = "  !" if share.repeats_too_often else ""
        yield (
            f"{share.stream:<40} {share.domain:<10} {scaled(share.tokens):>9} {scaled(share.effective_tokens):>9} "
            f"{share.epochs:>7.2f}{mark}"
        )
    for what in ("language", "domain", "source"):
        yield ""
        yield from _wrapped(what, preview.by(what))
    often = [share for share in preview.shares if share.repeats_too_often]
    if often:
        yield ""
        yield (
            f"warning: {len(often)} of {len(preview.shares)} streams are read more than {often[0].maximum_epochs:g} times "
            f"(mixture.maximum_epochs), most often {max(often, key=lambda s: s.epochs).stream}, "
            f"{max(share.epochs for share in often):.1f} times: add text, lower their factor, or train on fewer tokens"
        )


def _wrapped(what: str, shares: Mapping[str, float], a_line: int = 6) -> Iterator[str]:
    words = [f"{key} {100 * share:.1f} %" for key, share in shares.items()]
    for start in range(0, len(words), a_line):
        yield f"{what if not start else '':<10}" + ", ".join(words[start : start + a_line])


def _estimated_lengths(run: RunDirectory) -> dict[str, int]:
    path = run.corpus / "accounting.json"
    if not path.is_file():
        raise FileNotFoundError(
            f"{run.path} has neither token shards nor a corpus: run `soofi corpus` first, then look at its mixture"
        )
    sources = json.loads(path.read_text(encoding="utf-8"))["sources"]
    return {
        f"{source}/{language}": round(table["split"]["train"]["bytes"] / BYTES_A_TOKEN)
        for source, tables in sources.items()
        for language, table in tables.items()
        if table["split"]["train"]["bytes"] >= BYTES_A_TOKEN
    }
