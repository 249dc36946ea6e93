"""torchrun, with its own messages in a log file instead of between a person and the run.

    python -m soofi.launch.agent PARENT LOG TORCHRUN-ARGUMENTS...

PARENT is the process id of what starts it: the agent, and with it its ranks, ends when that process does. The exit code is
that of the rank that failed first; a rank that a signal killed counts as 1.
"""

import logging
import sys
from collections.abc import Sequence
from tempfile import TemporaryDirectory

from soofi.launch.parent import end_with_parent


def main(arguments: Sequence[str]) -> int:
    """Run torchrun in this process; returns the exit code."""
    parent, log, *torchrun = arguments
    end_with_parent(int(parent))
    from torch.distributed import run
    from torch.distributed.elastic.multiprocessing.api import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError

    _send_logs_to(log)
    logger = logging.getLogger(__name__)
    try:
        # torchrun makes folders for what it was not asked to redirect, and leaves them behind.
        with TemporaryDirectory(prefix="soofi-", ignore_cleanup_errors=True) as folder:
            run.main(["--log-dir", folder, *torchrun])
    except ChildFailedError as error:
        logger.error("%s", error)  # its text is the table of ranks
        _, first = error.get_first_failure()
        return max(1, first.exitcode)
    except SignalException as error:
        logger.warning("%s", error)
        return 128 + int(error.sigval)
    return 0


def _send_logs_to(path: str) -> None:
    """Give torch's loggers the file as their only handler."""
    root = logging.getLogger()
    root.handlers = [logging.FileHandler(path)]
    root.setLevel(logging.INFO)
    logging.raiseExceptions = (
        False  # a log that cannot be written, on a full disk, ends no run and says nothing
    )
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] == "torch":
            logger = logging.getLogger(name)
            logger.handlers = []
            logger.propagate = True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
