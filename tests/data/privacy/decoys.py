"""Values that look like personal data and are none: what the set's negatives are made of."""

import uuid
from collections.abc import Callable
from random import Random

from tests.data.privacy.check_digits import digits, luhn


def _ean(random: Random, prefix: str, length: int) -> str:
    """EAN/GTIN or ISBN-13 (GS1 General Specifications, 7.9): weights 1 and 3 by turns, modulo 10."""
    stem = prefix + digits(random, length - 1 - len(prefix))
    total = sum(int(d) * (3 if place % 2 == 0 else 1) for place, d in enumerate(reversed(stem)))
    return stem + str(-total % 10)


def isbn(random: Random) -> str:
    """ISBN-13 (ISO 2108) with hyphens, or ISBN-10."""
    if random.random() < 0.3:
        stem = digits(random, 9)
        check = -sum(int(d) * weight for d, weight in zip(stem, range(10, 1, -1), strict=True)) % 11
        return f"{stem[0]}-{stem[1:4]}-{stem[4:]}-{'X' if check == 10 else check}"
    whole = _ean(random, "978", 13)
    return f"{whole[:3]}-{whole[3]}-{whole[4:7]}-{whole[7:12]}-{whole[12]}"


def issn(random: Random) -> str:
    """ISSN (ISO 3297): weights 8 … 2, modulo 11."""
    stem = digits(random, 7)
    check = -sum(int(d) * weight for d, weight in zip(stem, range(8, 1, -1), strict=True)) % 11
    return f"{stem[:4]}-{stem[4:]}{'X' if check == 10 else check}"


def cas(random: Random) -> str:
    """CAS registry number: digits from the right times 1, 2, 3 …, modulo 10."""
    stem = str(random.randint(10_000, 999_999))
    check = sum(int(d) * place for place, d in enumerate(reversed(stem), start=1)) % 10
    return f"{stem[:-2]}-{stem[-2:]}-{check}"


def private_ip(random: Random) -> str:
    """A private, loopback, link-local or documentation address, IPv4 or IPv6."""
    a, b = random.randint(0, 254), random.randint(1, 254)
    return random.choice(
        [f"192.168.{a}.{b}", f"10.{a}.{b}.{random.randint(1, 254)}", f"172.{random.randint(16, 31)}.{a}.{b}", "127.0.0.1",
         f"192.0.2.{b}", f"198.51.100.{b}", f"203.0.113.{b}", f"169.254.{a}.{b}", f"fe80::{a + 1:x}:{b:x}", f"2001:db8::{b:x}",
         f"fd00:{a:x}::{b:x}"]
    )  # fmt: skip


def hexdump(random: Random) -> str:
    """Sixteen bytes as a hex dump shows them."""
    return f"{random.randrange(0, 4096, 16):08x}  " + " ".join(
        f"{random.getrandbits(8):02x}" for _ in range(16)
    )


def luhn_number(random: Random) -> str:
    """Sixteen digits that pass Luhn and begin as no card does."""
    stem = random.choice("789") + digits(random, 14)
    return stem + luhn(stem)


def imei(random: Random) -> str:
    """IMEI (3GPP TS 23.003): fifteen digits, Luhn."""
    stem = "35" + digits(random, 12)
    return stem + luhn(stem)


def ogm(random: Random) -> str:
    """The structured message of a Belgian transfer: ten digits and their remainder by 97."""
    stem = random.choice("123456789") + digits(random, 9)
    whole = stem + f"{int(stem) % 97 or 97:02d}"
    return f"+++{whole[:3]}/{whole[3:7]}/{whole[7:]}+++"


DECOYS: dict[str, Callable[[Random], str]] = {
    "isbn": isbn,
    "issn": issn,
    "cas": cas,
    "ean": lambda r: _ean(r, r.choice(["40", "54", "87", "59", "38", "64"]), 13),
    "ip_private": private_ip,
    "version4": lambda r: f"{r.randint(1, 12)}.{r.randint(0, 9)}.{r.randint(0, 250)}.{r.randint(0, 250)}",
    "winver": lambda r: f"10.0.{r.choice([17763, 19041, 19045, 22631, 26100])}.{r.randint(1, 5000)}",
    "semver": lambda r: f"{r.randint(0, 20)}.{r.randint(0, 30)}.{r.randint(0, 15)}",
    "section4": lambda r: f"{r.randint(1, 9)}.{r.randint(1, 9)}.{r.randint(1, 12)}.{r.randint(1, 9)}",
    "oid": lambda r: f"1.3.6.1.4.1.{r.randint(1000, 60000)}.{r.randint(1, 9)}.{r.randint(1, 99)}",
    "uuid": lambda r: str(uuid.UUID(int=r.getrandbits(128), version=4)),
    "sha1": lambda r: f"{r.getrandbits(160):040x}",
    "sha256": lambda r: f"{r.getrandbits(256):064x}",
    "rev": lambda r: f"{r.getrandbits(36):09x}",
    "mac": lambda r: r.choice([":", "-"]).join(f"{r.getrandbits(8):02x}" for _ in range(6)),
    "hexdump": hexdump,
    "coords": lambda r: f"{r.randint(36, 69)}.{digits(r, 6)}, {r.randint(5, 28)}.{digits(r, 6)}",
    "clock": lambda r: f"{r.randint(8, 21):02d}:{r.randint(0, 59):02d}:{r.randint(0, 59):02d}",
    "iso_time": lambda r: (
        f"20{r.randint(10, 25)}-{r.randint(1, 12):02d}-{r.randint(1, 28):02d}T{r.randint(0, 23):02d}:{r.randint(0, 59):02d}:{r.randint(0, 59):02d}Z"
    ),
    "epoch": lambda r: str(r.randint(1_500_000_000_000, 1_760_000_000_000)),
    "luhn": luhn_number,
    "imei": imei,
    "ogm": ogm,
    "n5": lambda r: r.choice("123456789") + digits(r, 4),
    "n6": lambda r: r.choice("123456789") + digits(r, 5),
    "n8": lambda r: r.choice("123456789") + digits(r, 7),
    "n9": lambda r: r.choice("123456789") + digits(r, 8),
    "n10": lambda r: r.choice("123456789") + digits(r, 9),
    "n12": lambda r: r.choice("123456789") + digits(r, 11),
    "part": lambda r: f"{r.choice('ABKMTX')}{r.choice('CDFRS')}-{r.randint(1000, 9999)}-{r.randint(10, 99)}",
    "doi": lambda r: (
        f"10.{r.randint(1000, 9999)}/{r.choice(['jes', 'acta', 'physd'])}.{r.randint(2001, 2024)}.{digits(r, 6)}"
    ),
}
