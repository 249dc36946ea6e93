"""Builds `cases.jsonl` and `README.md` beside this file: the second labelled set for the personal-data detector.

    python tests/data/privacy_second/build_cases.py [--cross-check]

Deterministic: every case has its own generator, seeded by language, carrier and repetition. The builder checks its own
labels and counts before it writes; `--cross-check` asks python-stdnum and phonenumbers about every value as well.
"""

import json
import re
import sys
from collections import Counter
from pathlib import Path
from random import Random

from carriers import COUNTRY, PLACE, TYPES, Carrier, fill, read_carriers

HERE = Path(__file__).parent
SEED = "privacy_second"
REPETITIONS = 2
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[^\W\d]{2,}")


def all_carriers() -> list[Carrier]:
    """The carriers of every language, and those of machines (logs, code), dealt out to the languages in turn."""
    languages = sorted(COUNTRY)
    carriers = {
        language: read_carriers(HERE / "carriers" / f"{language}.txt", language) for language in languages
    }
    for index, carrier in enumerate(read_carriers(HERE / "carriers" / "machines.txt", "en")):
        language = languages[index % len(languages)]
        carriers[language].append(Carrier(language, carrier.about, carrier.text, carrier.lookalike))
    return [carrier for language in languages for carrier in carriers[language]]


def all_cases() -> list[dict]:
    """Every carrier with values in its places, twice where it has places."""
    cases, seen = [], set()
    for index, carrier in enumerate(all_carriers()):
        for repetition in range(REPETITIONS if carrier.places else 1):
            case = fill(carrier, Random(f"{SEED} {carrier.language} {index} {repetition}"))
            if case["text"] not in seen:
                seen.add(case["text"])
                cases.append(case)
    return cases


def check(cases: list[dict]) -> list[str]:
    """What is wrong with the set, one sentence each."""
    faults = []
    cells = Counter((case["language"], span["type"]) for case in cases for span in case["spans"])
    kinds = Counter((case["language"], case["kind"]) for case in cases)
    for language in sorted(COUNTRY):
        total = sum(kinds[language, kind] for kind in ("positive", "mixed", "negative"))
        if total < 50:
            faults.append(f"{language} has {total} cases")
        if kinds[language, "positive"] > 0.7 * total:
            faults.append(f"{language} has {kinds[language, 'positive']} positives of {total}")
        faults += [
            f"{language} has {cells[language, kind]} of {kind}" for kind in TYPES if cells[language, kind] < 3
        ]
        carriers = sum(carrier.language == language for carrier in all_carriers())
        if carriers < 25:
            faults.append(f"{language} has {carriers} carriers")
    for kind in TYPES:
        if (spans := sum(cells[language, kind] for language in COUNTRY)) < 120:
            faults.append(f"{spans} spans of {kind}")
    for case in cases:
        text, end = case["text"], 0
        for span in case["spans"]:
            value = text[span["start"] : span["end"]]
            before, after = text[: span["start"]][-1:], text[span["end"] :][:1]
            if span["start"] < end or value != value.strip() or not value:
                faults.append(f"a span does not fit: {text!r}")
            if (value[0].isalnum() and before.isalnum()) or (value[-1].isalnum() and after.isalnum()):
                faults.append(f"a value touches a word: {text!r}")
            if span["type"] == "ip_address" and re.match(r"[:.]\w", text[span["end"] :]) and ":" in value:
                faults.append(f"it cannot be seen where an address ends: {text!r}")
            end = span["end"]
        labelled = [range(span["start"], span["end"]) for span in case["spans"]]
        for match in _ADDRESS.finditer(text):
            if not any(match.start() in places for places in labelled):
                faults.append(f"an address without a label: {match[0]} in {text!r}")
        if PLACE.search(text):
            faults.append(f"a place was left: {text!r}")
    return faults


def readme(cases: list[dict]) -> str:
    """The counts by language and type as a page."""
    cells = Counter((case["language"], span["type"]) for case in cases for span in case["spans"])
    kinds = Counter((case["language"], case["kind"]) for case in cases)
    columns = ["positive", "mixed", "negative"]
    lines = [
        "# The second labelled set for the personal-data detector",
        "",
        "One case a line in `cases.jsonl`: `language`, `text`, `spans` (code points, end excluded), `kind`, `about`.",
        "Written by another author than the first set, and not opened until the detector's last commit.",
        "Texts stand in `carriers/`, values are computed from the rules named in the builder's modules. People, firms and",
        "numbers are invented; the texts were written for this project by a language model and are waived under CC0 1.0.",
        "Native speakers have not reviewed them. A carrier is used twice with other values, so that the cases are not independent.",
        "",
        "`python tests/data/privacy_second/build_cases.py` builds and checks all of it; with `--cross-check` python-stdnum and",
        "phonenumbers judge every value as well. They have no rule for the German, Hungarian, Luxembourgish and Maltese person",
        "numbers and the Hungarian adóazonosító jel: these rest on our reading of the rules alone.",
        "",
        "| language | cases | " + " | ".join(columns + TYPES) + " |",
        "|---|" + "---:|" * (1 + len(columns) + len(TYPES)),
    ]
    for language in sorted(COUNTRY):
        row = [kinds[language, kind] for kind in columns]
        counts = [sum(row), *row, *(cells[language, kind] for kind in TYPES)]
        lines.append(f"| {language} | " + " | ".join(map(str, counts)) + " |")
    totals = [len(cases), *(sum(kinds[language, kind] for language in COUNTRY) for kind in columns)]
    totals += [sum(cells[language, kind] for language in COUNTRY) for kind in TYPES]
    lines.append("| all | " + " | ".join(map(str, totals)) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    cases = all_cases()
    faults = check(cases)
    if "--cross-check" in sys.argv:
        from cross_check import disagreements

        faults += disagreements(cases)
    if faults:
        sys.exit("\n".join(faults))
    lines = [json.dumps(case, ensure_ascii=False) + "\n" for case in cases]
    (HERE / "cases.jsonl").write_text("".join(lines), encoding="utf-8")
    (HERE / "README.md").write_text(readme(cases), encoding="utf-8")


if __name__ == "__main__":
    main()
