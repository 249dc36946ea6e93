"""The command line: `soofi`, or `python -m soofi`."""

from soofi.cli.main import main

__all__ = ["main"]
