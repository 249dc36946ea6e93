"""Taking DeepSpeed in: for the right device, quietly, and without a compiler."""

import json
import logging
import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from types import ModuleType

import torch


def import_deepspeed() -> ModuleType:
    """DeepSpeed, told which device to use before it looks for one itself."""
    if not torch.cuda.is_available():
        os.environ.setdefault("DS_ACCELERATOR", "cpu")
    import deepspeed

    if not torch.cuda.is_available():
        # It would compile a shared-memory kernel at the first start on CPU: half a minute, and a failure without a
        # compiler. Plain gloo was measured to be as fast.
        deepspeed.ops.__compatible_ops__["deepspeed_shm_comm"] = False
    return deepspeed


@contextmanager
def weights_only_loading() -> Iterator[None]:
    """While it is open, every `torch.load` refuses to run code from a file, DeepSpeed's own calls included.

    DeepSpeed's progress output is swallowed meanwhile.
    """
    import_deepspeed()
    from deepspeed.runtime.fp16.loss_scaler import LossScaler
    from deepspeed.runtime.zero.config import ZeroStageEnum
    from deepspeed.utils.tensor_fragment import fragment_address

    safe = torch.serialization.safe_globals([ZeroStageEnum, LossScaler, fragment_address])
    with (
        _switched_on("TORCH_FORCE_WEIGHTS_ONLY_LOAD"),
        safe,
        redirect_stdout(StringIO()),
        redirect_stderr(StringIO()),
    ):
        yield


@contextmanager
def compiler_left_alone() -> Iterator[None]:
    """While it is open, `torch.compile` hands a function back as it is.

    DeepSpeed compiles kernels of an optimizer that is not used here as it sets an engine up, and loads the whole of
    torch's compiler for it: a CPU-second on every rank.
    """
    with _switched_on("TORCHDYNAMO_DISABLE"):
        yield


@contextmanager
def _switched_on(name: str) -> Iterator[None]:
    """An environment variable that libraries look at is 1 meanwhile, and then what it was."""
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def log_to_file(path: Path) -> None:
    """Send what libraries log and warn to a file; the terminal belongs to the run."""
    logger = import_deepspeed().utils.logger
    path.parent.mkdir(parents=True, exist_ok=True)
    file = logging.FileHandler(path)
    file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
    logger.propagate = True
    logging.captureWarnings(True)
    logging.raiseExceptions = (
        False  # a log that cannot be written, on a full disk, ends no run and says nothing
    )
    warnings.simplefilter("default")
    root = logging.getLogger()
    root.handlers = [file]
    if os.environ.get("SOOFI_VERBOSITY") == "verbose":
        root.handlers.append(logging.StreamHandler())
    root.setLevel(logging.INFO)
    # What ends a library's thread is raised again where its work is handed over; the trace belongs in the log.
    threading.excepthook = lambda thread: root.error("a thread ended", exc_info=thread.exc_value)
    names = ("RANK", "WORLD_SIZE", "OMP_NUM_THREADS")
    root.info("environment: %s", json.dumps({name: os.environ.get(name) for name in names}))
