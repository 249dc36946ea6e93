"""Best-fit packing of a million documents beside TRL's `pack_dataset` (strategy bfd_split) in its own words.

    .venv/bin/python benchmarks/token_packing.py [--peers .venv-trl]

Lengths are drawn from a log-normal distribution as those of web pages are: median 500 tokens, mean about 1,000, the longest over
100,000. Both cut what is longer than the window and pack all pieces; TRL's function is given the whole table at once, as
`pack_dataset` gives it its batches, with lists of nulls for token ids, so that it moves none. Ours goes from document lengths to
the three arrays of a window list. Also measured: the tokens stage's part as a whole, from a shard's index to the list on disk.
CPU seconds on one core: of ours the median of five goes, of TRL's, which takes half a minute, one in their middle. The peer is put into an environment of its own (--peers), in which the program then
goes on.
"""

import argparse
import statistics
import struct
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from corpus_peers.environment import enter
from result_file import write_result

PEER = "trl==1.16.0"
DOCUMENTS, ROUNDS, SEED = 1_000_000, 5, 1
MEDIAN, SIGMA, LONGEST = 500, 1.2, 1_000_000


def document_lengths(documents: int) -> np.ndarray:
    """Tokens of each document, int32."""
    drawn = np.random.default_rng(SEED).lognormal(np.log(MEDIAN), SIGMA, documents)
    return drawn.clip(1, LONGEST).astype(np.int32)


def ours(lengths: np.ndarray, sequence_length: int) -> tuple[int, int]:
    """Windows and padding of our list."""
    from soofi.tokens.best_fit import cut_documents, pack_pieces

    starts, sizes = cut_documents(lengths, sequence_length)
    order, first = pack_pieces(sizes, sequence_length)
    starts, sizes = starts[order], sizes[order]
    return len(first) - 1, (len(first) - 1) * sequence_length - int(sizes.sum(dtype=np.int64))


def trl(lengths: np.ndarray, sequence_length: int) -> tuple[int, int]:
    """Windows and padding of TRL's table."""
    import pyarrow as pa

    pack_bfd = import_module("trl.data_utils")._pack_bfd
    offsets = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
    values = pa.nulls(int(offsets[-1]))
    table = pa.table({"input_ids": pa.LargeListArray.from_arrays(offsets, values)})
    packed = pack_bfd(table, sequence_length, "split")
    return len(packed), len(packed) * sequence_length - int(offsets[-1])


def of_stage(shard: Path, sequence_length: int) -> float:
    """CPU seconds of the tokens stage's part: read the index, pack, write the list."""
    from soofi.tokens.packing import pack_streams

    name = shard.relative_to(shard.parents[3]).as_posix()
    began = time.process_time()
    pack_streams(shard.parents[3], [name], [sequence_length], 1, lambda line: None)
    return time.process_time() - began


def write_shard(directory: Path, lengths: np.ndarray) -> Path:
    """A shard with documents of these lengths: its index is real, its tokens are a hole in the file."""
    path = directory / "train" / "web" / "de" / "part-00000.bin"
    path.parent.mkdir(parents=True)
    ends = np.cumsum(lengths, dtype=np.int64)
    with open(path, "wb") as file:
        file.truncate(4 * int(ends[-1]))
    with open(path.with_suffix(".idx"), "wb") as file:
        file.write(struct.pack("<9sQBQQ", b"MMIDIDX\x00\x00", 1, 4, len(lengths), len(lengths) + 1))
        file.write(lengths.astype("<i4").tobytes())
        file.write(((ends - lengths) * 4).astype("<i8").tobytes())
        file.write(np.arange(len(lengths) + 1, dtype="<i8").tobytes())
    return path


def measure(lengths: np.ndarray, shard: Path, sequence_length: int) -> dict[str, Any]:
    """All contenders at one length; both must come to the same windows and padding."""
    times: dict[str, list[float]] = {"ours": [], "trl": [], "stage": []}
    results: dict[str, tuple[int, int]] = {}
    middle = [("trl", trl)]
    for place in range(ROUNDS):
        for name, work in [("ours", ours), *(middle if place == ROUNDS // 2 else [])]:
            began = time.process_time()
            results[name] = work(lengths, sequence_length)
            times[name].append(time.process_time() - began)
        times["stage"].append(of_stage(shard, sequence_length))
    assert results["ours"] == results["trl"], results
    seconds = {name: statistics.median(of_name) for name, of_name in times.items()}
    windows, padding = results["ours"]
    return {
        "windows": windows,
        "padding_share": padding / (windows * sequence_length),
        "cpu_seconds": {name: round(value, 4) for name, value in seconds.items()},
        "times_as_fast_as_trl": round(seconds["trl"] / seconds["ours"], 1),
    }


def main() -> None:
    """Measure, print, write the result."""
    parser = argparse.ArgumentParser(description="Best-fit packing beside TRL.")
    parser.add_argument("--peers", type=Path, default=Path(".venv-trl"), help="environment of the peer")
    enter(parser.parse_args().peers, ("--no-deps", PEER))
    lengths = document_lengths(DOCUMENTS)
    few = lengths[:1000]
    ours(few, 4096), trl(few, 4096)  # compiled, imported
    figures: dict[str, Any] = {
        "documents": DOCUMENTS,
        "tokens": int(lengths.sum(dtype=np.int64)),
        "peer": PEER,
    }
    with tempfile.TemporaryDirectory() as directory:
        shard = write_shard(Path(directory), lengths)
        for length in (4096, 32_768):
            figures[f"sequence_length_{length}"] = found = measure(lengths, shard, length)
            print(length, found)
    write_result("token_packing", figures)


if __name__ == "__main__":
    main()
