"""The corpus stage: from a recipe's sources to the published directory."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from soofi.corpus.accounting import Account, take_account
from soofi.corpus.duplicates.deduplicate import Copies, find_copies
from soofi.corpus.duplicates.keys import Keys, load_keys
from soofi.corpus.duplicates.near_work import VERDICT
from soofi.corpus.duplicates.selection import select
from soofi.corpus.engine.execute import executor
from soofi.corpus.engine.tasks import Task, tasks_of
from soofi.corpus.engine.work import LIBRARIES, CarryOut, Work, open_work, read_job, remove_work
from soofi.corpus.erase import listed_documents
from soofi.corpus.extract.pages import check_extractor
from soofi.corpus.reading.inflate import DAMAGES
from soofi.corpus.reading.sources import locate
from soofi.corpus.writing.decisions import group_bytes, save_decisions, shard_groups, task_bytes
from soofi.corpus.writing.dropped import write_dropped
from soofi.corpus.writing.gather import collect
from soofi.ledger import RunDirectory, erased_documents, publish_directory, write_json, write_manifest
from soofi.recipe import Recipe, governing

SHARD_BYTES = 256 << 20
"""A shard's texts, as UTF-8, before compression; the last document may pass it."""


def make_corpus(
    recipe: Recipe, run: RunDirectory, inputs: dict[str, str], say: Callable[[str], None]
) -> None:
    """Read, identify, judge and deduplicate all sources and publish `run.corpus`.

    `inputs`: name of each input to its hex SHA-256, for the manifest. The result is the same bytes for any number of
    workers, and after any interruption; what an interrupted attempt finished is not done again.

    Raises FileNotFoundError for a path that leads to nothing, ValueError for a source without one usable document,
    be it that all its files are damaged, and a language of the recipe without one for training and one for validation, ChildProcessError
    if a worker process dies.
    """
    check_extractor(recipe.corpus.extract)
    located = [locate(source) for source in recipe.corpus.sources]
    files = [file for of_source in located for file in of_source.files]
    tasks = tasks_of(files)
    erased = erased_documents(run.ledger).union(*map(listed_documents, recipe.corpus.erased))
    work = open_work(recipe, run, inputs, tasks, sorted(erased))
    log = run.logs / "corpus.log"
    size = sum(task.size_bytes for task in tasks)
    say(f"corpus: reading {len(files)} file{'s' * (len(files) != 1)}, {size / 1e6:.1f} MB")
    for line in filter(None, (of_source.said() for of_source in located)):
        say(f"corpus: {line}")
    with executor(recipe.corpus, log, say) as carry_out:
        work, groups, account = _in_shards(recipe, work, tasks, carry_out, say)
    with publish_directory(run.corpus) as directory:
        kept = collect(work, groups, directory)
        dropped = write_dropped(work, len(tasks), directory, recipe.corpus.keep_dropped_text)
        account.check(sum(kept.values()), sum(dropped.values()))
        write_json(directory / "accounting.json", account.values())
        write_manifest(
            directory, "corpus", inputs, corpus_governing(recipe), rows=kept | dropped, libraries=LIBRARIES
        )
    remove_work(run)
    say(f"corpus: kept {account.kept.total():,} documents, dropped {account.dropped.total():,}")


def _in_shards(
    recipe: Recipe, work: Work, tasks: list[Task], carry_out: CarryOut, say: Callable[[str], None]
) -> tuple[Work, int, Account]:
    """From the tasks to shards in the work directory; returns the directory that holds them, how many groups there are, and the account."""
    sizes = [task.size_bytes for task in tasks]
    carry_out(work, "documents", sizes)
    if recipe.corpus.deduplicate.lines.action != "off":
        say("corpus: taking out lines that stand in many documents")
        work = _without_repeated_lines(work, sizes, carry_out)
    keys = load_keys(work, tasks, recipe.corpus.threads)
    copies = find_copies(keys, recipe.corpus.deduplicate.prefer)
    drop_near, near = False, np.empty(0, VERDICT)
    if recipe.corpus.deduplicate.near.action != "off":
        say(f"corpus: comparing {len(keys.ids):,} documents")
        near = _near_duplicates(work, keys, copies, carry_out)
        drop_near = recipe.corpus.deduplicate.near.action == "drop"
    limits = recipe.corpus.validation_split
    selection = select(keys, copies, near, drop_near, recipe.seed, limits, SHARD_BYTES)
    account = take_account(work, tasks, keys, selection)
    if damaged := sum(count for reason, count in account.reasons() if reason in DAMAGES):
        say(
            f"corpus: {damaged} files, or parts of them, are damaged: stage read of corpus/dropped names them"
        )
    _check_enough(recipe, account)
    save_decisions(work.decisions, keys, selection)
    groups = shard_groups(keys, selection)
    carry_out(work, "scatter", task_bytes(keys))
    carry_out(work, "shards", group_bytes(keys, selection, groups))
    return work, len(groups), account


def corpus_governing(recipe: Recipe) -> dict[str, Any]:
    """The part of the recipe that decides the corpus, as plain values."""
    return {"corpus": governing(recipe.corpus), "languages": recipe.languages, "seed": recipe.seed}


def corpus_facts(run: RunDirectory) -> dict[str, Any]:
    """Counts for the ledger, read from the published accounts."""
    values = json.loads((run.corpus / "accounting.json").read_text(encoding="utf-8"))
    total, last = values["total"], values["stages"][-1]
    reasons: dict[str, int] = {}
    for stage in total["stages"].values():
        for reason, amount in stage["reasons"].items():
            reasons[reason] = reasons.get(reason, 0) + amount["documents"]
    languages: dict[str, int] = {}
    for streams in values["sources"].values():
        for language, table in streams.items():
            if documents := table["stages"][last]["kept"]["documents"]:
                languages[language] = languages.get(language, 0) + documents
    return {
        "read": total["stages"]["read"]["in"],
        "kept": total["stages"][last]["kept"],
        "split": total["split"],
        "dropped": reasons,
        "languages": languages,
    }


def _without_repeated_lines(work: Work, sizes: Sequence[int], carry_out: CarryOut) -> Work:
    # Kernels take a moment to load: only recipes that use them pay for it.
    from soofi.corpus.duplicates.repeated_lines import trim_repeated_lines

    return trim_repeated_lines(work, read_job(work), sizes, carry_out)


def _near_duplicates(work: Work, keys: Keys, copies: Copies, carry_out: CarryOut) -> np.ndarray:
    from soofi.corpus.duplicates.near import find_near_duplicates

    return find_near_duplicates(work, read_job(work), keys, copies, carry_out)


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
