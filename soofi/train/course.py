"""The course of a run as text: its stage table, what is sampled, where the learning rate turns. Needs no torch."""

from collections.abc import Callable, Iterator, Mapping

from soofi.ledger import RunDirectory
from soofi.plan import scaled
from soofi.recipe import Mixture, Recipe
from soofi.tokens import StageTable, language_of, outline_stages
from soofi.train.fork import data_of
from soofi.train.preflight import resolve_table
from soofi.train.schedule import learning_rate_factor, learning_rate_of_step

_RULE = "─"
_SHARES_A_LINE = 7


def read_course(recipe: Recipe, run: RunDirectory) -> StageTable:
    """The run's stage table; an outline, in which streams have no weights, where the token shards are not made yet.

    Raises FileNotFoundError or ValueError, with one sentence, for a parent that cannot be one.
    """
    if recipe.parent is None and not data_of(recipe, run).tokens.is_dir():
        return outline_stages(recipe.stages)
    return resolve_table(recipe, run)


def plan_stages(recipe: Recipe, say: Callable[[str], None]) -> None:
    """Say what `soofi plan stages` prints: every row of the stage table, mixtures, and the learning rate."""
    table = read_course(recipe, RunDirectory(recipe.run_directory))
    begin = table.tokens_before(recipe.parent_step)
    say(f"{recipe.name}: {table.steps:,} steps, {table.tokens:,} tokens")
    if recipe.parent:
        parent = recipe.parent.rpartition("@")[0]
        say(
            f"begins after step {recipe.parent_step:,} of {parent}, {begin:,} tokens; rows in brackets: its parent's"
        )
    say(f"\n{_stage_table(recipe, table)}")
    say("step, token: where the row begins; rate: of matrices, at its first step")
    if packed := dict.fromkeys(row.name for row in table.rows if row.packing == "best_fit"):
        say(f"documents are packed whole into windows (best fit) in: {', '.join(packed)}")
    say("")
    for line in mixture_lines(recipe, table):
        say(line)
    say("\nlearning rate (peak of matrices)")
    for line in learning_rate_lines(recipe, table):
        say(line)


def mixture_lines(recipe: Recipe, table: StageTable) -> Iterator[str]:
    """Each stage's sampling shares by language, largest first, and by source where there are several."""
    if not table.stream_tokens:
        yield "token shards are not made yet: what share each language has is not known"
        for stage in recipe.stages:
            yield f"{stage.name:<15} {_words(stage.mixture)}"
        return
    weights: dict[str, int] = {}
    for row in table.rows:
        if row.weights != weights:
            weights = row.weights
            yield from _shares(row.name, _summed(weights, language_of))
            sources = _summed(weights, lambda name: name.rpartition("/")[0])
            if len(sources) > 1:
                yield from _shares("", sources)


def learning_rate_lines(recipe: Recipe, table: StageTable) -> Iterator[str]:
    """Where the learning rate turns, half of its way down, and its end."""
    peak, schedule = recipe.train.optimizer.learning_rate, recipe.train.schedule
    begin, end = table.tokens_before(recipe.parent_step), table.tokens
    marks: list[tuple[str, float]] = [("start", begin)]
    if schedule.warmup_tokens > begin:
        marks.append(("end of warm-up", schedule.warmup_tokens))
    if fall := schedule.decay_tokens:
        marks += [("decay begins", end - fall), ("half of the decay", end - fall / 2)]
    for what, at in [*marks, ("end", end)]:
        yield f"  {what:<20} {scaled(at):>10} tokens  {peak * learning_rate_factor(schedule, at, end):.3g}"


def _stage_table(recipe: Recipe, table: StageTable) -> str:
    lines = [
        f"{'stage':<15}{'step':>8}{'token':>9}{'steps':>8}{'samples':>9}{'tokens':>9}{'batch':>6}{'length':>7}{'rate':>9}",
        _RULE * 80,
    ]
    for row in table.rows:
        of_parent = row.first_step < recipe.parent_step
        rate = recipe.train.optimizer.learning_rate * learning_rate_of_step(
            recipe.train.schedule, table, row.first_step
        )
        line = (
            f"{f'({row.name})' if of_parent else row.name:<15}{row.first_step:>8,}{scaled(row.first_token):>9}"
            f"{row.steps:>8,}{scaled(row.samples):>9}{scaled(row.steps * row.step_tokens):>9}{row.batch_samples:>6,}"
            f"{row.sequence_length:>7,}{'' if of_parent else f'{rate:.3g}':>9}"
        )
        lines.append(line.rstrip())
    return "\n".join(lines)


def _summed(weights: Mapping[str, int], key: Callable[[str], str]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for name, weight in weights.items():
        sums[key(name)] = sums.get(key(name), 0) + weight
    return sums


def _shares(head: str, weights: Mapping[str, int]) -> Iterator[str]:
    whole = sum(weights.values())
    shares = [f"{tag} {w / whole:.1%}" for tag, w in sorted(weights.items(), key=lambda item: -item[1])]
    for begin in range(0, len(shares), _SHARES_A_LINE):
        yield f"{head if begin == 0 else '':<15} " + "  ".join(shares[begin : begin + _SHARES_A_LINE])


def _words(mixture: Mixture) -> str:
    factors = [f"{name} × {factor:g}" for name, factor in {**mixture.sources, **mixture.languages}.items()]
    return ", ".join([f"exponent {mixture.exponent:g}", *factors])
