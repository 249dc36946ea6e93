"""One spelling for the same text."""

import re
import unicodedata

_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_NEWLINES = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")


def normalise(text: str) -> str:
    r"""Unicode NFC with `\n` for every kind of line end, and without control characters other than tab and `\n`.

    Applying it twice changes nothing more.
    """
    # Controls go first: what stands on both sides of one may be a line end or a letter and its accent.
    text = _NEWLINES.sub("\n", _CONTROLS.sub("", text))
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)
