"""What looks like personal data and is not: numbers of things, drawn at random, right in their own check digits."""

import uuid
from collections.abc import Callable
from random import Random

from accounts import broken_card, broken_iban
from check_digits import digits, group, iso7064_mod_97_10, luhn, weighted
from person_numbers import PERSON
from tax_numbers import siren


def _hex(rng: Random, length: int) -> str:
    return "".join(rng.choice("0123456789abcdef") for _ in range(length))


def _ean13(rng: Random, prefix: str) -> str:
    """GS1 General Specifications, 7.9: weights 1 3, modulus 10."""
    body = prefix + digits(rng, 12 - len(prefix))
    return body + str(-weighted(body, [1, 3] * 6) % 10)


def _isbn(rng: Random) -> str:
    number = _ean13(rng, "978" + rng.choice("0123689"))
    return rng.choice([f"{number[:3]}-{number[3]}-{number[4:8]}-{number[8:12]}-{number[12]}", number])


def _issn(rng: Random) -> str:
    """ISO 3297: weights 8…2, modulus 11, X for 10."""
    body = digits(rng, 7)
    return f"{body[:4]}-{body[4:]}{'0123456789X'[-weighted(body, range(8, 1, -1)) % 11]}"


def _imei(rng: Random) -> str:
    """3GPP TS 23.003, 6.2.1: Luhn."""
    body = "35" + digits(rng, 12)
    return body + luhn(body)


def _parcel(rng: Random) -> str:
    """UPU S10: weights 8 6 4 2 3 5 9 7, modulus 11."""
    body = digits(rng, 8)
    check = 11 - weighted(body, [8, 6, 4, 2, 3, 5, 9, 7]) % 11
    return f"{rng.choice(['RR', 'CP', 'EE'])}{body}{ {10: 0, 11: 5}.get(check, check) }{rng.choice(['DE', 'FR', 'PL', 'SE'])}"


def _cas(rng: Random) -> str:
    """CAS Registry: digits weighted by their place from the right, modulus 10."""
    body = digits(rng, 6, "123456789")
    return f"{body[:4]}-{body[4:]}-{weighted(body[::-1], range(1, 7)) % 10}"


def _plain_person(rng: Random, country: str) -> str:
    """Digits that pass the check of the country's person number, for use where the text says they are something else."""
    return "".join(mark for mark in PERSON[country](rng) if mark.isalnum())


def _siret(rng: Random) -> str:
    """INSEE, SIRET: SIREN, four digits of the establishment, Luhn over all."""
    body = siren(rng) + f"{rng.randint(1, 40):04d}"
    return body + luhn(body)


def _order_passing_luhn(rng: Random) -> str:
    body = rng.choice("1789") + digits(rng, 14)
    return body + luhn(body)


def _creditor_reference(rng: Random) -> str:
    """ISO 11649: RF, two digits by ISO 7064 MOD 97-10, the creditor's own number."""
    body = digits(rng, rng.choice([8, 12]), "12345678")
    return group(f"RF{98 - iso7064_mod_97_10(body + 'RF00'):02d}{body}", [4, 4, 4], " ")


def _structured_communication(rng: Random) -> str:
    """Febelfin, gestructureerde mededeling: ten digits, then their remainder by 97 (0 becomes 97)."""
    body = digits(rng, 10)
    number = f"{body}{int(body) % 97 or 97:02d}"
    return f"+++{number[:3]}/{number[3:7]}/{number[7:]}+++"


def _payment_reference(rng: Random) -> str:
    """Finanssiala, viitenumero (the Estonian viitenumber too): weights 7 3 1 from the right, modulus 10."""
    body = digits(rng, 9, "123456789")
    return body + str(-weighted(body[::-1], [7, 3, 1] * 3) % 10)


def _ocr(rng: Random) -> str:
    """Bankgirot, OCR-nummer: Luhn."""
    body = digits(rng, rng.choice([9, 11]), "123456789")
    return body + luhn(body)


def _version(rng: Random) -> str:
    return rng.choice(
        [f"{rng.randint(1, 9)}.{rng.randint(0, 20)}.{rng.randint(0, 9)}.{rng.randint(0, 99)}",
         f"10.0.{rng.randint(17000, 26000)}.{rng.randint(1, 3000)}", f"{rng.randint(20, 130)}.0.{rng.randint(1000, 6999)}.{rng.randint(20, 200)}"]
    )  # fmt: skip


def _hexdump(rng: Random) -> str:
    row = " ".join(_hex(rng, 4) for _ in range(8))
    return f"{rng.randint(0, 4000) * 16:08x}: {row}"


LOOKALIKES: dict[str, Callable[[Random, str], str]] = {
    "isbn": lambda rng, _: _isbn(rng),
    "issn": lambda rng, _: _issn(rng),
    "ean": lambda rng, _: _ean13(rng, rng.choice(["40", "50", "59", "73", "85"])),
    "imei": lambda rng, _: _imei(rng),
    "parcel": lambda rng, _: _parcel(rng),
    "cas": lambda rng, _: _cas(rng),
    "uuid": lambda rng, _: str(uuid.UUID(int=rng.getrandbits(128), version=4)),
    "sha1": lambda rng, _: _hex(rng, 40),
    "sha256": lambda rng, _: _hex(rng, 64),
    "md5": lambda rng, _: _hex(rng, 32),
    "commit": lambda rng, _: _hex(rng, 9),
    "mac": lambda rng, _: ":".join(_hex(rng, 2) for _ in range(6)),
    "hexdump": lambda rng, _: _hexdump(rng),
    "oid": lambda rng, _: f"1.3.6.1.4.1.{rng.randint(1000, 50000)}.{rng.randint(1, 9)}.{rng.randint(1, 30)}",
    "version": lambda rng, _: _version(rng),
    "section": lambda rng, _: ".".join(str(rng.randint(1, 12)) for _ in range(4)),
    "private": lambda rng, _: rng.choice(
        [f"192.168.{rng.randint(0, 9)}.{rng.randint(2, 250)}", f"10.{rng.randint(0, 99)}.{rng.randint(0, 99)}.{rng.randint(2, 250)}",
         f"172.{rng.randint(16, 31)}.0.{rng.randint(2, 250)}", "127.0.0.1", f"fe80::{_hex(rng, 3)}:1", f"fd12:{_hex(rng, 4)}::1"]
    ),
    "docip": lambda rng, _: rng.choice(
        [f"192.0.2.{rng.randint(1, 254)}", f"198.51.100.{rng.randint(1, 254)}", f"203.0.113.{rng.randint(1, 254)}", f"2001:db8::{_hex(rng, 3)}"]
    ),
    "badip": lambda rng, _: f"{rng.randint(1, 99)}.{rng.randint(256, 999)}.{rng.randint(1, 99)}.{rng.randint(1, 99)}",
    "badiban": broken_iban,
    "badcard": lambda rng, _: broken_card(rng),
    "luhn16": lambda rng, _: _order_passing_luhn(rng),
    "plain": _plain_person,
    "siret": lambda rng, _: _siret(rng),
    "rf": lambda rng, _: _creditor_reference(rng),
    "ogm": lambda rng, _: _structured_communication(rng),
    "viite": lambda rng, _: _payment_reference(rng),
    "ocr": lambda rng, _: _ocr(rng),
    "d4": lambda rng, _: digits(rng, 4, "12345678"),
    "d9": lambda rng, _: digits(rng, 9, "12345678"),
    "d5": lambda rng, _: digits(rng, 5, "12345678"),
    "d6": lambda rng, _: digits(rng, 6, "12345678"),
    "d8": lambda rng, _: digits(rng, 8, "12345678"),
    "d10": lambda rng, _: digits(rng, 10, "12345678"),
    "d12": lambda rng, _: digits(rng, 12, "12345678"),
}  # fmt: skip
