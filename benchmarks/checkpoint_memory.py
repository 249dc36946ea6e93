"""Host memory while a checkpoint is saved and while it is loaded, by number of ranks; beside DeepSpeed's own.

    python benchmarks/checkpoint_memory.py

56 M parameters, ZeRO stage 1, bf16. Every measurement is a launch of its own. Of every rank the greatest resident size meanwhile is
taken, less what was resident before; the rank with the most counts. A rank's own share is what it keeps of fp32 weights and
moments: 12 bytes for each parameter that it updates. Before a load the engine is built, with weights but without moments.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from checkpoint_memory_rank import SHAPE, ZERO_STAGE
from result_file import write_result

RANKS = (1, 2, 4)
PARTIES = ("soofi", "deepspeed")


def main() -> None:
    """Measure, print, write the result."""
    by_ranks = {str(ranks): measure(ranks) for ranks in RANKS}
    print(json.dumps(by_ranks, indent=1))
    figures = {
        "parameters": SHAPE.parameters,
        "settings": {"zero_stage": ZERO_STAGE, "precision": "bf16"},
        "by_ranks": by_ranks,
        "load_ratio_to_bar": {ranks: ratio_to_bar(one) for ranks, one in by_ranks.items()},
    }
    print(write_result("checkpoint_memory", figures))


def ratio_to_bar(figures: dict[str, Any]) -> float:
    """Peak of a load beside 1.2 shares and one fragment. The weights, a third of the share, stood there before: they count."""
    peak = figures["load"]["soofi"]["peak_mib"] + figures["share_mib"] / 3
    return round(peak / (1.2 * figures["share_mib"] + figures["fragment_mib"]), 3)


def measure(ranks: int) -> dict[str, Any]:
    """MiB of the rank that needed most, for both parties."""
    figures: dict[str, Any] = {"save": {}, "load": {}}
    with tempfile.TemporaryDirectory() as directory:
        for work in ("save", "load"):
            for party in PARTIES:
                told = launch(ranks, Path(directory), work, party)
                figures |= {key: max(one[key] for one in told) for key in ("share_mib", "fragment_mib")}
                figures[work][party] = {
                    key: max(one[key] for one in told)
                    for key in ("peak_mib", "kept_mib", "again_mib")
                    if key in told[0]
                }
    return figures


def launch(ranks: int, directory: Path, work: str, party: str) -> list[dict[str, float]]:
    """One launch of all ranks; what each of them found."""
    script = Path(__file__).with_name("checkpoint_memory_rank.py")
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={ranks}"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [*command, str(script), str(directory), work, party], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return [
        json.loads((directory / f"{work}-{party}-{rank}.json").read_text(encoding="utf-8"))
        for rank in range(ranks)
    ]


if __name__ == "__main__":
    main()
