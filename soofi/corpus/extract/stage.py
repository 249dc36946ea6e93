"""The stage `extract`: pages become text, and every text is cleaned."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from soofi.corpus.batches import Marks
from soofi.corpus.extract.cleaning import clean
from soofi.corpus.extract.pages import NoText, extractor
from soofi.corpus.extract.screening import may_change
from soofi.recipe import Corpus

_CODE = "code"


def prepare_extract(corpus: Corpus, languages: Sequence[str]) -> "ExtractStage":
    """The stage as the recipe asks for it. It cannot be left out, but each of its rules can."""
    return ExtractStage(corpus)


class ExtractStage:
    """Fills `text` of pages from `markup`, cleans all texts, and drops what has none left."""

    def __init__(self, corpus: Corpus):
        self._rules = corpus.extract
        self._extract = extractor(corpus.extract)

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """See `soofi.corpus.stages.OverBatch`."""
        marks = Marks(batch, "extract")
        texts: list[Any] = batch["text"].cast(pa.binary()).to_pylist()
        domains = batch["domain"].to_pylist()
        pages: list[str | None] = batch["markup"].to_pylist()
        for row in marks.open_rows():
            text = texts[row]
            # Most texts need no cleaning, and what is not changed need not be decoded.
            if text is not None and not may_change(text, self._rules):
                continue
            try:
                texts[row] = self._text(text, pages[row], domains[row])
            except NoText as reason:
                page = pages[row]
                evidence: dict[str, Any] = {}
                if page is not None:
                    evidence["markup_characters"] = len(page)
                marks.drop(row, str(reason), evidence)
        return marks.onto(batch, text=texts, markup=[None] * batch.num_rows)

    def _text(self, text: Any, page: str | None, domain: str | None) -> str:
        """Raises `NoText`."""
        found = text.decode() if page is None else self._extract(page)
        cleaned = clean(found, self._rules, is_page=page is not None, is_code=domain == _CODE)
        if cleaned is None:
            raise NoText("cleaning_does_not_end")
        if not cleaned or cleaned.isspace():
            raise NoText("nothing_left")
        if cleaned.count("\ufffd") > self._rules.maximum_replaced_share * len(cleaned):
            raise NoText("undecodable")
        return cleaned
