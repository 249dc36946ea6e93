"""Rounds of training that make languages cost alike, and what that costs.

A vocabulary has a fixed number of entries; what one language gets, another lacks. Each round measures the tokens that every
language needs for the same text, multiplies its weight by (its tokens / the mean) to a power, and trains again. A vocabulary
also looks fairer when it only makes English worse. So every round is recorded with its tokens in all and in English, and limits
on both end the rounds.
"""

import io
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import sentencepiece
import zstandard

from soofi.recipe import Parity
from soofi.tokenizer.fairness import gini, premiums

FORMAT = "soofi.parity/1"
REFERENCE = "en"


@dataclass(frozen=True)
class Round:
    """One training: the languages' weights and multipliers, and what it needs for the development text.

    `tokens`: language → tokens; the sums and the Gini coefficient are of these. `tokens_apart`: the same of languages so
    small that they learn from the development text too.
    """

    number: int
    gini: float
    worst_premium: float
    worst_language: str
    total_tokens: int
    english_tokens: int
    english_bytes_per_token: float
    tokens: dict[str, int]
    tokens_apart: dict[str, int]
    weights: dict[str, float]
    multipliers: dict[str, float]

    def within(self, parity: Parity, first: "Round") -> bool:
        """Whether the round keeps to the limits on cost, against the first."""
        return (
            self._total_within(parity, first)
            and self.english_tokens <= (1 + parity.maximum_extra_english) * first.english_tokens
        )

    def ends(self, parity: Parity, first: "Round") -> bool:
        """Whether no round comes after this one: the target is met, all languages cost too much, or all rounds are done.

        English that costs too much gains weight in the next round, which may be within the limits again.
        """
        met = self.gini <= parity.gini and self.within(parity, first)
        return met or not self._total_within(parity, first) or self.number >= parity.rounds

    def _total_within(self, parity: Parity, first: "Round") -> bool:
        return self.total_tokens <= (1 + parity.maximum_extra_tokens) * first.total_tokens

    def line(self) -> str:
        """The round in one line for a terminal."""
        return (
            f"round {self.number}: Gini {self.gini:.4f}, worst premium {self.worst_premium:.2f} ({self.worst_language}), "
            f"{self.total_tokens:,} tokens, English {self.english_bytes_per_token:.2f} bytes a token"
        )


def development_files(folder: Path) -> list[Path]:
    """The files that `read_development` may read: `<language>.jsonl`, `<language>.jsonl.zst`."""
    return sorted([*folder.glob("*.jsonl"), *folder.glob("*.jsonl.zst")])


def read_development(folder: Path, languages: Collection[str]) -> dict[str, list[str]]:
    """Texts of each of the `languages` that has a file in the folder.

    Raises FileNotFoundError where none has, ValueError for a line that is no JSON object with `text`.
    """
    found: dict[str, list[str]] = {}
    for path in development_files(folder):
        language = path.name.partition(".")[0]
        if language in languages:
            found.setdefault(language, []).extend(_texts(path))
    if not found:
        raise FileNotFoundError(
            f"tokenizer.parity.development {folder} holds no text of the vocabulary's languages: put <language>.jsonl there"
        )
    return dict(sorted(found.items()))


def measure_round(
    number: int,
    model: bytes,
    texts: Mapping[str, Sequence[str]],
    apart: Collection[str],
    weights: Mapping[str, float],
    multipliers: Mapping[str, float],
) -> Round:
    """Count the tokens that a vocabulary needs for the development text. Languages `apart` count in no sum."""
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    counts = {language: sum(map(len, processor.encode(list(found)))) for language, found in texts.items()}
    tokens = {language: count for language, count in counts.items() if language not in apart}
    premium = premiums(tokens, REFERENCE)
    worst = max(premium, key=lambda language: premium[language])
    english_bytes = sum(len(text.encode()) for text in texts[REFERENCE])
    return Round(
        number=number,
        gini=gini(tokens),
        worst_premium=premium[worst],
        worst_language=worst,
        total_tokens=sum(tokens.values()),
        english_tokens=tokens[REFERENCE],
        english_bytes_per_token=english_bytes / tokens[REFERENCE],
        tokens=tokens,
        tokens_apart={language: counts[language] for language in apart},
        weights=dict(weights),
        multipliers=dict(multipliers),
    )


def reweighted(done: Round, first: Round, parity: Parity) -> dict[str, float]:
    """The next round's weights: w · (tokens / target) ^ power; languages apart, and those without such text, keep theirs.

    The target is the mean of the languages; for English no more than nine tenths of what its limit leaves over the first round,
    so that it gives room until then and holds its place thereafter.
    """
    mean = sum(done.tokens.values()) / len(done.tokens)
    english = (1 + 0.9 * parity.maximum_extra_english) * first.english_tokens
    target = dict.fromkeys(done.tokens, mean) | {REFERENCE: min(mean, english)}
    return {
        language: weight * (done.tokens[language] / target[language]) ** parity.power
        if language in target
        else weight
        for language, weight in done.weights.items()
    }


def choose(rounds: Sequence[Round], parity: Parity) -> Round:
    """The round with the lowest Gini coefficient among those within the limits on cost; of equal ones the first."""
    return min((r for r in rounds if r.within(parity, rounds[0])), key=lambda r: r.gini)


def frontier(rounds: Sequence[Round], kept: Round, parity: Parity) -> dict[str, Any]:
    """What `parity.json` holds: the limits, every round and which one was kept."""
    return {
        "format": FORMAT,
        "limits": parity.model_dump(mode="json", exclude={"development"}),
        "kept": kept.number,
        "rounds": [asdict(r) | {"within_limits": r.within(parity, rounds[0])} for r in rounds],
    }


def _texts(path: Path) -> list[str]:
    data = path.read_bytes()
    try:
        if path.suffix == ".zst":
            with zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data)) as reader:
                data = reader.read()
        return [json.loads(line)["text"] for line in data.decode("utf-8").split("\n") if line.strip()]
    except (zstandard.ZstdError, ValueError, KeyError, TypeError):
        raise ValueError(f"{path} is damaged: every line must be a JSON object with `text`") from None
