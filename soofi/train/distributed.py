"""Starting and ending the process group, and what ranks tell one another in a step."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

import torch
import torch.distributed

from soofi.train.libraries import import_deepspeed


@contextmanager
def process_group(device: torch.device) -> Iterator[None]:
    """Join the process group that torchrun describes (nccl on GPUs, gloo on CPU), and leave it at the end, also after an
    error."""
    if device.type == "cuda":
        torch.cuda.set_device(device)
    import_deepspeed().init_distributed(
        dist_backend="nccl" if device.type == "cuda" else "gloo",
        timeout=timedelta(minutes=30),
        verbose=False,
    )
    try:
        yield
    finally:
        # Leaving it to the interpreter's exit has been seen to abort.
        torch.distributed.destroy_process_group()


def sum_over_ranks(values: Sequence[float], device: torch.device) -> list[float]:
    """Element-wise sum of a short list over all ranks, in float64 (exact for whole numbers below 2^53)."""
    total = torch.tensor(values, dtype=torch.float64, device=device)
    torch.distributed.all_reduce(total)
    return total.tolist()
