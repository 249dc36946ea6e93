"""Commands about single documents of a run: `where` and `erase`."""

import json
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from soofi.cli.voice import Quiet, Verbose, speak

if TYPE_CHECKING:
    from soofi.pipeline.exposure import Exposure

RunPath = Annotated[
    Path,
    typer.Argument(metavar="RUN", help="Run directory, such as runs/quickstart.", show_default=False),
]
Ids = Annotated[
    list[str],
    typer.Argument(metavar="ID...", help="Document ids, as in the corpus's column `id`.", show_default=False),
]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command("where", help="Say where documents are, and which steps and checkpoints saw them.")(where)
    app.command("erase", help="Erase documents from a run's corpus and token shards; a receipt is left.")(
        erase
    )


def where(
    run: RunPath,
    ids: Ids,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")] = False,
) -> None:
    """Print where each document is kept, or why it was dropped, its tokens, and who saw them."""
    from soofi.ledger import RunDirectory
    from soofi.pipeline.exposure import where as look_up

    for exposure in look_up(RunDirectory(run), ids):
        if as_json:
            print(json.dumps(exposure.to_values()))
        else:
            print("\n".join(_lines(exposure)))


def erase(run: RunPath, ids: Ids, quiet: Quiet = False, verbose: Verbose = False) -> None:
    """Erase documents, and print the receipt's path."""
    say = speak(quiet, verbose)
    from soofi.ledger import RunDirectory, lock_run
    from soofi.pipeline.erasure import erase as erase_documents

    # The lock is a file in the directory: none is put where there is no run.
    if not (run / "ledger.jsonl").is_file():
        raise FileNotFoundError(f"there is no run {run}: name a run directory, such as runs/quickstart")
    with lock_run(run):
        receipt = erase_documents(RunDirectory(run), ids, say)
    print(receipt if receipt else "nothing to do: these documents were erased before", file=sys.stdout)


def _lines(exposure: "Exposure") -> list[str]:
    place = exposure.corpus
    lines = [exposure.id]
    if exposure.erased:
        lines.append("  erased")
    if place is not None and place.reason is None:
        lines.append(f"  corpus: {place.path}, {place.split}, {place.text_bytes:,} bytes")
    elif place is not None:
        because = f" of {place.duplicate_of}" if place.duplicate_of else ""
        lines.append(f"  corpus: dropped, {place.reason}{because} ({place.path})")
    lines += [f"  copy: {copy.id}, dropped, {copy.reason}" for copy in exposure.copies]
    lines += [
        f"  tokens: {one.path}, document {one.index}, {one.tokens:,} tokens from {one.offset:,} on"
        for one in exposure.tokens
    ]
    if exposure.steps:
        lines.append(f"  steps that saw it: {_ranges(exposure.steps)} ({len(exposure.steps):,} in all)")
        lines.append(f"  checkpoints after them: {', '.join(exposure.checkpoints) or 'none is kept'}")
    elif exposure.tokens:
        lines.append("  no step saw it")
    return lines


def _ranges(numbers: Sequence[int]) -> str:
    """Sorted numbers, what follows on each other as 3–5; of many only the first twelve pieces."""
    begins = [numbers[0], *(b for a, b in pairwise(numbers) if b != a + 1)]
    ends = [*(a for a, b in pairwise(numbers) if b != a + 1), numbers[-1]]
    pieces = [str(a) if a == b else f"{a}–{b}" for a, b in zip(begins, ends, strict=True)]
    return ", ".join(pieces[:12] + ["…"] * (len(pieces) > 12))
