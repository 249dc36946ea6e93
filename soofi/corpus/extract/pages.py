"""The text of a page."""

import importlib
from collections.abc import Callable

import numpy as np
from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.html import HTMLTree

from soofi.recipe import Extraction

DEEPEST = 2000
"""Elements inside each other: finding the main content takes time with their square, 0.3 s at this depth."""


class NoText(Exception):
    """Why a page gives no text; the message is the reason's name."""


def check_extractor(rules: Extraction) -> None:
    """Raise ValueError with one sentence if the recipe's extractor is not installed."""
    if rules.extractor == "trafilatura":
        try:
            importlib.import_module("trafilatura")
        except ImportError:  # also of what it needs itself
            raise ValueError(
                "corpus.extract.extractor trafilatura is not installed: pip install 'soofi[trafilatura]', or take resiliparse"
            ) from None


def extractor(rules: Extraction) -> Callable[[str], str]:
    """The function from a page's HTML to its text that the recipe asks for; it raises `NoText`."""
    check_extractor(rules)
    extract = _with_trafilatura(rules) if rules.extractor == "trafilatura" else _with_resiliparse(rules)

    def guarded(page: str) -> str:
        if nesting(page) > DEEPEST:
            raise NoText("nested_too_deep")
        try:
            text = extract(page)
        except Exception as error:
            raise NoText("extractor_failed") from error
        except BaseException as error:
            if type(error).__name__ != "PanicException":  # of a library in Rust; derived from nothing better
                raise
            raise NoText("extractor_failed") from error
        if not text or text.isspace():
            raise NoText("no_text_found")
        return text

    return guarded


def _with_resiliparse(rules: Extraction) -> Callable[[str], str]:
    def extract(page: str) -> str:
        return str(
            extract_plain_text(
                page,
                preserve_formatting=True,
                main_content=rules.main_content,
                list_bullets=rules.list_bullets,
                alt_texts=rules.alt_texts,
                links=False,
                form_fields=False,
                noscript=False,
                comments=rules.comments,
                skip_elements=rules.skip_elements,
            )
        )

    return extract


def _with_trafilatura(rules: Extraction) -> Callable[[str], str]:
    import trafilatura

    def extract(page: str) -> str:
        found = trafilatura.extract(
            _pruned(page, rules.skip_elements),
            output_format="txt",
            include_comments=rules.comments,
            include_tables=rules.tables,
            include_images=False,
            include_links=False,
            favor_precision=rules.favour == "precision",
            favor_recall=rules.favour == "recall",
        )
        return found or ""

    return extract


def _pruned(page: str, selectors: list[str]) -> str:
    tree = HTMLTree.parse(page)
    if not selectors or tree.document is None:
        return page
    unwanted = tree.document.query_selector_all(", ".join(selectors))
    if not len(unwanted):
        return page
    for element in list(unwanted):
        element.decompose()
    return str(tree)


# Elements that hold nothing, and those whose end HTML lets a page leave out: neither makes a page deeper by coming often.
_FLAT = [b"br", b"hr", b"img", b"input", b"link", b"meta", b"area", b"base", b"col", b"embed", b"source", b"wbr", b"p", b"li",
         b"td", b"th", b"tr", b"dt", b"dd", b"option", b"path", b"use"]  # fmt: skip


def nesting(page: str) -> int:
    """About how many elements stand inside each other at the deepest place; a bound, not a parse."""
    if page.count("<") <= DEEPEST:
        return 0
    bytes_N = np.frombuffer(page.encode(errors="replace") + b"  " * 8, np.uint8)
    open_P = np.flatnonzero(bytes_N[:-16] == ord("<"))
    after_P = bytes_N[open_P + 1] | 0x20
    closes_P = bytes_N[open_P + 1] == ord("/")
    name_P = np.where(closes_P, open_P + 2, open_P + 1)
    is_tag_P = closes_P | ((after_P >= ord("a")) & (after_P <= ord("z")))
    for name in _FLAT:
        same_P = np.ones(len(open_P), bool)
        for place, letter in enumerate(name):
            same_P &= (bytes_N[name_P + place] | 0x20) == letter
        end_P = bytes_N[name_P + len(name)]
        is_letter_P = ((end_P | 0x20) >= ord("a")) & ((end_P | 0x20) <= ord("z"))
        is_tag_P &= ~(same_P & ~is_letter_P)
    step_P = np.where(closes_P, -1, 1) * is_tag_P
    depth_P = np.cumsum(step_P)
    return int(depth_P.max() - min(depth_P.min(), 0))
