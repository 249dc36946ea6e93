"""Erasing documents from a run: out of the corpus, and overwritten in the token shards, with a receipt.

What is to be done is written down first (`erasures/pending.json`), then done, then entered in the ledger; every step may be
done twice. So after a crash at any point the next command on the run finishes it.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from soofi.corpus.erase import CorpusPlace, account_without, find_documents, remove_documents
from soofi.ledger import (
    RunDirectory,
    erased_documents,
    manifest_sha256,
    read_manifest,
    sha256_file,
    update_manifest,
    write_json,
)
from soofi.pipeline.exposure import steps_taken, steps_that_saw
from soofi.tokenizer import open_tokenizer
from soofi.tokens import TokenPlace, find_tokens, overwrite

FORMAT = "soofi.erasure/1"
_PENDING = "pending.json"


def erase(run: RunDirectory, ids: Sequence[str], say: Callable[[str], None]) -> Path | None:
    """Erase documents and whatever repeats them exactly; returns the receipt, None if all were erased before.

    A kept document leaves the corpus, its tokens are overwritten with padding, and the text of its copies among the dropped
    documents goes. Of a document that was dropped as an exact copy, the kept one goes. Of one that was dropped for
    another reason, near copies among them, only its own text goes; `say` tells which document stays that it nearly repeats.

    Raises FileNotFoundError for what is no run, ValueError for an id that the corpus does not have or a corpus that is a
    parent's. Call it with the run locked.
    """
    finish_erasure(run, say)
    if not (run.corpus / "manifest.json").is_file():
        raise FileNotFoundError(f"{run.path} has no corpus: name a run directory, such as runs/quickstart")
    if run.corpus.is_symlink():
        raise ValueError(
            f"the corpus of {run.path} is its parent's: erase the documents from {run.corpus.resolve().parent}"
        )
    gone = erased_documents(run.ledger)
    wanted = [name for name in dict.fromkeys(ids) if name not in gone]
    if not wanted:
        return None
    places = find_documents(run.corpus, wanted)
    there = {place.id for place in places}
    if unknown := [name for name in wanted if name not in there]:
        raise ValueError(
            f"the corpus of {run.path} has no document {unknown[0]}, kept or dropped: see the column `id` of its Parquet files; "
            "nothing was erased"
        )
    # An id may stand for several rows: of records that claim one id all but the first were dropped.
    copies = [place for place in places if place.id in wanted and place.duplicate_of not in (None, place.id)]
    going = {*wanted, *(str(place.duplicate_of) for place in copies if not place.is_near_copy)}
    for place in copies:
        if place.is_near_copy and place.duplicate_of not in going:
            say(
                f"erase: {place.id} is a near copy of {place.duplicate_of}, which stays: name that one too if it has to go"
            )
    # Two near copies of one document may have the same text.
    near_texts = {(place.duplicate_of, place.text_sha256) for place in copies if place.is_near_copy}
    if copies:
        stay = {str(place.duplicate_of) for place in copies} - going
        places = find_documents(run.corpus, going | stay)
        going |= {place.id for place in places if (place.duplicate_of, place.text_sha256) in near_texts}
        places = [place for place in places if place.id not in stay]
    kept = [place for place in places if place.reason is None]
    # Copies of what goes would otherwise come back when the corpus is made again.
    going |= {place.id for place in places if place.duplicate_of in {one.id for one in kept}}
    tokens = find_tokens(run.tokens, going) if (run.tokens / "manifest.json").is_file() else []
    number = 1 + len(list((run.path / "erasures").glob("0*.json")))
    plan = {
        "format": FORMAT,
        "number": number,
        "requested": wanted,
        "documents": sorted(going),
        "corpus": [asdict(place) for place in kept],
        "account": account_without(run.corpus, kept),
        "tokens": [asdict(place) for place in tokens],
        "steps": steps_that_saw(run, tokens),
        "steps_taken": steps_taken(run),
        "before": {
            name: _digests(run.path / name) for name in ("corpus", "tokens") if (run.path / name).is_dir()
        },
    }
    write_json(run.path / "erasures" / _PENDING, plan)
    return finish_erasure(run, say)


def finish_erasure(run: RunDirectory, say: Callable[[str], None]) -> Path | None:
    """Carry out what `erase` wrote down, from the beginning if it was interrupted; returns the receipt, None without any."""
    pending = run.path / "erasures" / _PENDING
    if not pending.is_file():
        return None
    plan = json.loads(pending.read_text(encoding="utf-8"))
    part = f"erased-{plan['number']:05d}"
    kept = [CorpusPlace(**place) for place in plan["corpus"]]
    changed: dict[str, dict[str, int | None]] = {
        "corpus": remove_documents(run.corpus, kept, plan["documents"], plan["account"], part)
    }
    if plan["tokens"]:
        places = [TokenPlace(**place) for place in plan["tokens"]]
        written = overwrite(run.tokens, places, open_tokenizer(run.tokenizer).pad_id)
        changed["tokens"] = dict.fromkeys(written)
    for name, files in changed.items():
        update_manifest(run.path / name, files)
    receipt = run.path / "erasures" / f"{plan['number']:05d}.json"
    write_json(receipt, _receipt(run, plan, changed))
    _enter(run, plan, receipt, changed)
    pending.unlink()
    left, overwritten = len(kept), len(plan["tokens"])
    say(
        f"erase: {left} document{'s' * (left != 1)} left the corpus, {overwritten} {'was' if overwritten == 1 else 'were'} overwritten in "
        f"the token shards; receipt: {receipt}"
    )
    return receipt


def _digests(directory: Path) -> dict[str, Any]:
    return {
        "manifest_sha256": manifest_sha256(directory),
        "files": {output.path: output.sha256 for output in read_manifest(directory).outputs},
    }


def _receipt(
    run: RunDirectory, plan: dict[str, Any], changed: dict[str, dict[str, int | None]]
) -> dict[str, Any]:
    """What was done, with the digests of every changed file before and after; no text."""
    directories = {
        name: {
            "manifest_sha256": {
                "before": plan["before"][name]["manifest_sha256"],
                "after": manifest_sha256(run.path / name),
            },
            "files": {
                file: {
                    "before": plan["before"][name]["files"].get(file),
                    "after": sha256_file(run.path / name / file),
                }
                for file in sorted(files)
            },
        }
        for name, files in changed.items()
    }
    return {
        "format": FORMAT,
        "requested": plan["requested"],
        "documents": plan["documents"],
        "tokens": [
            {key: place[key] for key in ("id", "split", "stream", "path", "index", "tokens")}
            for place in plan["tokens"]
        ],
        "steps_that_saw_them": plan["steps"],
        "steps_taken": plan.get("steps_taken"),
        "directories": directories,
    }


def _enter(
    run: RunDirectory, plan: dict[str, Any], receipt: Path, changed: dict[str, dict[str, int | None]]
) -> None:
    """One line a directory; those that a crash let through are not entered again."""
    files = {f"erasures/{receipt.name}": sha256_file(receipt)}
    for name in changed:
        digest = manifest_sha256(run.path / name)
        entry = run.ledger.newest("erase", name)
        if entry is None or entry.facts["manifest_sha256"] != digest:
            facts = {
                "manifest_sha256": digest,
                "supersedes": plan["before"][name]["manifest_sha256"],
                "documents": plan["documents"],
                "files": files,
            }
            run.ledger.append("erase", name, facts)
