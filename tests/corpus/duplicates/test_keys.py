"""Keys are read ahead, but not without bound."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pytest

from soofi.corpus.duplicates.keys import _ahead


@pytest.mark.parametrize("most", [1, 2, 5])
def test_no_more_tables_are_held_than_asked(most):
    begun, lock = 0, threading.Lock()

    def read(number):
        nonlocal begun
        with lock:
            begun += 1
        return pa.table({"number": [number]})

    taken = []
    with ThreadPoolExecutor(most) as pool:
        for table in _ahead(pool, read, 30, most):
            taken += table["number"].to_pylist()
            assert begun <= len(taken) - 1 + most
    assert taken == list(range(30))
