"""How numbers are written: patterns of what may be an address, an account, a card or a telephone number."""

import re

SPACE = "[ \u00a0\u2009\u202f]"
DASH = "[-\u2010\u2011\u2013]"
IP4 = re.compile(r"(?<![\w.])(?<![A-Za-z][-/])(?:\d{1,3}\.){3}\d{1,3}(?!\w|\.\w|-\w)")
PORT = re.compile(r":\d{2,5}\b")
IP6 = re.compile(r"(?<![\w:.])[23][0-9a-fA-F]{3}(?::[0-9a-fA-F]{0,4}){2,7}(?![\w:])")
IBAN = re.compile(r"(?<![^\W_])[A-Za-z]{2}\d{2}(?=[ \u00a0\u202f.-]?[A-Za-z0-9])")
CARD = re.compile(
    rf"(?<![\w.,+-])(?:\d{{4}}(?P<join>{SPACE}|{DASH}|\.)\d{{4}}(?P=join)\d{{4}}(?P=join)\d{{4}}"
    rf"|(?P<amex>3[47]\d\d(?P<gap>{SPACE}|{DASH})\d{{6}}(?P=gap)\d{{5}})|\d{{13,19}})(?!\w|{DASH}\d)"
)
BLOCKED = re.compile(
    r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"  # UUID
    r"|(?:19|20)\d\d-[01]\d-[0-3]\d[T ][0-2]\d:[0-5]\d(?::[0-5]\d)?"  # time stamp
    r"|(?<![\w.])[0-3]?\d\. ?[01]?\d\. ?(?:19|20)\d\d(?!\d)|(?<!\w)[0-3]?\d([/.-])[01]?\d\1(?:19|20)\d\d(?![\d/-])"
    r"|(?<![\w.])10\.\d{4,9}/[^\s\"<>]+"  # DOI
    r"|(?<![\w.])-?\d{1,3}\.\d{4,8}, ?-?\d{1,3}\.\d{4,8}(?!\w)"  # coordinates
    r"|(?<![\w.+-])97[89](?:[- ]?\d){10}(?!\d)"  # ISBN-13
)
DOTTED = re.compile(r"(?<![\w.])\d+(?:\.\d+){2,}(?!\w)")
PIECE = r"(?:[A-Za-z]{0,6}\d[A-Za-z0-9]*|[A-Z]{1,4}(?![^\W\d_]))"
SEPARATOR = rf"(?:{SPACE}?(?:[./]|{DASH}){SPACE}?|(?<=\d)\+(?=\d)|{SPACE}{{1,2}})"
GROUP = re.compile(rf"(?<![\w@]){PIECE}(?:{SEPARATOR}{PIECE})*(?!\w)")
PIECES = re.compile(r"[A-Za-z0-9]+")
OPENING = re.compile(rf"(?:\(?\+{SPACE}?)?\(?\Z")
PHONE = re.compile(
    rf"\(?(?:\+{SPACE}?)?\(?\d+\)?(?:(?:{SPACE}?(?:[./]|{DASH}){SPACE}?|{SPACE})?\(?\d+\)?){{0,9}}"
)
COMPACT_DATE = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])(?!\d)")
_UNIT = r"[ \u00a0\u202f]?(?:[%‰€$£]|(?:EUR|Euro|euro|Kč|zł|kr|Ft|лв|lei|RON|PLN|CZK|HUF|SEK|DKK|kWh|MWh|m[²³]|km|kg|hPa)\b)"
AMOUNT = re.compile(_UNIT)
GOES_ON = re.compile(r"\w|[.,:]\d|" + _UNIT)
RUN_END = re.compile(r"\d\)?(?!\d)")
