"""How well the detector of personal data does on the labelled sets: every folder `tests/data/privacy*` with a `cases.jsonl`.

    python -m tests.corpus.privacy_scores [--misses]

prints a table of each set: by type, by language, and each cell of the two with the spans that are right, wrong and missed.
A span is right if its start, its end and its type are.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from soofi.corpus.privacy.detect import find
from soofi.recipe import EU_OFFICIAL, PERSONAL_DATA_TYPES

DATA = Path(__file__).parents[1] / "data"


@dataclass(frozen=True)
class Tally:
    """Spans that are right, wrong (found, not labelled) and missed (labelled, not found)."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.right + other.right, self.wrong + other.wrong, self.missed + other.missed)

    @property
    def precision(self) -> float:
        found = self.right + self.wrong
        return self.right / found if found else 1.0

    @property
    def recall(self) -> float:
        labelled = self.right + self.missed
        return self.right / labelled if labelled else 1.0

    def __str__(self) -> str:
        return f"{self.right}/{self.wrong}/{self.missed}"


@dataclass
class Scores:
    """Tallies of one set by (language, type), and the texts in which something is wrong or missed."""

    cells: dict[tuple[str, str], Tally] = field(default_factory=dict)
    misses: list[str] = field(default_factory=list)

    def of_type(self, type: str) -> Tally:
        return sum((tally for (_, of), tally in self.cells.items() if of == type), Tally())

    def of_language(self, language: str) -> Tally:
        return sum((tally for (of, _), tally in self.cells.items() if of == language), Tally())

    def table(self) -> str:
        """As Markdown: precision and recall in the margins, right/wrong/missed in the cells."""
        lines = [
            "| language | " + " | ".join(PERSONAL_DATA_TYPES) + " | all | precision | recall |",
            "| --- |" + " ---: |" * (len(PERSONAL_DATA_TYPES) + 3),
        ]
        for language in sorted({language for language, _ in self.cells}):
            of = self.of_language(language)
            cells = [str(self.cells.get((language, type), Tally())) for type in PERSONAL_DATA_TYPES]
            lines.append(
                f"| {language} | {' | '.join(cells)} | {of} | {of.precision:.3f} | {of.recall:.3f} |"
            )
        tallies = [self.of_type(type) for type in PERSONAL_DATA_TYPES]
        every = sum(tallies, Tally())
        lines.append(
            f"| all | {' | '.join(map(str, tallies))} | {every} | {every.precision:.3f} | {every.recall:.3f} |"
        )
        for name in ("precision", "recall"):
            lines.append(
                f"| {name} | {' | '.join(f'{getattr(tally, name):.3f}' for tally in tallies)} | | | |"
            )
        return "\n".join(lines)


def sets() -> Iterator[Path]:
    """The folders of labelled sets."""
    return iter(sorted(path.parent for path in DATA.glob("privacy*/cases.jsonl")))


def scores(folder: Path) -> Scores:
    """The detector's scores on the set in `folder`."""
    counts: dict[str, Counter[tuple[str, str]]] = {name: Counter() for name in ("right", "wrong", "missed")}
    result = Scores()
    for line in (folder / "cases.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        text, language = case["text"], case["language"]
        labelled = {(span["start"], span["end"], span["type"]) for span in case["spans"]}
        found = {(span.start, span.end, span.type) for span in find(text, language)}
        for name, some in (
            ("right", found & labelled),
            ("wrong", found - labelled),
            ("missed", labelled - found),
        ):
            counts[name].update((language, type) for _, _, type in some)
        if found != labelled:
            said = "; ".join(
                f"{word} {type} {text[start:end]!r}"
                for word, some in (("wrong", found - labelled), ("missed", labelled - found))
                for start, end, type in sorted(some)
            )
            result.misses.append(f"{language}: {text!r}\n    {said}")
    languages = {language for name in counts for language, _ in counts[name]} | set(EU_OFFICIAL)
    for language in languages:
        for type in PERSONAL_DATA_TYPES:
            right, wrong, missed = (counts[name][language, type] for name in ("right", "wrong", "missed"))
            result.cells[language, type] = Tally(right, wrong, missed)
    return result


if __name__ == "__main__":
    for folder in sets():
        result = scores(folder)
        print(f"\n{folder.name}\n\n{result.table()}")
        if "--misses" in sys.argv:
            print("\n" + "\n".join(result.misses))
