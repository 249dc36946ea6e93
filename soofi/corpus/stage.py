"""The corpus stage: from a recipe's sources to the published directory."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from soofi.corpus.accounting import Account, take_account
from soofi.corpus.duplicates.selection import load_keys, select
from soofi.corpus.engine.execute import run_tasks
from soofi.corpus.engine.tasks import tasks_of
from soofi.corpus.engine.work import LIBRARIES, open_work, remove_work
from soofi.corpus.reading.sources import locate
from soofi.corpus.writing.decisions import group_bytes, save_decisions, shard_groups, task_bytes
from soofi.corpus.writing.dropped import write_dropped
from soofi.corpus.writing.gather import collect
from soofi.ledger import RunDirectory, publish_directory, write_json, write_manifest
from soofi.recipe import Recipe, governing

SHARD_BYTES = 256 << 20
"""A shard's texts, as UTF-8, before compression; the last document may pass it."""


def make_corpus(
    recipe: Recipe, run: RunDirectory, inputs: dict[str, str], say: Callable[[str], None]
) -> None:
    """Read, identify, judge and deduplicate all sources and publish `run.corpus`.

    `inputs`: name of each input to its hex SHA-256, for the manifest. The result is the same bytes for any number of
    workers, and after any interruption; what an interrupted attempt finished is not done again.

    Raises FileNotFoundError for a path that leads to nothing, ValueError for a damaged file, a source without one
    usable document and a language of the recipe without one for training and one for validation, ChildProcessError
    if a worker process dies.
    """
    located = [locate(source) for source in recipe.corpus.sources]
    files = [file for of_source in located for file in of_source.files]
    tasks = tasks_of(files)
    work = open_work(recipe, run, inputs, tasks)
    log = run.logs / "corpus.log"
    sizes = [task.size_bytes for task in tasks]
    say(f"corpus: reading {len(files)} files, {sum(sizes) / 1e6:.1f} MB")
    for line in filter(None, (of_source.said() for of_source in located)):
        say(f"corpus: {line}")
    run_tasks(work, "documents", sizes, recipe.corpus, log, say)
    keys = load_keys(work, tasks)
    selection = select(keys, recipe.seed, recipe.corpus.validation_split, SHARD_BYTES)
    account = take_account(work, tasks, keys, selection)
    _check_enough(recipe, account)
    save_decisions(work.decisions, keys, selection)
    groups = shard_groups(keys, selection)
    run_tasks(work, "scatter", task_bytes(keys), recipe.corpus, log, say)
    run_tasks(work, "shards", group_bytes(keys, selection, groups), recipe.corpus, log, say)
    with publish_directory(run.corpus) as directory:
        kept = collect(work, len(groups), directory)
        dropped = write_dropped(work, len(tasks), directory, recipe.corpus.keep_dropped_text)
        account.check(sum(kept.values()), sum(dropped.values()))
        write_json(directory / "accounting.json", account.values())
        write_manifest(
            directory, "corpus", inputs, corpus_governing(recipe), rows=kept | dropped, libraries=LIBRARIES
        )
    remove_work(run)
    say(f"corpus: kept {account.kept.total():,} documents, dropped {account.dropped.total():,}")


def corpus_governing(recipe: Recipe) -> dict[str, Any]:
    """The part of the recipe that decides the corpus, as plain values."""
    return {"corpus": governing(recipe.corpus), "languages": recipe.languages, "seed": recipe.seed}


def corpus_facts(run: RunDirectory) -> dict[str, Any]:
    """Counts for the ledger, read from the published accounts."""
    values = json.loads((run.corpus / "accounting.json").read_text(encoding="utf-8"))
    total = values["total"]
    reasons: dict[str, int] = {}
    for stage in total["stages"].values():
        for reason, amount in stage["reasons"].items():
            reasons[reason] = reasons.get(reason, 0) + amount["documents"]
    languages: dict[str, int] = {}
    for streams in values["sources"].values():
        for language, table in streams.items():
            if documents := table["stages"]["deduplicate"]["kept"]["documents"]:
                languages[language] = languages.get(language, 0) + documents
    return {
        "read": total["stages"]["read"]["in"],
        "kept": total["stages"]["deduplicate"]["kept"],
        "split": total["split"],
        "dropped": reasons,
        "languages": languages,
    }


def _check_enough(recipe: Recipe, account: Account) -> None:
    kept = {(stream, split) for (stream, split), count in account.kept.items() if count}
    for source in recipe.corpus.sources:
        if source.name not in {of_source for (of_source, _), _ in kept}:
            raise ValueError(
                f"source '{source.name}' has no usable document{_because(account.reasons(source=source.name))}: "
                f"correct its files or take it out of corpus.sources"
            )
    missing = []
    for language in recipe.languages:
        for split, word in (("train", "training"), ("validation", "validation")):
            if (language, split) not in {(of_language, of_split) for (_, of_language), of_split in kept}:
                because = _because(account.reasons(language=language))
                missing.append(f"'{language}' has no usable {word} document{because}")
                break
    if missing:
        raise ValueError(
            f"language {'; '.join(missing)}: add text, take the language out of `languages`, or loosen corpus.quality, "
            f"corpus.identify or corpus.validation_split"
        )


def _because(reasons: Sequence[tuple[str, int]]) -> str:
    if not reasons:
        return ""
    return f" (dropped: {', '.join(f'{count} {reason}' for reason, count in reasons[:3])})"
