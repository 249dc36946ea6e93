"""How much faster two processes clean text than one: wall seconds of `soofi corpus`, by turns; needs two idle cores.

    python benchmarks/corpus_cores.py [--bytes N] [--rounds N]

The text is real documents and varied copies of them (corpus_peers/varied.py), near-duplicate search and personal data included.
"""

import argparse
import os
import tempfile
from pathlib import Path
from statistics import median

from corpus_peers.case import sample_texts
from corpus_peers.varied import write_varied
from corpus_peers.whole import run_ours, write_recipe
from result_file import write_result

WORKERS = (1, 2)
BAR = 1.8


def main() -> None:
    """Measure, print, write the result."""
    parser = argparse.ArgumentParser(description="Two processes beside one.")
    parser.add_argument("--bytes", type=int, default=1 << 30, help="text to clean")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each number of processes")
    chosen = parser.parse_args()
    wall: dict[int, list[float]] = {workers: [] for workers in WORKERS}
    cpu: dict[int, list[float]] = {workers: [] for workers in WORKERS}
    with tempfile.TemporaryDirectory(prefix="soofi-benchmark-") as place:
        root = Path(place)
        documents = write_varied(sample_texts(1 << 40), root / "documents", chosen.bytes)
        recipe = write_recipe(root / "cores.yaml", root / "documents")
        for turn in range(chosen.rounds):
            for workers in WORKERS:
                run = root / f"{turn}-{workers}"
                spent = run_ours(recipe, run, f"corpus.workers={workers}")
                wall[workers].append(round(spent.wall_seconds, 2))
                cpu[workers].append(round(spent.cpu_seconds, 2))
                print(workers, spent.wall_seconds, spent.cpu_seconds, os.getloadavg(), flush=True)
    ratios = [one / two for one, two in zip(wall[1], wall[2], strict=True)]
    figures = {
        "bytes": chosen.bytes,
        "documents": documents,
        "ratio": round(median(ratios), 3),
        "bar": BAR,
        "met": median(ratios) >= BAR,
        "ratios": [round(one, 3) for one in ratios],
        "wall_seconds": wall,
        "cpu_seconds": cpu,
        "mb_per_second": {
            workers: round(chosen.bytes / median(wall[workers]) / 1e6, 2) for workers in WORKERS
        },
    }
    print(figures)
    print(write_result("corpus_cores", figures))


if __name__ == "__main__":
    main()
