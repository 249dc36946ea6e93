"""Cleaning text beside datatrove: the same real documents, one core, the two sides by turns.

    python benchmarks/corpus_vs_datatrove.py [--peers DIRECTORY] [--rounds N] [--only NAME ...] [--bytes N]

NAME is `whole` (from JSON Lines to Parquet, each side a process of its own) or a part of corpus_peers/ (`quality`, `privacy`,
`duplicates`, `language`): what a part measures stands in its module. Seconds are CPU seconds, of the whole process tree for
`whole`. In every round ours and datatrove's take turns; ratios are of the same round, their median is told. Figures of
parts that are not measured again are kept. What datatrove needs beside this environment is put into DIRECTORY (default
.venv-datatrove), in which the program then goes on.
"""

import argparse
import importlib
import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from corpus_peers.case import Case, Text, sample_texts, text_bytes
from corpus_peers.environment import added_versions, enter
from corpus_peers.whole import ADDRESSES, run_datatrove, run_ours, write_lines, write_recipe
from result_file import read_result, write_result

PARTS = ("quality", "privacy", "duplicates", "language")
WHOLE = "whole"
ALL_BYTES = 1 << 40
FEW_BYTES = 60_000
"""Of each language, for a run in which start-up is most of it."""

BARS = {
    "quality rules (Gopher, repetition, C4, FineWeb)": 60,
    "personal data: e-mail and IP addresses": 8,
    "personal data: all types": 2,
    "near-duplicates: signatures, buckets, clusters, filtered documents": 100,
    "whole: e-mail and IP addresses": 10,
}
"""Least ratio that this project asks of itself."""

TURN_SECONDS = 0.5
"""A side that is faster does its work again within a turn, so that the clock's grain does not count."""


def main() -> None:
    """Measure, print and write the result after each part."""
    parser = argparse.ArgumentParser(description="Side by side: cleaning text.")
    parser.add_argument("--peers", type=Path, default=Path(".venv-datatrove"), help="environment of the peer")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each side")
    parser.add_argument("--whole-rounds", type=int, default=3, help="turns of each side for `whole`")
    parser.add_argument("--only", nargs="+", choices=[*PARTS, WHOLE], default=[*PARTS, WHOLE])
    parser.add_argument("--bytes", type=int, default=300_000, help="text of each language for the parts")
    parser.add_argument(
        "--whole-bytes", type=int, default=ALL_BYTES, help="text of each language for `whole`"
    )
    chosen = parser.parse_args()
    enter(chosen.peers)
    for name in chosen.only:
        if name == WHOLE:
            texts, few = sample_texts(chosen.whole_bytes), sample_texts(FEW_BYTES)
            figures = whole(texts, few, chosen.whole_rounds)
        else:
            texts = sample_texts(chosen.bytes)
            cases: Callable[[Sequence[Text]], list[Case]] = importlib.import_module(
                f"corpus_peers.{name}"
            ).cases
            figures = {case.name: side_by_side(case, chosen.rounds) for case in cases(texts)}
        for case_name, one in figures.items():
            print(f"{case_name}: {one['ratio']} ×", json.dumps(one), flush=True)
        measured = read_result("corpus_vs_datatrove").get("cases", {}) | figures
        write_result("corpus_vs_datatrove", {"peer_environment": added_versions(), "cases": measured})


def side_by_side(case: Case, rounds: int) -> dict[str, Any]:
    """CPU seconds of `rounds` turns of each side, and their ratio."""
    again = 1 + int(TURN_SECONDS / max(1e-4, min(_cpu_seconds(case.ours, 1) for _ in range(2))))
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(_cpu_seconds(case.ours, again))
        theirs.append(_cpu_seconds(case.peer, 1))
    return figures_of(case.name, case.bytes, ours, theirs)


def figures_of(name: str, size: int, ours: Sequence[float], theirs: Sequence[float]) -> dict[str, Any]:
    """What is written of one comparison."""
    ratios = [their / our for our, their in zip(ours, theirs, strict=True)]
    bar = {"bar": BARS[name], "met": median(ratios) >= BARS[name]} if name in BARS else {}
    return {
        "ratio": round(median(ratios), 2),
        **bar,
        "ratios": [round(one, 2) for one in sorted(ratios)],
        "bytes": size,
        "ours_mb_per_cpu_second": round(size / median(ours) / 1e6, 3),
        "datatrove_mb_per_cpu_second": round(size / median(theirs) / 1e6, 3),
        "ours_cpu_seconds": [round(one, 4) for one in ours],
        "datatrove_cpu_seconds": [round(one, 4) for one in theirs],
    }


def whole(texts: Sequence[Text], few: Sequence[Text], rounds: int) -> dict[str, Any]:
    """JSON Lines → Parquet; ours once with the personal data that datatrove knows, and once with all types.

    Start-up counts in `ratio`. It does not in `ratio_without_start_up`: that is of what `texts` take more than `few`.
    """
    forms: dict[str, dict[str, Any]] = {
        "whole: e-mail and IP addresses": {"privacy": ADDRESSES},
        "whole: all types of personal data": {},
    }
    seconds: dict[tuple[str, str], list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="soofi-benchmark-") as place:
        root = Path(place)
        for size, documents in (("few", few), ("all", texts)):
            folder = write_lines(documents, root / size)
            recipes = {
                name: write_recipe(root / f"{size}-{number}.yaml", folder, corpus)
                for number, (name, corpus) in enumerate(forms.items())
            }
            for recipe in recipes.values():
                run_ours(recipe, root / "warm")  # compilation is no part of what is measured
            for turn in range(rounds):
                for name, recipe in recipes.items():
                    seconds[size, name].append(run_ours(recipe, root / str(turn)).cpu_seconds)
                spent = run_datatrove(folder, root / f"datatrove-{size}-{turn}")
                seconds[size, "datatrove"].append(spent.cpu_seconds)
        left = {
            name: documents_left(root / "0" / recipe.stem / "corpus") for name, recipe in recipes.items()
        } | {"datatrove": json.loads(spent.output.strip().splitlines()[-1])}
    more = text_bytes(texts) - text_bytes(few)
    added = {
        name: median(seconds["all", name]) - median(seconds["few", name]) for name in (*forms, "datatrove")
    }
    return {
        name: figures_of(name, text_bytes(texts), seconds["all", name], seconds["all", "datatrove"])
        | {
            "ratio_without_start_up": round(added["datatrove"] / added[name], 2),
            "without_start_up_mb_per_cpu_second": {
                "ours": round(more / added[name] / 1e6, 3),
                "datatrove": round(more / added["datatrove"] / 1e6, 3),
            },
            "few_bytes": text_bytes(few),
            "few_cpu_seconds": {
                "ours": [round(one, 2) for one in seconds["few", name]],
                "datatrove": [round(one, 2) for one in seconds["few", "datatrove"]],
            },
            "documents": {"ours": left[name], "datatrove": left["datatrove"]},
        }
        for name in forms
    }


def documents_left(corpus: Path) -> dict[str, int]:
    """Documents that each stage of ours left over."""
    stages = json.loads((corpus / "accounting.json").read_text(encoding="utf-8"))["total"]["stages"]
    return {name: stage["kept"]["documents"] for name, stage in stages.items()}


def _cpu_seconds(work: Callable[[], Any], times: int) -> float:
    began = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - began) / times


if __name__ == "__main__":
    main()
