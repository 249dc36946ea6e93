"""Text out of the markup that packages carry: Mallard pages, help pages, message catalogues, the Declaration.

Nothing here judges or repairs what a text says. Untranslated pages, near-duplicates and e-mail addresses
stay, because they are what the corpus stages are there to find.
"""

import html
import re
import struct
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Iterator, Mapping

from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.html import DocumentNode, HTMLTree

LAST_ARTICLE = 15  # articles 16-30 of the Declaration are the parallel text on which tokenizers are compared

_MALLARD_PARAGRAPHS = {"title", "subtitle", "p", "cite"}
_MALLARD_VERBATIM = {"code", "screen"}
_MARKUP_LEFT = re.compile(r"[{}\[\]<>|=\\^$%#@~]|__\w|\w_\w|_\w|://")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_TAG = re.compile(r"<!--.*?-->|</?[A-Za-z][^<>]*>", re.DOTALL)


def mallard_texts(pages: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    """One Mallard guide, page id -> XML, as (page id, text).

    A text is the page's paragraphs with blank lines between, then its translators with their addresses.
    Metadata that a reader of the page does not see (revisions, summaries for other pages) is left out.
    All pages of a guide are read together, as a link without words shows the title of the page it leads to.
    Raises `xml.etree.ElementTree.ParseError` where a page is not XML.
    """
    roots = {page: ElementTree.fromstring(xml) for page, xml in pages.items()}
    titles = {}
    for page, root in roots.items():
        title = root.find("{*}title")
        titles[page] = "" if title is None else "".join(title.itertext())
    for page, root in roots.items():
        translators = "\n".join(_mallard_translators(root))
        yield page, "\n\n".join(block for block in [*_mallard_blocks(root, titles), translators] if block)


def _local_name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _mallard_blocks(element: ElementTree.Element, titles: Mapping[str, str]) -> Iterator[str]:
    for child in element:
        name = _local_name(child)
        if name == "info":
            continue
        if name in _MALLARD_VERBATIM:
            yield "".join(child.itertext()).strip()
        elif name in _MALLARD_PARAGRAPHS:
            yield " ".join(_mallard_inline(child, titles).split())
        else:
            yield from _mallard_blocks(child, titles)


def _mallard_inline(element: ElementTree.Element, titles: Mapping[str, str]) -> str:
    name = _local_name(element)
    if name == "keyseq":  # readers see Ctrl+C, not CtrlC
        return "+".join(_mallard_inline(key, titles).strip() for key in element)
    if name == "link" and not len(element) and not (element.text or "").strip():
        return titles.get(element.get("xref", "").partition("#")[0], "")
    parts = [element.text or ""]
    for child in element:
        parts += [_mallard_inline(child, titles), child.tail or ""]
    return "".join(parts)


def _mallard_translators(root: ElementTree.Element) -> Iterator[str]:
    for credit in root.iterfind("{*}info/{*}credit"):
        if "translator" in credit.get("type", ""):
            name = credit.findtext("{*}name", "").strip()
            address = credit.findtext("{*}email", "").strip()
            yield " ".join(f"{name} <{address}>".split()) if address else name


def help_text(page: str) -> str:
    """The text of one LibreOffice help page: what stands in `#DisplayArea`, as seen on anything but a Mac."""
    area = _parsed(page).get_element_by_id("DisplayArea")
    return _html_text(area.html) if area is not None else ""


def _parsed(page: str) -> DocumentNode:
    document = HTMLTree.parse(page).document
    assert document is not None, "the parser makes a document of any text"
    return document


def _html_text(fragment: str) -> str:
    text = extract_plain_text(
        fragment, preserve_formatting=True, list_bullets=False, alt_texts=False, skip_elements=[".MAC"]
    )
    lines = [line.strip() for line in text.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def declaration_articles(page: str) -> Iterator[tuple[int, str]]:
    """All thirty articles of the Universal Declaration of Human Rights, as (number, text)."""
    for article in _parsed(page).query_selector_all("article"):
        number = int(article.getattr("data-number") or 0)
        text = _html_text(article.html)
        if 1 <= number <= 30 and text:
            yield number, text


def declaration_parts(page: str) -> Iterator[tuple[str, str]]:
    """The preamble and articles 1-15 of the Universal Declaration of Human Rights, as (name, text).

    Articles 16-30 are left out for good (`LAST_ARTICLE`), and so is what follows them.
    """
    document = _parsed(page)
    title, preamble = document.query_selector("h1"), document.query_selector("header")
    opening = [_html_text(part.html) for part in (title, preamble) if part is not None]
    if any(opening):
        yield "preamble", "\n\n".join(part for part in opening if part)
    for number, text in declaration_articles(page):
        if number <= LAST_ARTICLE:
            yield f"article-{number:02d}", text


def catalogue_pairs(catalogue: bytes) -> Iterator[tuple[list[str], list[str]]]:
    """Originals and translations in a compiled gettext catalogue (`.mo`), in file order, plural forms as lists.

    An original's context is left out. Raises `ValueError` where the bytes are no such catalogue.
    """
    order = {b"\xde\x12\x04\x95": "<", b"\x95\x04\x12\xde": ">"}.get(catalogue[:4])
    if order is None:
        raise ValueError(
            "not a compiled gettext catalogue (.mo): the first four bytes are not its magic number"
        )
    count, originals, translations = struct.unpack_from(f"{order}3I", catalogue, 8)
    for index in range(count):
        original_bytes, original_start = struct.unpack_from(f"{order}2I", catalogue, originals + 8 * index)
        length, start = struct.unpack_from(f"{order}2I", catalogue, translations + 8 * index)
        if original_bytes:  # the empty original is the catalogue's header
            original = catalogue[original_start : original_start + original_bytes].decode("utf-8")
            translation = catalogue[start : start + length].decode("utf-8")
            yield original.rpartition("\x04")[2].split("\0"), translation.split("\0")


def catalogue_strings(catalogue: bytes) -> Iterator[str]:
    """The translations in a compiled gettext catalogue (`.mo`), in file order, plural forms one by one.

    Raises `ValueError` where the bytes are no such catalogue.
    """
    for _, translations in catalogue_pairs(catalogue):
        yield from translations


def interface_sentence(string: str) -> str | None:
    """A user-interface string of LibreOffice as a reader sees it, or None if it is not prose."""
    string = string.replace("%PRODUCTNAME", "LibreOffice").replace("%PRODUCTVERSION", "")
    string = re.sub(r"%[A-Z0-9]+%?|\$\(?\w+\)?|#\w+#|%[sd]", "…", _TAG.sub("", html.unescape(string)))
    # ~File, _File, Cu_t: the mark of the keyboard shortcut
    string = re.sub(r"~(?=\w)", "", string)
    if string.count("_") == 1:
        string = re.sub(r"_(?=[^\W\d_])", "", string)
    return _prose(string)


def wiki_message(message: str) -> str | None:
    """A MediaWiki interface message as a reader sees it, or None if it is not prose.

    Wiki markup goes, `{{PLURAL:…}}` and its kin become one of their forms, a parameter (`$1`) an ellipsis.
    """
    previous = None
    while previous != message:  # from the innermost braces outwards
        previous, message = message, re.sub(r"\{\{([^{}]*)\}\}", _wiki_function, message)
    message = re.sub(r"\[\[(?:[^\[\]|]*\|)?([^\[\]|]*)\]\]", r"\1", message)
    message = re.sub(r"\[(?:https?://|//|\$\d)\S* ([^\[\]]+)\]", r"\1", message)
    message = _TAG.sub("", html.unescape(re.sub(r"'{2,}", "", message)))
    message = re.sub(r"^(?:[*#:;]+|=+)\s*|\s*=+$", "", message, flags=re.MULTILINE)
    return _prose(re.sub(r"\$\d+", "…", message))


def _wiki_function(call: re.Match[str]) -> str:
    name, _, rest = call[1].partition(":")
    forms = [
        form.partition("=")[2] if form[:1].isdigit() and "=" in form else form for form in rest.split("|")[1:]
    ]
    match name.strip().lower():
        case "sitename":
            return "MediaWiki"
        case "plural" | "grammar" if forms:
            return forms[-1]
        case "gender" if forms:
            return forms[0]
    return "<>"  # what a reader would see is not known here: marked, so that the whole message is passed over


def _prose(string: str, words_min: int = 4) -> str | None:
    """The string with its white space in order and lines without words dropped, or None if it is not prose.

    Not prose: under `words_min` words, signs rather than letters, markup left over, or more gaps than text.
    """
    lines = [" ".join(line.split()) for line in string.splitlines()]
    string = "\n".join(line for line in lines if _WORD.search(line))
    words = _WORD.findall(string)
    letters = sum(map(len, words))
    signs = sum(not character.isspace() for character in string)
    if (
        len(words) < max(words_min, 5 * string.count("…"))
        or letters < 0.7 * signs
        or _MARKUP_LEFT.search(string)
    ):
        return None
    return string


def grouped(strings: Iterable[str], bytes_min: int = 3000) -> Iterator[str]:
    """Short strings as documents: one a line, a new document once `bytes_min` UTF-8 bytes are together."""
    lines: list[str] = []
    size_bytes = 0
    for string in strings:
        lines.append(string)
        size_bytes += len(string.encode()) + 1
        if size_bytes >= bytes_min:
            yield "\n".join(lines)
            lines, size_bytes = [], 0
    if lines:
        yield "\n".join(lines)
