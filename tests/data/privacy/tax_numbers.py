"""VAT and tax numbers, made at random by the rule of each state.

The VAT rules are those that the Commission publishes to the member states for VIES (»VIES VAT number algorithms«, DG TAXUD);
a national source stands beside a rule where there is one. `TAX_NUMBERS["DE.vat"](random)` gives one number as people
write it, VAT numbers with their prefix.
"""

from random import Random

from tests.data.privacy.check_digits import digits, luhn, mod_11_10, weighted
from tests.data.privacy.person_numbers import Maker, es_dni, hr_oib, ie_letter


def _stem(random: Random, count: int) -> str:
    return random.choice("123456789") + digits(random, count - 1)


def _grouped(random: Random, number: str, *sizes: int, signs: str = " .-") -> str:
    """`number` as it is, or cut into groups of `sizes` joined by one of `signs`."""
    if random.random() < 0.5:
        return number
    groups, place = [], 0
    for size in sizes:
        groups.append(number[place : place + size])
        place += size
    return random.choice(signs).join(groups)


def _prefixed(random: Random, prefix: str, number: str) -> str:
    return prefix + random.choice(["", "", "", " "]) + number


def at_uid(random: Random) -> str:
    """UID-Nummer: ATU, seven digits, check (BMF): 6 less the sum, every second digit doubled and crossed."""
    stem = _stem(random, 7)
    doubled = sum(int(d) if place % 2 == 0 else int(d) // 5 + int(d) * 2 % 10 for place, d in enumerate(stem))
    return random.choice(["ATU", "ATU", "ATU ", "AT U"]) + stem + str((6 - doubled) % 10)


def at_stnr(random: Random) -> str:
    """Abgabenkontonummer (BMF): tax office, six digits, Luhn-like check."""
    stem = random.choice(["03", "06", "09", "12", "16", "22", "29", "46", "53", "57", "68"]) + digits(
        random, 6
    )
    total = sum(int("0246813579"[int(d)]) if place % 2 else int(d) for place, d in enumerate(stem))
    whole = stem + str(-total % 10)
    return f"{whole[:2]}{random.choice([' ', '-', '-'])}{whole[2:5]}/{whole[5:]}"


def be_vat(random: Random) -> str:
    """Ondernemingsnummer (Royal Decree of 24 June 2003): 97 less the remainder by 97."""
    stem = random.choice("01") + str(random.randint(200, 799)) + digits(random, 4)
    whole = stem + f"{97 - int(stem) % 97:02d}"
    return _prefixed(random, "BE", random.choice([whole, f"{whole[:4]}.{whole[4:7]}.{whole[7:]}"]))


def bg_vat(random: Random) -> str:
    """ЕИК of nine digits (Закон за регистър БУЛСТАТ): weights 1 … 8, then 3 … 10, modulo 11."""
    stem = _stem(random, 8)
    check = weighted(stem, range(1, 9)) % 11
    if check == 10:
        check = weighted(stem, range(3, 11)) % 11 % 10
    return _prefixed(random, "BG", stem + str(check))


def cy_tic(random: Random) -> str:
    """ΑΦΤ: eight digits and a letter; odd places by the table 1 0 5 7 9 13 15 17 19 21."""
    table = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21)
    stem = random.choice(["00", "10", "30", "99"]) + digits(random, 6)
    total = sum(table[int(d)] if place % 2 == 0 else int(d) for place, d in enumerate(stem))
    return stem + chr(65 + total % 26)


def cz_vat(random: Random) -> str:
    """DIČ of a legal person: CZ and IČO; weights 8 … 2, modulo 11."""
    stem = random.choice("1234567") + digits(random, 6)
    check = (11 - weighted(stem, range(8, 1, -1)) % 11) % 10
    return _prefixed(random, "CZ", stem + str(check))


def de_vat(random: Random) -> str:
    """USt-IdNr. (BZSt): ISO/IEC 7064 MOD 11,10."""
    stem = _stem(random, 8)
    whole = stem + mod_11_10(stem)
    return _prefixed(random, "DE", random.choice([whole, whole, f"{whole[:3]} {whole[3:6]} {whole[6:]}"]))


def de_idnr(random: Random) -> str:
    """Steuer-IdNr. (§ 139b AO; BZSt): of ten digits exactly one stands twice; ISO/IEC 7064 MOD 11,10."""
    while True:
        nine = random.sample("0123456789", 9)
        stem = "".join(random.sample([*nine, random.choice(nine)], 10))
        if stem[0] != "0":
            whole = stem + mod_11_10(stem)
            return random.choice([whole, f"{whole[:2]} {whole[2:5]} {whole[5:8]} {whole[8:]}"])


def de_stnr(random: Random) -> str:
    """Steuernummer of Bavaria, Brandenburg, Mecklenburg-Vorpommern, Saxony, Saxony-Anhalt, Thuringia.

    The eleven's rule of the annex »Prüfung der Steuer- und Steueridentifikationsnummer« (ELSTER): weights 0 5 4 3 0 2 7 6
    5 4 3 2 over state, office, 0, district and serial.
    """
    while True:
        state, office = random.choice(
            [("9", "1"), ("9", "2"), ("3", "0"), ("4", "0"), ("3", "2"), ("3", "1"), ("4", "1")]
        )
        office += f"{random.randint(10, 89)}"
        district, serial = str(random.randint(100, 499)), digits(random, 4)
        total = weighted(state + office + "0" + district + serial, (0, 5, 4, 3, 0, 2, 7, 6, 5, 4, 3, 2))
        check = (11 - total % 11) % 11
        if check < 10:
            return random.choice(
                [f"{office}/{district}/{serial}{check}", f"{office} / {district} / {serial}{check}"]
            )


def dk_vat(random: Random) -> str:
    """CVR (CVR-loven; Erhvervsstyrelsen): weights 2 7 6 5 4 3 2, modulo 11."""
    while True:
        stem = random.choice("123") + digits(random, 6)
        check = -weighted(stem, (2, 7, 6, 5, 4, 3, 2)) % 11
        if check < 10:
            return _prefixed(random, "DK", _grouped(random, stem + str(check), 2, 2, 2, 2, signs=" "))


def ee_vat(random: Random) -> str:
    """KMKR: weights 3 7 1, modulo 10."""
    stem = "10" + digits(random, 6)
    return _prefixed(random, "EE", stem + str(-weighted(stem, (3, 7, 1, 3, 7, 1, 3, 7)) % 10))


def el_afm(random: Random) -> str:
    """ΑΦΜ (ΑΑΔΕ): powers of two, modulo 11, modulo 10."""
    stem = random.choice(["0", "1"]) + _stem(random, 7)
    return stem + str(weighted(stem, [2**power for power in range(8, 0, -1)]) % 11 % 10)


def _es_entity(random: Random, kinds: str, letters: str) -> str:
    kind, stem = (
        random.choice(kinds),
        random.choice(["08", "28", "41", "46", "48", "50", "29"]) + digits(random, 5),
    )
    check = luhn(stem)
    control = letters[int(check)] if letters else check
    return random.choice([kind + stem + control, f"{kind}-{stem}{control}", kind + stem + control])


def es_cif(random: Random) -> str:
    """NIF of a company or association (Orden EHA/451/2008): Luhn over seven digits."""
    return _es_entity(random, "AABBBFG", "")


def es_cifp(random: Random) -> str:
    """NIF of a local authority or public body: as `es_cif`, the check digit written as a letter."""
    return _es_entity(random, "PQS", "JABCDEFGHI")


def fi_vat(random: Random) -> str:
    """Y-tunnus (PRH): weights 7 9 10 5 8 4 2, modulo 11, never 1."""
    while True:
        stem = random.choice("0123") + digits(random, 6)
        rest = weighted(stem, (7, 9, 10, 5, 8, 4, 2)) % 11
        if rest != 1:
            return _prefixed(random, "FI", stem + str(-rest % 11))


def fr_spi(random: Random) -> str:
    """Numéro fiscal (DGFiP; TIN sheet of the Commission): ten digits, then their remainder by 511."""
    stem = random.choice("0123") + digits(random, 9)
    whole = stem + f"{int(stem) % 511:03d}"
    return random.choice([whole, f"{whole[:2]} {whole[2:4]} {whole[4:7]} {whole[7:10]} {whole[10:]}"])


def fr_vat(random: Random) -> str:
    """Numéro de TVA intracommunautaire (CGI annexe II 242 sexies): key (12 + 3 · (SIREN mod 97)) mod 97 and SIREN."""
    stem = random.choice(["3", "4", "5", "8"]) + digits(random, 7)
    siren = stem + luhn(stem)
    key = f"{(12 + 3 * (int(siren) % 97)) % 97:02d}"
    spaced = f"{siren[:3]} {siren[3:6]} {siren[6:]}"
    return random.choice([f"FR{key}{siren}", f"FR{key} {siren}", f"FR {key} {siren}", f"FR {key} {spaced}"])


def hu_asz(random: Random) -> str:
    """Adószám (2017. évi CL. törvény): weights 9 7 3 1, modulo 10; then the kind of VAT and the county."""
    stem = random.choice("123") + digits(random, 6)
    check = -weighted(stem, (9, 7, 3, 1, 9, 7, 3)) % 10
    area = random.choice(["02", "03", "05", "07", "08", "13", "15", "41", "42", "43"])
    return f"{stem}{check}-{random.choice('12')}-{area}"


def hu_jel(random: Random) -> str:
    """Adóazonosító jel (annex of 2017. évi CL.): 8, days since 1 January 1867, three digits; weights 1 … 9, modulo 11."""
    while True:
        stem = f"8{random.randint(25_000, 51_000)}{digits(random, 3)}"
        check = weighted(stem, range(1, 10)) % 11
        if check < 10:
            return stem + str(check)


def ie_vat(random: Random) -> str:
    """Irish VAT number (Revenue): seven digits, check letter, since 2013 a second letter."""
    stem, second = random.choice("1346") + digits(random, 6), random.choice(["", "H"])
    return _prefixed(random, "IE", stem + ie_letter(stem, second or "W") + second)


def it_piva(random: Random) -> str:
    """Partita IVA (D.M. 23 dicembre 1976): seven digits, province, Luhn."""
    stem = (
        "0"
        + digits(random, 6)
        + random.choice(["001", "015", "027", "036", "048", "058", "063", "072", "082"])
    )
    return stem + luhn(stem)


def lt_vat(random: Random) -> str:
    """PVM kodas of a legal person: the eighth digit is 1; two rounds of weights, modulo 11."""
    stem = random.choice("123") + digits(random, 6) + "1"
    check = weighted(stem, range(1, 9)) % 11
    if check == 10:
        check = weighted(stem, (3, 4, 5, 6, 7, 8, 9, 1)) % 11 % 10
    return _prefixed(random, "LT", stem + str(check))


def lu_vat(random: Random) -> str:
    """Numéro de TVA (AED): six digits and their remainder by 89."""
    stem = str(random.randint(100_000, 349_999))
    return _prefixed(random, "LU", stem + f"{int(stem) % 89:02d}")


def lv_vat(random: Random) -> str:
    """PVN numurs of a legal person: weights 9 1 4 8 3 10 2 5 7 6 1, sum 3 modulo 11."""
    while True:
        stem = "4000" + digits(random, 6)
        check = (3 - weighted(stem, (9, 1, 4, 8, 3, 10, 2, 5, 7, 6))) % 11
        if check < 10:
            return _prefixed(random, "LV", stem + str(check))


def mt_vat(random: Random) -> str:
    """Maltese VAT number (MTCA): weights 3 4 6 7 8 9, check 37 less the remainder by 37."""
    stem = random.choice("12") + digits(random, 5)
    whole = stem + f"{37 - weighted(stem, (3, 4, 6, 7, 8, 9)) % 37:02d}"
    return _prefixed(
        random, "MT", random.choice([whole, whole, f"{whole[:4]}-{whole[4:]}", f"{whole[:4]} {whole[4:]}"])
    )


def nl_vat(random: Random) -> str:
    """Btw-nummer (Belastingdienst): RSIN with the eleven's test, B, serial."""
    while True:
        stem = "8" + digits(random, 7)
        check = weighted(stem, (9, 8, 7, 6, 5, 4, 3, 2)) % 11
        if check < 10:
            tail = f"B0{random.randint(1, 3)}"
            return random.choice(
                [f"NL{stem}{check}{tail}", f"NL{stem}{check}{tail}", f"NL {stem}{check} {tail}"]
            )


def pl_nip(random: Random) -> str:
    """NIP (Act of 13 October 1995; Ministerstwo Finansów): weights 6 5 7 2 3 4 5 6 7, modulo 11, never 10."""
    while True:
        stem = random.choice(["525", "521", "676", "634", "779", "897", "952", "583"]) + digits(random, 6)
        check = weighted(stem, (6, 5, 7, 2, 3, 4, 5, 6, 7)) % 11
        if check < 10:
            whole = stem + str(check)
            dashed = f"{whole[:3]}-{whole[3:6]}-{whole[6:8]}-{whole[8:]}"
            return random.choice(
                [whole, dashed, dashed, f"{whole[:3]} {whole[3:6]} {whole[6:8]} {whole[8:]}"]
            )


def pt_nif(random: Random) -> str:
    """NIF (Decreto-Lei 14/2013; Autoridade Tributária): weights 9 … 2, modulo 11, ten and eleven are 0."""
    stem = random.choice(["1", "2", "2", "5"]) + digits(random, 7)
    check = -weighted(stem, range(9, 1, -1)) % 11 % 10
    return _grouped(random, stem + str(check), 3, 3, 3, signs=" ")


def ro_cui(random: Random) -> str:
    """CUI (OUG 116/2009; ANAF): weights 7 5 3 2 1 7 5 3 2 from the right end, times 10, modulo 11, modulo 10."""
    stem = _stem(random, random.choice([6, 7, 7]))
    return stem + str(weighted(stem.zfill(9), (7, 5, 3, 2, 1, 7, 5, 3, 2)) * 10 % 11 % 10)


def se_vat(random: Random) -> str:
    """Momsregistreringsnummer (Skatteverket, SKV 552): organisation number with Luhn, then 01."""
    stem = random.choice(["556", "559"]) + digits(random, 6)
    return _prefixed(random, "SE", stem + luhn(stem) + "01")


def si_ds(random: Random) -> str:
    """Davčna številka (Zakon o davčni službi; FURS): weights 8 … 2, modulo 11, ten is 0, eleven is never given."""
    while True:
        stem = _stem(random, 7)
        check = 11 - weighted(stem, range(8, 1, -1)) % 11
        if check != 11:
            return stem + str(check % 10)


def sk_dic(random: Random) -> str:
    """DIČ (Finančná správa): ten digits divisible by 11, in practice beginning 202 or 212."""
    while True:
        stem = random.choice(["202", "212"]) + digits(random, 6)
        if -int(stem + "0") % 11 < 10:
            return stem + str(-int(stem + "0") % 11)


def _with(prefix: str, bare: Maker) -> Maker:
    return lambda random: _prefixed(
        random, prefix, bare(random).replace(" ", "").replace("-", "").replace(".", "")
    )


def _bare(prefixed: Maker) -> Maker:
    """The VAT number without its prefix, as it stands after a label."""
    return lambda random: prefixed(random)[2:].strip()


TAX_NUMBERS: dict[str, Maker] = {
    "AT.uid": at_uid, "AT.stnr": at_stnr, "BE.vat": be_vat, "BG.vat": bg_vat, "CY.tic": cy_tic, "CY.vat": _with("CY", cy_tic),
    "CZ.vat": cz_vat, "DE.vat": de_vat, "DE.idnr": de_idnr, "DE.stnr": de_stnr, "DK.vat": dk_vat, "EE.vat": ee_vat,
    "EL.afm": el_afm, "EL.vat": _with("EL", el_afm), "ES.cif": es_cif, "ES.cifp": es_cifp, "ES.vat": _with("ES", es_cif),
    "ES.vatp": _with("ES", es_dni), "FI.vat": fi_vat, "FR.spi": fr_spi, "FR.vat": fr_vat, "HR.vat": _with("HR", hr_oib),
    "HU.asz": hu_asz, "HU.jel": hu_jel, "HU.vat": lambda random: _prefixed(random, "HU", hu_asz(random)[:8]),
    "IE.vat": ie_vat, "IT.piva": it_piva, "IT.vat": _with("IT", it_piva), "LT.vat": lt_vat, "LU.vat": lu_vat, "LV.vat": lv_vat,
    "MT.vat": mt_vat, "NL.vat": nl_vat, "PL.nip": pl_nip, "PL.vat": _with("PL", pl_nip), "PT.nif": pt_nif,
    "PT.vat": _with("PT", pt_nif), "RO.cui": ro_cui, "RO.vat": _with("RO", ro_cui), "SE.vat": se_vat, "SI.ds": si_ds,
    "SI.vat": _with("SI", si_ds), "SK.dic": sk_dic, "SK.vat": _with("SK", sk_dic),
    "BE.num": _bare(be_vat), "BG.num": _bare(bg_vat), "DK.num": _bare(dk_vat), "IE.num": _bare(ie_vat), "LT.num": _bare(lt_vat),
    "LV.num": _bare(lv_vat), "MT.num": _bare(mt_vat),
}  # fmt: skip
