"""torchrun, with its own messages in a log file instead of between a person and the run.

    python -m soofi.launch.agent LOG TORCHRUN-ARGUMENTS...

The exit code is that of the rank that failed first; a rank that a signal killed counts as 1.
"""

import logging
import sys

from torch.distributed import run
from torch.distributed.elastic.multiprocessing.api import SignalException
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError


def main(arguments: list[str]) -> int:
    """Run torchrun in this process; returns the exit code."""
    log, *torchrun = arguments
    _send_logs_to(log)
    logger = logging.getLogger(__name__)
    try:
        run.main(torchrun)
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
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] == "torch":
            logger = logging.getLogger(name)
            logger.handlers = []
            logger.propagate = True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
