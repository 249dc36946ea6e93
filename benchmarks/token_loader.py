"""How fast token shards become micro batches on one core, and how long the first step takes.

    python benchmarks/token_loader.py [--rounds N] [--directory DIRECTORY] [--only reading|start]

Reading: 24 streams, 200 M tokens in all, from page cache, shuffled, in micro batches of 8 samples of 4,096 tokens. Beside ours,
in turn: Megatron-core's GPTDataset (the same files, blended by the same weights) under torch's DataLoader, with and without
document boundaries, and nanoGPT's way of reading, a window at a random place of one file, without mixture, epochs or boundaries.
Start: manifest, streams, stage table and one step in the middle of a run over 1e6, 1e8 and 1e10 tokens (24 sparse files), each in
a process of its own, beside the same of Megatron-core, first without and then with its cache. Figures are CPU seconds.
"""

import argparse
import itertools
import json
import logging
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from result_file import read_result, write_result
from sparse_tokens import write_sparse_shard

from soofi.ledger import write_manifest
from soofi.recipe import Mixture, Stage
from soofi.tokens import (
    Loader,
    Sampler,
    ShardWriter,
    StageTable,
    Stream,
    geometry_sha256,
    open_streams,
    resolve_stages,
)

LENGTH, MICRO_BATCH, BATCH = 4_096, 8, 64
PADDING, END, FIRST = 0, 1, 2
STREAMS, TOKENS, SHARD_TOKENS = 24, 200_000_000, 4_000_000
VOCABULARIES = {"uint16": 65_536, "int32": 131_072}
WARM_UP, STEPS = 16, 48
SIZES = {"1e6": 10**6, "1e8": 10**8, "1e10": 10**10}
SPARSE_SHARDS = 24
READING, START = "million_tokens_per_cpu_second", "start_up_cpu_seconds"


def main() -> None:
    """Measure and write the result."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--directory", type=Path, help="where shards are made and kept")
    parser.add_argument(
        "--only", choices=["reading", "start"], help="measure one part, keep the other's figures"
    )
    parser.add_argument("--start", choices=["soofi", "megatron"], help="for its own use")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    if chosen.start:
        print(json.dumps({"soofi": start_soofi, "megatron": start_megatron}[chosen.start](chosen.directory)))
        return
    result: dict[str, Any] = {key: read_result("token_loader").get(key) for key in (READING, START)}
    with tempfile.TemporaryDirectory() as temporary:
        directory = chosen.directory or Path(temporary)
        if chosen.only != "start":
            shape = {"sequence_length": LENGTH, "micro_batch_samples": MICRO_BATCH, "streams": STREAMS}
            result[READING] = {"rounds": chosen.rounds, **shape} | {
                kind: measure_reading(directory / kind, vocabulary, chosen.rounds)
                for kind, vocabulary in VOCABULARIES.items()
            }
        if chosen.only != "reading":
            result[START] = {"rounds": chosen.rounds, "shards": SPARSE_SHARDS} | measure_start(
                directory, chosen.rounds
            )
    print(write_result("token_loader", result))


# ---- reading


def measure_reading(directory: Path, vocabulary: int, rounds: int) -> dict[str, Any]:
    """Median million tokens a CPU second of each contender, and how many times those of the others ours are."""
    if not (directory / "manifest.json").exists():
        write_shards(directory, vocabulary)
    for path in directory.rglob("*.bin"):
        path.read_bytes()
    contenders = {
        "soofi": ours(directory),
        "Megatron-core GPTDataset with boundaries": megatron(directory, vocabulary, boundaries=True),
        "Megatron-core GPTDataset without": megatron(directory, vocabulary, boundaries=False),
        "nanoGPT get_batch": nanogpt(next(directory.rglob("part-00000.bin")), vocabulary),
    }
    for batches in contenders.values():
        take(batches, WARM_UP)
    speeds: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, batches in contenders.items():
            speeds[name].append(take(batches, STEPS) / 1e6)
    medians = {name: median(found) for name, found in speeds.items()}
    ratios = {
        f"soofi beside {name}": round(
            median(a / b for a, b in zip(speeds["soofi"], speeds[name], strict=True)), 2
        )
        for name in contenders
        if name != "soofi"
    }
    figures = {name: round(found, 1) for name, found in medians.items()}
    figures["soofi, slowest round"] = round(min(speeds["soofi"]), 1)
    print(directory.name, figures, ratios, flush=True)
    return {"medians": figures, "ratios": ratios}


def take(batches: Iterator[int], count: int) -> float:
    """Tokens a CPU second over so many steps of BATCH samples."""
    began = time.process_time()
    tokens = 0
    while tokens < count * BATCH * LENGTH:
        tokens += next(batches)
    return tokens / (time.process_time() - began)


def write_shards(directory: Path, vocabulary: int) -> None:
    """Streams whose sizes fall as languages' do, of documents of 50 to 3,000 random tokens."""
    random = np.random.default_rng(0)
    shares = 1 / np.arange(1, STREAMS + 1)
    counts, rows = {}, {}
    for number, share in enumerate(shares / shares.sum()):
        left, part = int(TOKENS * share), 0
        while left > 0:
            path = f"train/web/l{number:02}/part-{part:05}.bin"
            (directory / path).parent.mkdir(parents=True, exist_ok=True)
            with ShardWriter(directory / path, vocabulary) as writer:
                while left > 0 and writer.tokens < SHARD_TOKENS:
                    document = random.integers(FIRST, vocabulary, min(left, int(random.integers(50, 3000))))
                    document[-1] = END
                    writer.add(f"{number}-{part}-{writer.documents}", document)
                    left -= len(document)
            counts[path], rows[path], part = writer.tokens, writer.documents, part + 1
    write_manifest(directory, "tokens", {}, {}, rows=rows, tokens=counts)


def table_of(directory: Path, streams: dict[str, Stream], tokens: int) -> StageTable:
    """A run of so many tokens over these streams."""
    stage = Stage(
        name="only", tokens=tokens, sequence_length=LENGTH, batch_samples=BATCH, mixture=Mixture(exponent=0.5)
    )
    lengths = {name: stream.tokens for name, stream in streams.items()}
    return resolve_stages([stage], lengths, geometry_sha256(directory, "train"), 0)


def ours(directory: Path) -> Iterator[int]:
    """Tokens of one micro batch after the other."""
    streams = open_streams(directory, "train")
    table = table_of(directory, streams, 10**10)
    loader = Loader(Sampler(table), streams, END, PADDING)
    for index in range(table.steps):
        for batch in loader.step(index, MICRO_BATCH).micro_batches:
            yield batch.tokens.size


def megatron(directory: Path, vocabulary: int, boundaries: bool) -> Iterator[int]:
    """As a Megatron trainer reads, in its own process: samples one by one, put together by torch."""
    streams = open_streams(directory, "train")
    weights = table_of(directory, streams, 10**10).rows[0].weights
    blend = {
        path: weights[name] * length / stream.tokens
        for name, stream in streams.items()
        for path, length in zip(stream.paths, np.diff([*stream.offsets, stream.tokens]), strict=True)
    }
    dataset = megatron_dataset(blend, vocabulary, 10**9 // LENGTH, boundaries, directory / "cache")
    while True:
        for batch in torch.utils.data.DataLoader(dataset, batch_size=MICRO_BATCH, num_workers=0):
            yield batch["tokens"].numel()


def megatron_dataset(
    blend: dict[Path, float], vocabulary: int, samples: int, boundaries: bool, cache: Path
) -> Any:
    """Its blended GPTDataset over shards and weights. Boundaries are position ids that begin again with each document."""
    builder, dataset, configuration = import_megatron()
    tokenizer = SimpleNamespace(
        vocab_size=vocabulary, eod=END, pad=PADDING, unique_identifiers={"vocabulary": vocabulary}
    )
    config = configuration(
        random_seed=0,
        sequence_length=LENGTH,
        blend=([str(path.with_suffix("")) for path in blend], list(blend.values())),
        split="1,0,0",
        path_to_cache=str(cache),
        tokenizer=tokenizer,
        reset_position_ids=boundaries,
        reset_attention_mask=False,
        eod_mask_loss=False,
        create_attention_mask=False,
    )
    return builder(dataset, [samples, 0, 0], lambda: True, config).build()[0]


def import_megatron() -> tuple[Any, Any, Any]:
    """Its builder, dataset and configuration, without its many warnings; it wants a process group, be it of one process."""
    if not torch.distributed.is_initialized():
        store = torch.distributed.HashStore()  # type: ignore[attr-defined]
        torch.distributed.init_process_group("gloo", store=store, rank=0, world_size=1)
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    builder = import_module("megatron.core.datasets.blended_megatron_dataset_builder")
    dataset = import_module("megatron.core.datasets.gpt_dataset")
    return builder.BlendedMegatronDatasetBuilder, dataset.GPTDataset, dataset.GPTDatasetConfig


def nanogpt(path: Path, vocabulary: int) -> Iterator[int]:
    """As nanoGPT's trainer does: the file mapped anew for each batch, windows at random places, stacked by torch."""
    kind = np.uint16 if vocabulary <= 65_536 else np.int32
    while True:
        data = np.memmap(path, kind, "r")
        places = torch.randint(len(data) - LENGTH, (MICRO_BATCH,)).tolist()
        tokens = torch.stack([torch.from_numpy(data[i : i + LENGTH].astype(np.int64)) for i in places])
        torch.stack([torch.from_numpy(data[i + 1 : i + 1 + LENGTH].astype(np.int64)) for i in places])
        yield tokens.numel()


# ---- start


def measure_start(directory: Path, rounds: int) -> dict[str, Any]:
    """Median CPU seconds by size, of processes of their own, imports not counted."""
    seconds: dict[str, dict[str, list[float]]] = {}
    for size, tokens in SIZES.items():
        if not (directory / size / "manifest.json").exists():
            write_sparse(directory / size, tokens)
    for round_number in range(rounds + 1):
        for size, who in itertools.product(SIZES, ("soofi", "megatron")):
            command = [sys.executable, __file__, "--start", who, "--directory", str(directory / size)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            for name, found in json.loads(done.stdout.splitlines()[-1]).items():
                if round_number:  # the first brings the files into the page cache
                    seconds.setdefault(name, {}).setdefault(size, []).append(found)
    figures = {
        name: {size: round(median(found), 4) for size, found in sizes.items()}
        for name, sizes in seconds.items()
    }
    print(figures, flush=True)
    return figures


def write_sparse(directory: Path, tokens: int) -> None:
    """As many shards for every size, in four streams, with a manifest."""
    counts, rows = {}, {}
    for part in range(SPARSE_SHARDS):
        path = f"train/web/l{part % 4:02}/part-{part:05}.bin"
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        counts[path] = tokens // SPARSE_SHARDS
        rows[path] = write_sparse_shard(directory / path, counts[path])
    write_manifest(directory, "tokens", {}, {}, rows=rows, tokens=counts)


def cpu_seconds(work: Callable[[], Any]) -> float:
    """Of one call."""
    began = time.process_time()
    work()
    return time.process_time() - began


def start_soofi(directory: Path) -> dict[str, float]:
    """To the end of a step in the middle of an epoch, as after a resume."""

    def work() -> None:
        streams = open_streams(directory, "train")
        table = table_of(directory, streams, max(1, sum(stream.tokens for stream in streams.values())))
        Loader(Sampler(table), streams, END, PADDING).step(table.steps // 2, MICRO_BATCH)

    return {"soofi": cpu_seconds(work)}


def start_megatron(directory: Path) -> dict[str, float]:
    """The same, without and with what it has stored."""
    streams = open_streams(directory, "train")
    blend = {
        path: float(length)
        for stream in streams.values()
        for path, length in zip(stream.paths, np.diff([*stream.offsets, stream.tokens]), strict=True)
    }
    samples = max(BATCH, sum(stream.tokens for stream in streams.values()) // LENGTH)
    import_megatron()
    with tempfile.TemporaryDirectory() as cache:

        def work() -> None:
            dataset = megatron_dataset(blend, 65_536, samples, True, Path(cache))
            torch.utils.data.default_collate([dataset[samples // 2 + number] for number in range(BATCH // 2)])

        return {
            "Megatron-core, first start": cpu_seconds(work),
            "Megatron-core, cached": cpu_seconds(work),
        }


if __name__ == "__main__":
    main()
