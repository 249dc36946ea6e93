"""What libraries warn and log, kept out of the terminal."""

import logging
import os
import sys
from pathlib import Path

_held: list[logging.LogRecord] = []


class _Held(logging.Handler):
    """Keeps messages until it is known where a run's log is."""

    def emit(self, record: logging.LogRecord) -> None:
        _held.append(record)


class _RunLog(logging.FileHandler):
    """A file of the run, made with the first message; where it cannot be written, the message is dropped."""

    def emit(self, record: logging.LogRecord) -> None:
        run = Path(self.baseFilename).parents[1]
        if run.is_dir() and os.access(run, os.W_OK):
            Path(self.baseFilename).parent.mkdir(exist_ok=True)
            super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:
        """Nothing: a full disk ends what has to be written, not what may be."""


def hold_library_messages() -> None:
    """From here on warnings and log messages wait for `log_libraries`; a command without a run shows none."""
    # Its own handler would print them.
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    # torch prints its own messages past every handler; where torchao is installed, two of each start are about torchao.
    os.environ.setdefault("TORCH_LOGS", "-torch.utils._pytree")
    logging.captureWarnings(True)
    logging.getLogger().handlers = [_Held()]


def log_libraries(path: Path, verbose: bool) -> None:
    """Send them to `path`, a file in the `logs` of a run, those that were held too; `verbose`: to the terminal as well."""
    root = logging.getLogger()
    file = _RunLog(path, delay=True, encoding="utf-8")
    file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root.handlers = [file, logging.StreamHandler(sys.stderr)] if verbose else [file]
    for record in _held:
        root.handle(record)
    _held.clear()


def writes_to_a_log() -> bool:
    """Whether messages go to a file already."""
    return any(isinstance(handler, logging.FileHandler) for handler in logging.getLogger().handlers)
