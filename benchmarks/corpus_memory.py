"""Memory of `soofi corpus` by the size of the corpus: the process that leads and the workers, each at its greatest.

    python benchmarks/corpus_memory.py [--megabytes 10 100 1000]      # figures of other sizes are kept

The text is real documents and varied copies of them (corpus_peers/varied.py); all stages are on, two workers. Of each process
VmHWM is taken, its greatest resident size from its start on. That counts pages of mapped files, which the kernel takes back
when it needs them; `own_mib` is the greatest resident size without these, looked at 20 times a second. A worker may carry out
several phases: by phase there is only `own_mib`, and a phase that is done before anybody looks has none.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from corpus_peers.case import sample_texts
from corpus_peers.varied import write_varied
from corpus_peers.whole import HOME, write_recipe
from result_file import read_result, write_result

WORKERS = 2
POLL_SECONDS = 0.05


@dataclass
class Peaks:
    """Greatest sizes seen, MiB, by kind of process: `leads` and `works`; `own_mib` also by the phase that workers are at.

    `runs`: the folder in which the run is.
    """

    runs: Path
    whole_mib: dict[str, float] = field(default_factory=dict)
    own_mib: dict[str, float] = field(default_factory=dict)

    def look(self, leader: int) -> None:
        """Note the sizes of a process and all below it."""
        for pid in (leader, *_below(leader)):
            with suppress(OSError, KeyError):  # it may have ended meanwhile
                kind = "leads" if pid == leader else "works"
                sizes = _sizes(pid)
                own = (sizes["RssAnon"] + sizes["RssShmem"]) / 1024
                self.whole_mib[kind] = max(self.whole_mib.get(kind, 0.0), sizes["VmHWM"] / 1024)
                for name in (kind, *([_phase(self.runs)] if kind == "works" else [])):
                    self.own_mib[name] = max(self.own_mib.get(name, 0.0), own)


def main() -> None:
    """Measure, print, write the result."""
    parser = argparse.ArgumentParser(description="Memory by size of the corpus.")
    parser.add_argument("--megabytes", type=int, nargs="+", default=[10, 100, 1000])
    chosen = parser.parse_args()
    for size in chosen.megabytes:
        by_size = read_result("corpus_memory").get("by_megabytes", {}) | {
            str(size): measure(size * 1_000_000)
        }
        by_size = {one: by_size[one] for one in sorted(by_size, key=int)}
        print(json.dumps(by_size, indent=1))
        print(write_result("corpus_memory", {"workers": WORKERS, "by_megabytes": by_size, **growth(by_size)}))


def measure(size: int) -> dict[str, Any]:
    """MiB of each kind of process while a corpus of `size` bytes is made."""
    with tempfile.TemporaryDirectory(prefix="soofi-benchmark-") as place:
        root = Path(place)
        documents = write_varied(sample_texts(1 << 40), root / "documents", size)
        recipe = write_recipe(root / "memory.yaml", root / "documents", {"workers": WORKERS})
        began = time.perf_counter()
        peaks = peaks_of(
            [sys.executable, "-m", "soofi", "corpus", str(recipe), f"run_root={root / 'runs'}"], root / "runs"
        )
        seconds = time.perf_counter() - began
    phases = sorted(set(peaks.own_mib) - {"leads", "works"})
    return {
        "documents": documents,
        "wall_seconds": round(seconds, 1),
        "leads_mib": round(peaks.whole_mib["leads"]),
        "leads_own_mib": round(peaks.own_mib["leads"]),
        "worker_mib": round(peaks.whole_mib["works"]),
        "worker_own_mib": round(peaks.own_mib["works"]),
        "by_phase_own_mib": {phase: round(peaks.own_mib[phase]) for phase in phases},
    }


def growth(by_size: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """How the greatest size compares with the smallest one, and what of it a document takes."""
    sizes = sorted(by_size, key=int)
    few, many = by_size[sizes[0]], by_size[sizes[-1]]
    more = many["documents"] - few["documents"]
    if not more:
        return {}
    return {
        "worker_growth": round(many["worker_own_mib"] / few["worker_own_mib"], 3),
        "leads_growth": round(many["leads_own_mib"] / few["leads_own_mib"], 3),
        "leads_bytes_a_document": round((many["leads_own_mib"] - few["leads_own_mib"]) * 2**20 / more),
        "workers_bytes_a_document": round((many["worker_own_mib"] - few["worker_own_mib"]) * 2**20 / more),
    }


def peaks_of(command: list[str], runs: Path) -> Peaks:
    """Run a command and watch it. Raises ChildProcessError with what it printed if it fails."""
    peaks, ended = Peaks(runs), threading.Event()
    path = os.pathsep.join(filter(None, [str(HOME), os.environ.get("PYTHONPATH")]))
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=os.environ | {"PYTHONPATH": path}
    )

    def watch() -> None:
        while not ended.wait(POLL_SECONDS):
            peaks.look(process.pid)

    watcher = threading.Thread(target=watch)
    watcher.start()
    output, _ = process.communicate()
    ended.set()
    watcher.join()
    if process.returncode:
        raise ChildProcessError(f"{' '.join(command)} failed: {output.decode(errors='replace')[-3000:]}")
    return peaks


def _below(pid: int) -> Iterator[int]:
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in map(int, (task / "children").read_text(encoding="ascii").split()):
                yield child
                yield from _below(child)


def _phase(runs: Path) -> str:
    """The phase that the workers of a run are at: the one that came last to have a folder."""
    begun = runs.glob("*/.work/corpus/*/engine/*")
    return max(((path.stat().st_ctime, path.name) for path in begun), default=(0.0, "start"))[1]


def _sizes(pid: int) -> dict[str, int]:
    """KiB by name."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
    return {
        name: int(rest.split()[0])
        for name, _, rest in (line.partition(":") for line in lines)
        if rest.endswith("kB")
    }


if __name__ == "__main__":
    main()
