"""Where a worker waits for its turn: the contender's own loop calls it once a step.

Imports nothing but the standard library: it runs in every contender's environment.
"""

import json
import os
from typing import Any

ORDERS, REPORTS = "TRAIN_STEP_ORDERS", "TRAIN_STEP_REPORTS"
"""Environment variables that name the file descriptors of the two pipes."""


class Gate:
    """A worker's end of the pipes."""

    def __init__(self, settings: dict[str, Any]):
        """`settings`: what the result file says of this contender; it goes with the first report."""
        self._orders, self._reports = int(os.environ[ORDERS]), int(os.environ[REPORTS])
        self._facts = settings

    def wait(self) -> None:
        """Report that everything ordered so far is done, and sleep until the next step is ordered.

        The process ends here when the pipe is closed.
        """
        os.write(self._reports, json.dumps(self._facts).encode() + b"\n")
        self._facts = {}
        if not os.read(self._orders, 1):
            os._exit(0)
