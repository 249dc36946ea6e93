#!/usr/bin/env python3
"""Put stored robots files into one Arrow file, sorted by host, which all corpus workers of a machine share in memory.

    python scripts/robots_snapshot.py robots.arrow PATH…

A PATH is whatever `corpus.consent.snapshots` takes: JSON Lines, Parquet, Arrow or WARC files, or folders of such. Exit codes:
0 written, 2 a PATH that holds no snapshot (named on the last line).
"""

import argparse
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from soofi.corpus.consent.files import snapshot_files  # noqa: E402 - found by the line above
from soofi.corpus.consent.snapshot import write_arrow  # noqa: E402


def main() -> int:
    """Write the file that the command line names."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("written", type=Path, help="the Arrow file to be written")
    parser.add_argument("paths", type=Path, nargs="+", help="files and folders with robots files")
    arguments = parser.parse_args()
    if arguments.written.suffix != ".arrow" or arguments.written.is_dir():
        print(
            f"{arguments.written} comes first and is written: give it a name that ends in .arrow",
            file=sys.stderr,
        )
        return 2
    try:
        rows = write_arrow(
            [file for path in arguments.paths for file in snapshot_files(path)], arguments.written
        )
    except (ValueError, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{arguments.written}: {rows:,} robots files")
    return 0


if __name__ == "__main__":
    sys.exit(main())
