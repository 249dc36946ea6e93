"""Peak memory of training 8 layers under a vocabulary of 131,072 at 2,048 tokens, beside Hugging Face Trainer.

    python benchmarks/peak_memory.py

Each is a process of its own that takes five steps. Measured is what a user sees: the greatest resident size of the process
from its start on, the interpreter and its libraries included (VmHWM of /proc/PID/status). What weights, gradients and
optimizer states need is arithmetic; the rest is called `above`.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

from result_file import write_result
from train_step_peers.contender import Contender
from train_step_peers.shape import Shape

STEPS = 5
CONTENDERS = {"soofi": "soofi_trainer", "transformers Trainer": "transformers_trainer"}
STATE_BYTES = {
    # bf16 weights; fp32 masters, gradients and two moments
    "soofi": 2 + 4 + 4 + 8,
    # fp32 weights, gradients and two moments; the bf16 copies of autocast come on top
    "transformers Trainer": 4 + 4 + 8,
}


def main() -> None:
    """Measure, print, write the result."""
    shape = Shape(vocabulary=131_072, sequence=2048, micro_batch=1, tied=True)
    measured = {name: measure(name, module, shape) for name, module in CONTENDERS.items()}
    ours, theirs = (measured[name] for name in CONTENDERS)
    ratios = {key: round(ours[key] / theirs[key], 3) for key in ("peak_mib", "above_mib")}
    print(
        {
            name: {key: value for key, value in one.items() if key != "settings"}
            for name, one in measured.items()
        },
        ratios,
    )
    figures = {"parameters": shape.parameters, "steps": STEPS, **measured, "ratio": ratios}
    print(write_result("peak_memory", figures))


def measure(name: str, module: str, shape: Shape) -> dict[str, Any]:
    """Peak resident size of one contender after STEPS steps, in MiB."""
    with tempfile.TemporaryDirectory() as logs:
        log = Path(logs) / "log"
        with Contender(name, f"train_step_peers.{module}", Path(sys.executable), shape, log) as contender:
            contender.settle()
            built = peak_mib(contender.pid)
            steps = []
            for _ in range(STEPS):
                contender.step()
                steps.append(round(peak_mib(contender.pid)))
            states = STATE_BYTES[name] * shape.parameters / 2**20
            return {
                "peak_mib": steps[-1],
                "states_mib": round(states),
                "above_mib": round(steps[-1] - states),
                "peak_mib_when_ready": round(built),
                "peak_mib_after_each_step": steps,
                "settings": contender.settings,
            }


def peak_mib(pid: int) -> float:
    """Greatest resident size of a process so far."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"process {pid} tells no peak of its memory")


if __name__ == "__main__":
    main()
