"""The shards of one group, each in seeded order, with one shard's texts in memory."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa

from soofi.corpus.documents import DOCUMENT, ParquetFileWriter
from soofi.corpus.duplicates.keys import Keys
from soofi.corpus.duplicates.selection import Selection
from soofi.corpus.engine.work import Work
from soofi.corpus.writing.decisions import GROUP_SHARDS
from soofi.corpus.writing.dropped import originals
from soofi.corpus.writing.scatter import SCATTERED, scattered_batches
from soofi.ledger import publish_directory


def gather(work: Work, number: int, group: range, keys: Keys, selection: Selection) -> None:
    """Write `<source>/<language>/part-NNNNN.parquet` of a group's shards below `work.shards(number)`, and `rows.json`."""
    rows: dict[str, int] = {}
    with publish_directory(work.shards(number)) as directory:
        for first in range(group.start, group.stop, GROUP_SHARDS):
            shards = range(first, min(first + GROUP_SHARDS, group.stop))
            spilled = _spill(work, number, keys, selection, shards, directory / "spill")
            for shard in shards:
                stream, part = selection.shard_names[shard]
                name = "/".join([*keys.names[stream], f"part-{part:05d}.parquet"])
                rows[name] = _write_shard(spilled[shard], directory / name, keys, selection)
                spilled[shard].unlink()
        shutil.rmtree(directory / "spill", ignore_errors=True)
        (directory / "rows.json").write_text(json.dumps(rows), encoding="utf-8")


def collect(work: Work, groups: int, directory: Path) -> dict[str, int]:
    """Bring the shards of all groups into `directory`; returns rows by relative path.

    They are linked, not moved: an interruption here must not take what tasks have finished.
    """
    rows: dict[str, int] = {}
    for number in range(groups):
        of_group = json.loads((work.shards(number) / "rows.json").read_text(encoding="utf-8"))
        for name in of_group:
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(work.shards(number) / name, directory / name)
            except OSError:  # some file systems have no links
                shutil.copyfile(work.shards(number) / name, directory / name)
        rows |= of_group
    return rows


def _spill(
    work: Work, number: int, keys: Keys, selection: Selection, shards: range, folder: Path
) -> dict[int, Path]:
    """Lay the documents of some shards out in one Arrow stream a shard; returns the streams' paths."""
    folder.mkdir(exist_ok=True)
    paths = {shard: folder / f"{shard:05d}.arrow" for shard in shards}
    writers = {shard: pa.ipc.new_stream(str(path), SCATTERED) for shard, path in paths.items()}
    try:
        for batch in scattered_batches(work, len(keys.starts) - 1, number):
            of_rows = selection.shards[batch["row"].to_numpy()]
            for shard in np.unique(of_rows):
                if int(shard) in writers:
                    writers[int(shard)].write_batch(batch.take(np.flatnonzero(of_rows == shard)))
    finally:
        for writer in writers.values():
            writer.close()
    return paths


def _write_shard(spilled: Path, path: Path, keys: Keys, selection: Selection) -> int:
    with pa.ipc.open_stream(str(spilled)) as reader:
        table = reader.read_all()
    table = table.take(np.argsort(selection.places[table["row"].to_numpy()]))
    held_out = selection.validation[table["row"].to_numpy()]
    split = pa.array(np.where(held_out, "validation", "train").tolist(), pa.string())
    table = table.set_column(table.schema.get_field_index("split"), "split", split)
    stands_for = pa.array(originals(table["row"].to_numpy(), keys, selection), pa.string())
    table = table.set_column(table.schema.get_field_index("duplicate_of"), "duplicate_of", stands_for)
    with ParquetFileWriter(path, DOCUMENT) as writer:
        writer.write(table.select(DOCUMENT.names))
    return table.num_rows
