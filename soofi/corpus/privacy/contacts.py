"""E-mail addresses, IP addresses and telephone numbers by their form."""

import ipaddress
import re
from functools import lru_cache

import phonenumbers

# Ends of names of files and services that follow an @ without being a domain.
_NO_DOMAIN = frozenset(
    b"png jpg jpeg gif svg webp bmp ico css js mjs cjs ts tsx jsx json yaml yml toml xml html htm txt pdf doc docx xls xlsx csv "
    b"service socket timer mount target slice scope device swap path gz tgz tar rar jar war deb rpm exe dll so conf cfg ini log "
    b"lock min map php aspx".split()
)


_VERSION = re.compile(rb"[vV]?\d+\.\d")


def email_end(address: bytes) -> int:
    """How many bytes of a candidate are the address: 0 for none.

    A name of a file, service or version (`icon@2x.png`, `getty@tty1.service`, `react@18.0.0-rc.next`) is none, nor a local part over 64 bytes
    (RFC 5321). Where a sentence goes on without a blank (`me@host.org.Thanks`), the word after the last dot is left out.
    """
    at, dot = address.find(b"@"), address.rfind(b".")
    last = address[dot + 1 :]
    if at > 64 or last.lower() in _NO_DOMAIN or _VERSION.match(address, at + 1):
        return 0
    if last[:1].isupper() and last[1:].islower():
        before = address[at + 1 : dot]
        return dot if b"." in before and before.islower() else len(address)
    return len(address)


def is_public_ip4(address: str) -> bool:
    """Whether the dotted quad is globally routable by the IANA registries and no multicast address."""
    try:
        parsed = ipaddress.IPv4Address(address)
    except ValueError:
        return False
    return parsed.is_global and not parsed.is_multicast and not address.startswith("0")


def is_public_ip6(address: str) -> bool:
    """Whether it is a global unicast address: of 2000::/3, and not of a block for documentation or special use."""
    try:
        parsed = ipaddress.IPv6Address(address)
    except ValueError:
        return False
    return parsed.is_global and int(parsed) >> 125 == 1


_DATE = re.compile(
    r"[0-3]?\d(?:[./-] ?)[01]?\d(?:[./-] ?)(?:19|20)\d\d|(?:19|20)\d\d([./-])\d\d?\1\d\d?\.?"
    r"|(?:19|20)\d\d ?[–/-] ?(?:19|20)\d\d|[0-2]?\d[.:][0-5]\d ?[–-] ?[0-2]?\d[.:][0-5]\d"
)


def looks_like_time(written: str) -> bool:
    """Whether a number is a date, a span of years or of hours."""
    return _DATE.fullmatch(written) is not None


# States in which a national number is written with the 0 of trunk calls (ITU-T E.129, national numbering plans).
_TRUNK_0 = frozenset("AT BE BG CH DE FI FR GB HR IE NL RO SE SI SK".split())


@lru_cache(1 << 16)
def _parsed(number: str, country: str | None) -> bool:
    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number(parsed)


def is_phone(written: str, countries: tuple[str, ...]) -> str | None:
    """The rule by which `written` is a subscriber's number, or None.

    With + or 00 it must be valid by the numbering plan of its own state; else by that of one of `countries`. Harmonised
    numbers of social value (116 …) are none.
    """
    digits = re.sub(r"\D", "", written)
    if not 6 <= len(digits) <= 15 or looks_like_time(written):
        return None
    international = written.lstrip("(").startswith("+")
    if not international and digits.startswith("00"):
        international, digits = True, digits[2:]
    if international:
        # The trunk prefix in brackets is not dialled after the state's code.
        number = re.sub(r"\(0\)", "", written)
        number = "+" + re.sub(r"\D", "", number).removeprefix("00" if "+" not in written else "")
        return "international telephone number" if _parsed(number, None) else None
    if re.fullmatch(r"116\d{3}", digits):
        return None
    for country in countries:
        if (digits[0] == "0" or country not in _TRUNK_0) and _parsed(digits, country):
            return f"{country} telephone number"
    return None
