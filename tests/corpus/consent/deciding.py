"""What tables of patterns decide about one path."""

import numpy as np

from soofi.corpus.consent.addresses import canonical
from soofi.corpus.consent.patterns import Programs, Table


def decided(tables: list[Table], path: str) -> int | None:
    """The number of the pattern that decides about one path, or None."""
    programs = Programs()
    first, last = (np.array([end]) for end in programs.add(tables))
    octets = canonical(path).encode()
    offsets = np.array([0, len(octets)], np.int32)
    place = int(programs.run(np.frombuffer(octets, np.uint8), offsets, first, last)[0])
    return None if place < 0 else place
