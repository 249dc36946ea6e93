"""Token shards, streams and windows, the stage table, the sampler and the loader."""

from soofi.tokens.encode import check_tokenizer, make_tokens, tokens_facts, tokens_governing
from soofi.tokens.erase import TokenPlace, find_tokens, is_erased, overwrite
from soofi.tokens.loader import Loader, Step
from soofi.tokens.mixture import WeightedSplit
from soofi.tokens.prefetch import Prefetch, Steps
from soofi.tokens.sampler import Placement, Sampler
from soofi.tokens.shard import Shard, ShardWriter
from soofi.tokens.stage_table import (
    Row,
    StageTable,
    continue_stages,
    cut_table,
    outline_stages,
    resolve_stages,
    stage_parts,
    windows_of,
)
from soofi.tokens.stream import Stream, geometry_sha256, language_of, open_streams, packed_windows
from soofi.tokens.window_list import WindowList
from soofi.tokens.windows import IGNORED_LABEL, MicroBatch, Window, packed, read_windows, tile

__all__ = [
    "IGNORED_LABEL", "Loader", "MicroBatch", "Placement", "Prefetch", "Row", "Sampler", "Shard", "ShardWriter",
    "StageTable", "Step", "Steps", "Stream", "TokenPlace", "WeightedSplit", "Window", "WindowList", "check_tokenizer", "continue_stages", "cut_table",
    "find_tokens", "geometry_sha256", "is_erased", "language_of", "make_tokens", "open_streams", "outline_stages", "overwrite", "packed", "packed_windows",
    "read_windows", "resolve_stages", "stage_parts", "tile", "tokens_facts", "tokens_governing", "windows_of",
]  # fmt: skip
