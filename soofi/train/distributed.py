"""Starting and ending the process group, and what ranks tell one another in a step."""

import gc
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import NoReturn

import torch
import torch.distributed

from soofi.ledger import sha256_file
from soofi.train.libraries import import_deepspeed

_LONGEST_SENTENCE_BYTES = 1024


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
        # Engines hold groups in reference cycles, so they go first.
        gc.collect()
        torch.distributed.destroy_process_group()


def leave(code: int) -> NoReturn:
    """End this rank, whose work is done, at once. Torn down with the interpreter, threads of the libraries beneath have been
    seen to abort the process (`terminate called without an active exception`), which torchrun takes for a failure."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def sum_over_ranks(values: Sequence[float], device: torch.device) -> list[float]:
    """Element-wise sum of a short list over all ranks, in float64 (exact for whole numbers below 2^53)."""
    total = torch.tensor(values, dtype=torch.float64, device=device)
    torch.distributed.all_reduce(total)
    return total.tolist()


def hash_together(paths: Sequence[Path], device: torch.device) -> list[str]:
    """Hex SHA-256 of each file; every rank reads its share of them and all learn all. Collective."""
    rank, ranks = torch.distributed.get_rank(), torch.distributed.get_world_size()
    digests = torch.zeros(len(paths), 32, dtype=torch.uint8)
    for index in range(rank, len(paths), ranks):
        digests[index] = torch.frombuffer(bytearray.fromhex(sha256_file(paths[index])), dtype=torch.uint8)
    digests = digests.to(device)
    torch.distributed.all_reduce(digests)
    return [bytes(row.tolist()).hex() for row in digests]


def first_sentence(mine: str | None, device: torch.device) -> str | None:
    """What the first rank that has anything to say says, on every rank; None where none has. Collective."""
    text = torch.zeros(_LONGEST_SENTENCE_BYTES, dtype=torch.uint8)
    data = (mine or "").encode()[:_LONGEST_SENTENCE_BYTES]
    text[: len(data)] = torch.tensor(list(data), dtype=torch.uint8)
    every = torch.empty(
        torch.distributed.get_world_size(), _LONGEST_SENTENCE_BYTES, dtype=torch.uint8, device=device
    )
    torch.distributed.all_gather_into_tensor(every, text[None].to(device))
    said = (bytes(row).rstrip(b"\0").decode(errors="ignore") for row in every.tolist())
    return next(filter(None, said), None)
