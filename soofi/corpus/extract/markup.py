"""Entities and tags that were left in a text."""

import html
import re

_ENTITY = re.compile(r"&(?:amp;|#38;|#x26;)*(#[0-9]{2,7};|#[xX][0-9a-fA-F]{2,6};|[A-Za-z][A-Za-z0-9]{1,30};)")

SIGNS = r"&(?:#[0-9xX]|[A-Za-z][A-Za-z0-9]{1,30};)|<(?:/|[bB][rR])"
"""Regular expression of what a text has that `without_entities` or `without_tags` changes."""

_BLOCKS = "address|article|blockquote|br|center|dd|div|dl|dt|figure|figcaption|footer|form|h[1-6]|header|hr|li|main|nav|ol|p|pre|section|table|tbody|tfoot|thead|tr|ul"
_CELLS = "td|th"
_INLINE = "a|abbr|b|big|cite|code|del|em|font|i|img|ins|kbd|label|mark|noscript|q|s|samp|script|small|span|strike|strong|style|sub|sup|time|tt|u|var"
_TAG = re.compile(
    rf"</?(?:(?P<block>{_BLOCKS})|(?P<cell>{_CELLS})|{_INLINE})(?:\s[^<>]{{0,2000}})?/?>", re.IGNORECASE
)
_HIDDEN = re.compile(
    r"<!--.{0,20000}?-->|<(script|style)\b[^<>]{0,2000}>.{0,50000}?</\1\s*>", re.IGNORECASE | re.DOTALL
)
_SURELY = re.compile(rf"</(?:{_BLOCKS}|{_CELLS}|{_INLINE})\s*>|<br\s*/?>", re.IGNORECASE)


def without_entities(text: str) -> str:
    """The text with the entities of HTML 5 that end with a semicolon resolved, also those escaped more than once."""
    return _ENTITY.sub(lambda match: _resolved(match[0], match[1]), text) if "&" in text else text


def without_tags(text: str) -> str:
    """The text with the tags of HTML taken out, and with scripts, styles and comments as a whole.

    Tags go only from a text that has a closing tag or a line break of HTML, so that `a < b` and a placeholder `<name>` stay; what
    begins a line on a page begins one in the text. Text about HTML loses its examples: switch the rule off for it
    (`remove_markup`), documents of domain `code` are left alone.
    """
    if "<" in text and _SURELY.search(text):
        text = _TAG.sub(_space, _HIDDEN.sub(" ", text))
    return text


def _resolved(whole: str, core: str) -> str:
    found = html.unescape(f"&{core}")
    # `&notit;` would become `¬it;`: only what is one entity as a whole is one.
    return whole if ";" in found and len(found) > 1 else found


def _space(match: re.Match[str]) -> str:
    return "\n" if match["block"] else "\t" if match["cell"] else ""
