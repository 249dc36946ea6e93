"""From a corpus and a specification to a vocabulary: how much of each language is read, how much it counts, and the rounds."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from soofi.recipe import Tokenizer
from soofi.tokenizer.alphabet import draw_alphabet
from soofi.tokenizer.parity import (
    choose,
    development_files,
    frontier,
    measure_round,
    read_development,
    reweighted,
)
from soofi.tokenizer.sample import language_shares, sample_lines, whole_lines
from soofi.tokenizer.training import train_sentencepiece
from soofi.tokenizer.words import WordTable, count_words, read_word_counts

Files = Mapping[str, Mapping[Path, int]]
"""Language → file → UTF-8 bytes of its training text, as of `sample.corpus_files`."""


@dataclass(frozen=True)
class Learned:
    """What training gave: the bytes of `tokenizer.model`, what it was learned from, and the rounds that led there.

    `training_text`: language → source → bytes read. `multipliers`: language → how much a byte of it counted. `parity`: the
    frontier as `parity.json` holds it, or None where the specification asks for no rounds.
    """

    model: bytes
    training_text: dict[str, dict[str, int]]
    multipliers: dict[str, float]
    parity: dict[str, Any] | None

    @property
    def sample_bytes(self) -> dict[str, int]:
        """Bytes read of each language."""
        return {language: sum(sources.values()) for language, sources in self.training_text.items()}


def learn(specification: Tokenizer, files: Files, say: Callable[[str], None]) -> Learned:
    """Learn a vocabulary from training text. The same specification and text give the same bytes.

    Raises ValueError with one sentence where a named language has no text, the text is too little for the vocabulary, or the
    development text cannot be used.
    """
    files = _of_languages(specification, files)
    sizes = {language: sum(paths.values()) for language, paths in files.items()}
    weights = {
        language: specification.weights.get(language, 1.0) * size**specification.language_exponent
        for language, size in sizes.items()
    }
    shares = language_shares(sizes, weights, specification.sample_bytes)
    development = _development(specification, sizes)
    _announce(specification, shares, say)
    table = _count(specification, files, shares, development.left_out)
    multipliers = _multipliers(specification, weights, shares)
    alphabet = draw_alphabet(
        table.characters(multipliers), specification.character_coverage, specification.required_characters
    )
    table = table.within(alphabet)
    model = train_sentencepiece(specification, table.rows(multipliers), alphabet)
    parity = specification.parity
    if parity is None:
        return Learned(model, _training_text(files, shares), multipliers, None)
    rounds = [measure_round(0, model, development.texts, development.apart, weights, multipliers)]
    say(f"tokenizer: {rounds[0].line()}")
    models = {0: model}
    while not rounds[-1].ends(parity, rounds[0]):
        weights = reweighted(rounds[-1], rounds[0], parity)
        multipliers = _multipliers(specification, weights, shares)
        model = train_sentencepiece(specification, table.rows(multipliers), alphabet)
        number = len(rounds)
        rounds.append(
            measure_round(number, model, development.texts, development.apart, weights, multipliers)
        )
        say(f"tokenizer: {rounds[-1].line()}")
        models = {r.number: models.get(r.number, model) for r in (choose(rounds, parity), rounds[-1])}
    best = choose(rounds, parity)
    say(f"tokenizer: round {best.number} is kept: the lowest Gini coefficient within the limits on cost")
    return Learned(
        models[best.number],
        _training_text(files, shares),
        best.multipliers,
        frontier(rounds, best, parity),
    )


def files_beside(specification: Tokenizer) -> dict[str, Path]:
    """Files outside the corpus that decide the vocabulary: name for the manifest → path."""
    files: dict[str, Path] = {}
    if specification.parity is not None:
        found = development_files(specification.parity.development)
        files |= {f"development/{path.name}": path for path in found}
    if specification.word_counts is not None:
        files |= {
            f"word_counts/{path.name}": path for path in sorted(specification.word_counts.glob("*.tsv"))
        }
    return files


@dataclass(frozen=True)
class _Development:
    """Parallel texts by language, the lines that training leaves out, and the languages that learn from them all the same."""

    texts: dict[str, list[str]]
    left_out: Mapping[str, Collection[str]]
    apart: list[str]


def _development(specification: Tokenizer, sizes: Mapping[str, int]) -> _Development:
    if specification.parity is None:
        return _Development({}, {}, [])
    texts = read_development(specification.parity.development, sizes)
    apart = [language for language in texts if sizes[language] < specification.parity.minimum_bytes]
    left_out = {
        language: frozenset(line for text in found for line in whole_lines(text))
        for language, found in texts.items()
        if language not in apart
    }
    if len(left_out) < 2 or "en" not in left_out:
        raise ValueError(
            f"tokenizer.parity compares languages with at least minimum_bytes ({specification.parity.minimum_bytes}) of "
            "training text, English among them: give more text, lower minimum_bytes or leave parity out"
        )
    return _Development(texts, left_out, apart)


def _of_languages(specification: Tokenizer, files: Files) -> Files:
    if not specification.languages:
        return files
    for language in specification.languages:
        if language not in files:
            raise ValueError(
                f"tokenizer.languages names '{language}', of which the corpus has no training text: add text or leave it out"
            )
    return {language: files[language] for language in sorted(specification.languages)}


def _announce(specification: Tokenizer, shares: Mapping[str, int], say: Callable[[str], None]) -> None:
    total = sum(shares.values()) / 1e6
    say(f"tokenizer: learning {specification.vocabulary_size:,} entries from {total:.1f} MB")
    if specification.algorithm == "unigram":
        say(
            "tokenizer: unigram takes some ten times the time and memory of bpe: hours and tens of GB for a large vocabulary"
        )


def _count(
    specification: Tokenizer,
    files: Files,
    shares: Mapping[str, int],
    left_out: Mapping[str, Collection[str]],
) -> WordTable:
    maximum = max(1, specification.maximum_words // len(files))
    folder = specification.word_counts
    if folder is not None and not any((folder / f"{language}.tsv").is_file() for language in files):
        raise FileNotFoundError(
            f"tokenizer.word_counts {folder} holds no words of the vocabulary's languages: put <language>.tsv there"
        )

    def languages() -> Iterator[tuple[str, Mapping[str, float]]]:
        for language, paths in files.items():
            lines = sample_lines(paths, shares[language], left_out.get(language, frozenset()))
            counts: Mapping[str, float] = count_words(lines, specification.user_defined_symbols, maximum)
            yield language, _with_word_counts(specification, language, counts, maximum)

    return WordTable.of(languages())


def _with_word_counts(
    specification: Tokenizer, language: str, counts: Mapping[str, float], maximum: int
) -> Mapping[str, float]:
    """A language's own counts and those of its file, scaled to their share of the words."""
    folder = specification.word_counts
    if folder is None or not (path := folder / f"{language}.tsv").is_file():
        return counts
    more = read_word_counts(path, maximum)
    share = specification.word_counts_share
    factor = sum(counts.values()) / max(1, sum(more.values())) * share / (1 - share)
    both = dict(counts)
    for word, count in more.items():
        both[word] = both.get(word, 0.0) + count * factor
    return both


def _multipliers(
    specification: Tokenizer, weights: Mapping[str, float], shares: Mapping[str, int]
) -> dict[str, float]:
    """How much a byte of each language counts, 1 for the language where it counts least."""
    relative = {language: weights[language] / max(1, share) for language, share in shares.items()}
    least = min(relative.values())
    return {
        language: min(specification.maximum_multiplier, value / least) for language, value in relative.items()
    }


def _training_text(files: Files, shares: Mapping[str, int]) -> dict[str, dict[str, int]]:
    text: dict[str, dict[str, int]] = {}
    for language, paths in files.items():
        total = sum(paths.values())
        sources = text.setdefault(language, {})
        for path, size in paths.items():
            source = path.parent.parent.name
            sources[source] = sources.get(source, 0) + shares[language] * size // total
    return text
