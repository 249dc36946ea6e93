"""Everything that is measured of one tokenizer, and of several side by side."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from soofi.tokenizer.audit import audit
from soofi.tokenizer.fairness import gini, premiums
from soofi.tokenizer.foreign import OpenedTokenizer, open_any, require_place
from soofi.tokenizer.measurement import count_texts, figures
from soofi.tokenizer.probes import code_behaviour, digits_behaviour
from soofi.tokenizer.texts import Texts

FORMAT = "soofi.tokenizer-survey/1"

REFERENCE = "en"
"""The language that premiums are counted from."""


def to_open(names: Sequence[str], pattern: str | None = None) -> dict[str, Callable[[], OpenedTokenizer]]:
    """What opens each of `[NAME=]TOKENIZER`, by name; without a name by the last part of its path that says something.

    Raises FileNotFoundError for one that is not there, ValueError for two of one name.
    """
    found: dict[str, Callable[[], OpenedTokenizer]] = {}
    for one in names:
        name, equals, place = one.partition("=")
        if not equals or Path(one).exists():
            name, place = _short_name(one), one
        if name in found:
            raise ValueError(
                f"two tokenizers would be called '{name}': write NAME=TOKENIZER to tell them apart"
            )
        require_place(place)
        found[name] = partial(open_any, place, pattern)
    return found


def _short_name(place: str) -> str:
    parts = [part for part in Path(place).parts if part not in ("/", ".", "..")]
    telling = [
        part
        for part in parts
        if part not in ("tokenizer", "export", "tokenizer.json", "tokenizer.model", "tekken.json")
    ]
    return telling[-1] if telling else place


def survey(
    tokenizers: Mapping[str, Callable[[], OpenedTokenizer]],
    texts: Texts | None = None,
    parallel: Texts | None = None,
    reference: str = REFERENCE,
) -> dict[str, Any]:
    """Measure tokenizers one after the other; only one is open at a time.

    `tokenizers`: name → what opens it. Returns plain values: `texts` and `parallel` say what was measured on (None where there was
    nothing), `tokenizers` holds `examine` of each by name. Raises ValueError where parallel text lacks the reference.
    """
    if parallel:
        premiums(dict.fromkeys(parallel.by_language, 1), reference)  # said before anything is measured
    return {
        "format": FORMAT,
        "reference": reference,
        "texts": texts and texts.described(),
        "parallel": parallel and parallel.described(),
        "tokenizers": {
            name: examine(opened(), texts, parallel, reference) for name, opened in tokenizers.items()
        },
    }


def examine(
    tokenizer: OpenedTokenizer, texts: Texts | None, parallel: Texts | None, reference: str = REFERENCE
) -> dict[str, Any]:
    """One tokenizer: `kind`, `pieces` (`audit.audit`), `digits`, `code`, and where there is text, `texts` (`measurement.figures`) and
    `parallel` (`fairness_on`).
    """
    used: dict[str, Counter[int]] = {}
    counts = {}
    for language, some in (texts.by_language if texts else {}).items():
        counts[language] = count_texts(tokenizer, some, _collector(used.setdefault(language, Counter())))
    aligned = fairness_on(tokenizer, parallel, reference, used) if parallel else None
    return {
        "kind": tokenizer.kind,
        "pieces": audit(tokenizer, used),
        "digits": digits_behaviour(tokenizer),
        "code": code_behaviour(tokenizer),
        "texts": figures(counts) if counts else None,
        "parallel": aligned,
    }


def fairness_on(
    tokenizer: OpenedTokenizer, parallel: Texts, reference: str, used: dict[str, Counter[int]] | None = None
) -> dict[str, Any]:
    """What parallel text costs: `tokens` and `bytes_per_token` by language, `total_tokens`, `premiums` over the reference, their
    mean and the worst of them with its language, and `gini`. Tokens are added to `used` if it is given.
    """
    tokens, sizes = {}, {}
    for language, lines in parallel.by_language.items():
        ids = tokenizer.encode_batch(lines)
        tokens[language] = sum(map(len, ids))
        sizes[language] = sum(len(line.encode()) for line in lines)
        if used is not None:
            for some in ids:
                used.setdefault(language, Counter()).update(some)
    return fairness_of(tokens, sizes, reference)


def fairness_of(
    tokens: Mapping[str, int], sizes: Mapping[str, int], reference: str = REFERENCE
) -> dict[str, Any]:
    """The figures of `fairness_on` from language → tokens and language → bytes of the same parallel text."""
    paid = premiums(tokens, reference)
    worst = max(paid, key=paid.__getitem__)
    others = [premium for language, premium in paid.items() if language != reference]
    return {
        "tokens": dict(tokens),
        "total_tokens": sum(tokens.values()),
        "bytes_per_token": {
            language: round(sizes[language] / max(1, count), 4) for language, count in tokens.items()
        },
        "premiums": {language: round(premium, 4) for language, premium in paid.items()},
        "mean_premium": round(sum(others) / max(1, len(others)), 4),
        "worst_premium": round(paid[worst], 4),
        "worst_language": worst,
        "gini": round(gini(tokens), 4),
    }


def _collector(counts: Counter[int]) -> Callable[[str, list[int], bool], None]:
    return lambda text, ids, same: counts.update(ids)
