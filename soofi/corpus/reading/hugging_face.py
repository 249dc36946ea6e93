"""Hugging Face data sets: which files a configuration and split has, and streaming those that only `datasets` reads."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
from yaml import YAMLError

from soofi.corpus.reading.formats import Format, format_of_ending
from soofi.recipe import DataSet, Source, is_url

_BATCH_ROWS = 256


@dataclass(frozen=True)
class DataFile:
    """A file of a data set; `builder` names the module of `datasets` that reads it."""

    place: str
    origin: str
    format: Format
    builder: str


def data_files(source: Source) -> list[DataFile]:
    """The files of a source's data set, as `datasets` resolves them from README.md or from their names.

    Parquet and JSON Lines are read by our own readers, which keep a bad row or line aside and go on; all else is
    streamed through `datasets`. Raises ValueError with one sentence if there is no such data set, configuration or split.
    """
    named = source.dataset
    assert named is not None
    where = named.name or str(named.path)
    if named.path is not None and not os.path.isdir(named.path):
        raise FileNotFoundError(
            f"source '{source.name}': no data set is in {named.path}: correct dataset.path or put it there"
        )
    builder = _builder(source, named, where)
    splits = builder.config.data_files or {}
    if named.split not in splits:
        has = ", ".join(map(str, splits)) or "none"
        raise ValueError(
            f"source '{source.name}': data set {where} has no split '{named.split}': set dataset.split to one of {has}"
        )
    kind = type(builder).__module__.split(".")[-1]
    places = [str(place) for place in splits[named.split]]
    return [DataFile(place, _origin(place, named), _format(place, kind), kind) for place in places]


def _builder(source: Source, named: DataSet, where: str) -> Any:
    # Loading `datasets` takes the better part of a second.
    from datasets import load_dataset_builder
    from datasets.exceptions import DatasetNotFoundError
    from huggingface_hub import constants

    if named.name and constants.HF_HUB_OFFLINE:
        raise ValueError(
            f"source '{source.name}': data set {where} is on the Hub, which nothing asks unless it is told to: set "
            f"HF_HUB_OFFLINE=0 in the environment, or fetch the set and name it by dataset.path"
        )
    try:
        with _no_cache() as cache:
            return load_dataset_builder(
                where,
                named.configuration,
                revision=named.revision,
                cache_dir=cache,
                storage_options=dict(source.storage_options) or None,
            )
    except (DatasetNotFoundError, FileNotFoundError):
        raise FileNotFoundError(
            f"source '{source.name}': there is no data set {where}, or it may not be read: look at dataset.name, "
            f"dataset.revision and the Hub's token in the environment"
        ) from None
    except (ValueError, YAMLError) as error:
        said = " ".join(str(error).split())
        raise ValueError(f"source '{source.name}': data set {where}: {said}") from None
    except OSError as error:
        said = " ".join(str(error).split())
        raise ValueError(
            f"source '{source.name}': data set {where} cannot be reached: {said}: look at the network and the address"
        ) from None


def read_data_file(place: str, builder: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Stream one file through `datasets`; yields (row from 1, its values). Nothing is written to a cache."""
    from datasets import load_dataset

    with _no_cache() as cache:
        streamed = load_dataset(
            builder, data_files={"train": [place]}, split="train", streaming=True, cache_dir=cache
        )
        number = 0
        for table in streamed.with_format("arrow").iter(_BATCH_ROWS):
            for row in _plain(table).to_pylist():
                number += 1
                yield number, row


def _plain(table: pa.Table) -> pa.Table:
    """Times as text, as every other reader gives them."""
    for place, column in enumerate(table.schema):
        if pa.types.is_timestamp(column.type):
            times = table.column(place).cast(pa.timestamp("s"), safe=False)
            table = table.set_column(place, column.name, times.cast(pa.string()))
        elif pa.types.is_date(column.type):
            table = table.set_column(place, column.name, table.column(place).cast(pa.string()))
    return table


@contextmanager
def _no_cache() -> Iterator[str]:
    with TemporaryDirectory(prefix="soofi-", ignore_cleanup_errors=True) as folder:
        yield folder


def _format(place: str, kind: str) -> Format:
    ending = format_of_ending(place)
    # Data sets also call JSON Lines .json; whether they are is seen only inside, so `datasets` reads those.
    if ending is not None and (kind, ending) in (("parquet", "parquet"), ("json", "jsonl")):
        return ending
    return "dataset"


def _origin(place: str, named: DataSet) -> str:
    """The file's path inside the data set, without revision or the place where a directory stands."""
    if is_url(place):
        prefix, at, rest = place.partition("@")
        if named.name and at and prefix.endswith(named.name):
            return rest.split("/", 1)[1]
        return place.split("://", 1)[1]
    assert named.path is not None
    return PurePosixPath(os.path.relpath(place, named.path)).as_posix()
