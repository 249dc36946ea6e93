"""Numbers that name a natural person, made at random by the rule of each state.

`PERSON_NUMBERS["DE.svnr"](random)` gives one number as people write it. The source of a rule stands above or inside
its function. Dates of birth are random; no number was taken from anybody.
"""

import datetime
from collections.abc import Callable
from random import Random

from tests.data.privacy.check_digits import digits, luhn, mod_11_10, verhoeff, weighted

Maker = Callable[[Random], str]


def birthday(random: Random, first: int = 1935, last: int = 2007) -> datetime.date:
    """A day from 1 January `first` to 31 December `last`."""
    start = datetime.date(first, 1, 1).toordinal()
    return datetime.date.fromordinal(random.randint(start, datetime.date(last, 12, 31).toordinal()))


def at_svnr(random: Random) -> str:
    """Sozialversicherungsnummer (ASVG § 31; the Dachverband's rule: weights 3 7 9 5 8 4 2 1 6, modulo 11, never 10)."""
    born = birthday(random).strftime("%d%m%y")
    while True:
        serial = str(random.randint(100, 999))
        check = weighted(serial + born, (3, 7, 9, 5, 8, 4, 2, 1, 6)) % 11
        if check < 10:
            return f"{serial}{check}{random.choice(['', ' ', ' ', '-'])}{born}"


def be_nn(random: Random) -> str:
    """Rijksregisternummer (Royal Decree of 3 April 1984): 97 less the remainder by 97, a 2 before it from 2000 on."""
    day = birthday(random)
    born, serial = day.strftime("%y%m%d"), f"{random.randint(1, 997):03d}"
    check = f"{97 - int(('2' if day.year >= 2000 else '') + born + serial) % 97:02d}"
    dotted = f"{born[:2]}.{born[2:4]}.{born[4:]}-{serial}.{check}"
    return random.choice([dotted, dotted, f"{born} {serial} {check}", born + serial + check])


def bg_egn(random: Random) -> str:
    """ЕГН (Civil Registration Act, art. 11; GRAO): month + 40 from 2000 on; weights 2 4 8 5 10 9 7 3 6, modulo 11."""
    day = birthday(random)
    stem = f"{day.year % 100:02d}{day.month + (40 if day.year >= 2000 else 0):02d}{day.day:02d}" + digits(
        random, 3
    )
    return stem + str(weighted(stem, (2, 4, 8, 5, 10, 9, 7, 3, 6)) % 11 % 10)


def cz_rc(random: Random) -> str:
    """Rodné číslo (Czech Act 133/2000, Slovak Act 301/1995): ten digits divisible by 11, month + 50 for women."""
    while True:
        day = birthday(random, first=1955)
        stem = f"{day.year % 100:02d}{day.month + random.choice([0, 50]):02d}{day.day:02d}" + digits(
            random, 3
        )
        if int(stem) % 11 < 10:
            whole = stem + str(int(stem) % 11)
            return random.choice([f"{whole[:6]}/{whole[6:]}", f"{whole[:6]}/{whole[6:]}", whole])


def de_svnr(random: Random) -> str:
    """Versicherungsnummer (VKVV § 2): area, birthday, initial as two digits, serial; cross sums of the products."""
    area = random.choice(["02", "10", "12", "15", "19", "23", "26", "38", "50", "53", "65", "82"])
    born, initial = birthday(random).strftime("%d%m%y"), random.choice("ABDEFGHKLMNPRSTW")
    serial = f"{random.randint(0, 99):02d}"
    written = f"{area}{born}{ord(initial) - 64:02d}{serial}"
    products = (int(d) * w for d, w in zip(written, (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1), strict=True))
    check = sum(p // 10 + p % 10 for p in products) % 10
    return random.choice(
        [f"{area} {born} {initial} {serial}{check}", f"{area}{born}{initial}{serial}{check}"]
    )


def dk_cpr(random: Random) -> str:
    """CPR-nummer (CPR-kontoret, »Personnummeret i CPR«): weights 4 3 2 7 6 5 4 3 2 1, sum divisible by 11."""
    born = birthday(random, first=1937, last=1999).strftime("%d%m%y")
    while True:
        stem = born + str(random.randint(0, 3)) + digits(random, 2)
        check = -weighted(stem, (4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
        if check < 10:
            return f"{born}{random.choice(['-', '-', ' ', ''])}{stem[6:]}{check}"


def ee_ik(random: Random) -> str:
    """Isikukood (EVS 585) and asmens kodas (Lithuanian Law I-2237): two rounds of weights, modulo 11."""
    day = birthday(random)
    stem = (
        str(random.choice([3, 4]) + (2 if day.year >= 2000 else 0))
        + day.strftime("%y%m%d")
        + digits(random, 3)
    )
    check = weighted(stem, (1, 2, 3, 4, 5, 6, 7, 8, 9, 1)) % 11
    if check == 10:
        check = weighted(stem, (3, 4, 5, 6, 7, 8, 9, 1, 2, 3)) % 11 % 10
    return stem + str(check)


def el_amka(random: Random) -> str:
    """ΑΜΚΑ (Law 3655/2008, art. 153; ΗΔΙΚΑ): birthday DDMMYY, four digits, Luhn."""
    stem = birthday(random).strftime("%d%m%y") + digits(random, 4)
    return stem + luhn(stem)


def _dni_letter(number: str) -> str:
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23]


def es_dni(random: Random) -> str:
    """DNI (Real Decreto 1553/2005; Ministerio del Interior, »Cálculo del dígito de control del NIF/NIE«)."""
    stem = str(random.randint(10_000_000, 79_999_999))
    dotted = f"{stem[:2]}.{stem[2:5]}.{stem[5:]}"
    letter = _dni_letter(stem)
    return random.choice(
        [stem + letter, stem + letter, f"{stem}-{letter}", f"{dotted}-{letter}", f"{stem} {letter}"]
    )


def es_nie(random: Random) -> str:
    """NIE: as DNI, with X, Y, Z standing for 0, 1, 2."""
    first, stem = random.choice("XYZ"), digits(random, 7)
    letter = _dni_letter(str("XYZ".index(first)) + stem)
    return random.choice([f"{first}{stem}{letter}", f"{first}-{stem}-{letter}"])


def fi_hetu(random: Random) -> str:
    """Henkilötunnus (Digi- ja väestötietovirasto; Decree 128/2010): the nine digits modulo 31 choose the sign."""
    day = birthday(random)
    serial = f"{random.randint(2, 899):03d}"
    check = "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(day.strftime("%d%m%y") + serial) % 31]
    return day.strftime("%d%m%y") + ("A" if day.year >= 2000 else "-") + serial + check


def fr_nir(random: Random) -> str:
    """NIR (INSEE; Code de la sécurité sociale R. 115-1): 97 less the remainder by 97."""
    day = birthday(random)
    place = f"{random.choice([13, 31, 33, 35, 44, 59, 67, 69, 75, 92]):02d}"
    parts = [random.choice("12"), f"{day:%y}", f"{day:%m}", place, f"{random.randint(1, 400):03d}"]
    parts.append(f"{random.randint(1, 900):03d}")
    key = f"{97 - int(''.join(parts)) % 97:02d}"
    return random.choice(
        [" ".join([*parts, key]), " ".join([*parts, key]), "".join(parts) + " " + key, "".join([*parts, key])]
    )


def hr_oib(random: Random) -> str:
    """OIB (Zakon o osobnom identifikacijskom broju, NN 60/08): ten digits and ISO/IEC 7064 MOD 11,10."""
    stem = str(random.randint(1, 9)) + digits(random, 9)
    return stem + mod_11_10(stem)


def hu_taj(random: Random) -> str:
    """TAJ-szám (1996. évi XX. törvény, annex): weights 3 and 7 by turns, modulo 10."""
    stem = str(random.randint(1, 9)) + digits(random, 7)
    whole = stem + str(weighted(stem, (3, 7) * 4) % 10)
    return random.choice(
        [f"{whole[:3]} {whole[3:6]} {whole[6:]}", f"{whole[:3]}-{whole[3:6]}-{whole[6:]}", whole]
    )


def ie_letter(number: str, second: str = "W") -> str:
    """The check letter of PPSN and Irish VAT: weights 8 … 2, the second letter (A = 1, W = 0) by 9, modulo 23."""
    extra = 0 if second == "W" else ord(second) - 64
    return "WABCDEFGHIJKLMNOPQRSTUV"[(weighted(number, (8, 7, 6, 5, 4, 3, 2)) + 9 * extra) % 23]


def ie_ppsn(random: Random) -> str:
    """PPSN (Social Welfare Consolidation Act 2005; Department of Social Protection): check letter, since 2013 two."""
    stem, second = str(random.randint(1, 9)) + digits(random, 6), random.choice(["", "", "A", "B"])
    whole = stem + ie_letter(stem, second or "W") + second
    return random.choice([whole, whole, f"{stem} {whole[7:]}"])


def it_cf(random: Random) -> str:
    """Codice fiscale (D.M. 23 dicembre 1976): odd places by table, even places by value, modulo 26."""
    odd = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
    day, female = birthday(random), random.choice([0, 40])
    names = random.choice(["RSSMRA", "BNCLCU", "FRRGLI", "CNTPLA", "MRTNDR", "GLLSFN", "RCCCHR", "ZNNMTT"])
    town = random.choice(["H501", "F205", "L219", "F839", "A944", "D612", "G273", "A662", "L736"])
    stem = f"{names}{day:%y}{'ABCDEHLMPRST'[day.month - 1]}{day.day + female:02d}{town}"
    values = [int(sign) if sign.isdigit() else ord(sign) - 65 for sign in stem]
    total = sum(odd[value] if place % 2 == 0 else value for place, value in enumerate(values))
    whole = stem + chr(65 + total % 26)
    return random.choice([whole, whole, f"{whole[:3]} {whole[3:6]} {whole[6:11]} {whole[11:]}"])


def lu_matricule(random: Random) -> str:
    """Matricule (Luxembourg law of 19 June 2013): birthday, three digits, then Luhn and Verhoeff over those eleven."""
    stem = birthday(random).strftime("%Y%m%d") + digits(random, 3)
    checks = luhn(stem) + verhoeff(stem)
    return random.choice([stem + checks, stem + checks, f"{stem[:8]} {stem[8:]}{checks}"])


def lv_pk(random: Random) -> str:
    """Personas kods (old form; PMLP): DDMMYY, century digit, three digits, weights 1 6 3 7 9 10 5 8 4 2 from 1101."""
    day = birthday(random)
    while True:
        stem = day.strftime("%d%m%y") + ("2" if day.year >= 2000 else "1") + digits(random, 3)
        check = (1101 - weighted(stem, (1, 6, 3, 7, 9, 10, 5, 8, 4, 2))) % 11
        if check < 10:
            return f"{stem[:6]}-{stem[6:]}{check}"


def mt_id(random: Random) -> str:
    """Karta tal-identità (Identity Card Act, cap. 258): register number, year, letter; up to seven digits, no check."""
    number = f"{random.randint(1, 999):04d}{random.randint(40, 99)}"
    letter = random.choice("MMGH")
    return random.choice([f"0{number}{letter}", f"0{number}{letter}", f"{number[1:]}{letter}"])


def nl_bsn(random: Random) -> str:
    """Burgerservicenummer (Wabb; »elfproef«): weights 9 … 2 and −1, sum divisible by 11."""
    while True:
        stem = random.choice("123456789") + digits(random, 7)
        check = weighted(stem, (9, 8, 7, 6, 5, 4, 3, 2)) % 11
        if check < 10:
            whole = stem + str(check)
            return random.choice(
                [
                    whole,
                    whole,
                    f"{whole[:4]}.{whole[4:6]}.{whole[6:]}",
                    f"{whole[:3]} {whole[3:6]} {whole[6:]}",
                ]
            )


def pl_pesel(random: Random) -> str:
    """PESEL (Act of 24 September 2010 on the population register, art. 15): month + 20 from 2000; weights 1 3 7 9."""
    day = birthday(random)
    stem = f"{day:%y}{day.month + (20 if day.year >= 2000 else 0):02d}{day:%d}" + digits(random, 4)
    return stem + str(-weighted(stem, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)) % 10)


def pt_cc(random: Random) -> str:
    """Cartão de Cidadão (AMA, »Validação de Número de Documento«): Luhn over twelve signs of base 36."""
    stem = str(random.randint(10_000_000, 29_999_999))
    partial = sum(int(d) * w for d, w in zip(stem, range(9, 1, -1), strict=True))
    check = -partial % 11 % 10
    version = "Z" + random.choice("XYZ")
    total = 0
    for place, sign in enumerate(f"{stem}{check}{version}"):
        value = int(sign, 36) * (2 if place % 2 == 0 else 1)
        total += value - 9 if place % 2 == 0 and value > 9 else value
    last = -total % 10
    return random.choice([f"{stem} {check} {version}{last}", f"{stem}{check}{version}{last}"])


def ro_cnp(random: Random) -> str:
    """CNP (Legea 105/1996; Direcția pentru Evidența Persoanelor): weights 2 7 9 1 4 6 3 5 8 2 7 9, modulo 11, 10 is 1."""
    day = birthday(random)
    stem = str(random.choice([1, 2]) + (4 if day.year >= 2000 else 0)) + day.strftime("%y%m%d")
    stem += f"{random.choice([1, 4, 8, 12, 13, 22, 26, 35, 40, 41, 45]):02d}{random.randint(1, 999):03d}"
    check = weighted(stem, (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)) % 11
    return stem + str(1 if check == 10 else check)


def se_pnr(random: Random) -> str:
    """Personnummer (Folkbokföringslagen 1991:481 § 18; SKV 704): Luhn over nine digits."""
    day = birthday(random)
    stem = day.strftime("%y%m%d") + digits(random, 3)
    tail = stem[6:] + luhn(stem)
    return random.choice(
        [f"{day:%y%m%d}-{tail}", f"{day:%y%m%d}-{tail}", f"{day:%Y%m%d}-{tail}", f"{day:%Y%m%d}{tail}"]
    )


def si_emso(random: Random) -> str:
    """EMŠO (Zakon o centralnem registru prebivalstva): DDMMYYY, 50, serial, weights 7 … 2 twice, modulo 11."""
    day = birthday(random)
    while True:
        stem = f"{day:%d%m}{day.year % 1000:03d}50{digits(random, 3)}"
        check = -weighted(stem, (7, 6, 5, 4, 3, 2) * 2) % 11
        if check < 10:
            return stem + str(check)


PERSON_NUMBERS: dict[str, Maker] = {
    "AT.svnr": at_svnr, "BE.nn": be_nn, "BG.egn": bg_egn, "CZ.rc": cz_rc, "DE.svnr": de_svnr, "DK.cpr": dk_cpr,
    "EE.ik": ee_ik, "EL.amka": el_amka, "ES.dni": es_dni, "ES.nie": es_nie, "FI.hetu": fi_hetu, "FR.nir": fr_nir,
    "HR.oib": hr_oib, "HU.taj": hu_taj, "IE.ppsn": ie_ppsn, "IT.cf": it_cf, "LT.ak": ee_ik, "LU.matricule": lu_matricule,
    "LV.pk": lv_pk, "MT.id": mt_id, "NL.bsn": nl_bsn, "PL.pesel": pl_pesel, "PT.cc": pt_cc, "RO.cnp": ro_cnp,
    "SE.pnr": se_pnr, "SI.emso": si_emso, "SK.rc": cz_rc,
}  # fmt: skip
