"""What was measured of tokenizers as plain text: one by language, several side by side."""

from collections.abc import Iterator, Mapping
from typing import Any

NOTHING = "–"
"""Stands where there was nothing to measure on."""


def survey_lines(survey: Mapping[str, Any]) -> Iterator[str]:
    """Lines for a terminal: the tokenizers side by side, then each by language, its pieces, numbers and code."""
    tokenizers = survey["tokenizers"]
    if len(tokenizers) > 1:
        yield from _side_by_side(survey)
    for name, one in tokenizers.items():
        if len(tokenizers) > 1:
            yield ""
        yield f"{name} ({one['kind']}, {one['pieces']['vocabulary_size']:,} entries)"
        if len(tokenizers) == 1:
            yield from _by_language(one)
        yield from _of_the_vocabulary(one)


def overview(survey: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row of figures a tokenizer, None where there was nothing to measure on; the page shows the same."""
    rows = []
    reference = survey["reference"]
    for name, one in survey["tokenizers"].items():
        texts, parallel = (one["texts"] or {}).get("total", {}), one["parallel"] or {}
        rows.append(
            {
                "name": name,
                "entries": one["pieces"]["vocabulary_size"],
                "total_tokens": parallel.get("total_tokens"),
                "mean_premium": parallel.get("mean_premium"),
                "worst_premium": parallel.get("worst_premium"),
                "worst_language": parallel.get("worst_language"),
                "gini": parallel.get("gini"),
                "reference_bytes_per_token": parallel.get("bytes_per_token", {}).get(reference),
                "bytes_per_token": texts.get("bytes_per_token"),
                "tokens_per_word": texts.get("tokens_per_word"),
                "continued_word_share": texts.get("continued_word_share"),
                "code_bytes_per_token": one["code"]["total_bytes_per_token"],
                "digits": one["digits"]["rule"],
            }
        )
    return rows


def _side_by_side(survey: Mapping[str, Any]) -> Iterator[str]:
    width = max(len(name) for name in survey["tokenizers"])
    yield f"{'':<{width}}  entries  parallel: tokens  mean  worst        Gini  {survey['reference']} B/token   texts: B/token  continued"
    for row in overview(survey):
        worst = f"{_number(row['worst_premium'], 2)} {row['worst_language'] or ''}"
        yield (
            f"{row['name']:<{width}}  {row['entries']:>7,}  {_number(row['total_tokens'], 0):>16}  {_number(row['mean_premium'], 2):>4}  "
            f"{worst:<9}  {_number(row['gini'], 4):>6}  {_number(row['reference_bytes_per_token'], 2):>10}  "
            f"{_number(row['bytes_per_token'], 2):>15}  {_percent(row['continued_word_share']):>9}"
        )


def by_language(one: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row of figures a language of one tokenizer, None where there was nothing to measure on."""
    texts, parallel = (one["texts"] or {}).get("languages", {}), one["parallel"] or {}
    languages = sorted({*texts, *parallel.get("premiums", {})})
    return [
        {
            "language": language,
            "premium": parallel.get("premiums", {}).get(language),
            **{name: texts.get(language, {}).get(name) for name in _FIGURES},
        }
        for language in languages
    ]


_FIGURES = (
    "documents", "bytes", "bytes_per_token", "tokens_per_word", "continued_word_share", "byte_token_share", "changed_documents",
)  # fmt: skip


def _by_language(one: Mapping[str, Any]) -> Iterator[str]:
    rows = by_language(one)
    if rows:
        yield "language  premium  bytes/token  tokens/word  continued  part of a character  changed"
    for row in rows:
        yield (
            f"{row['language']:<8}  {_number(row['premium'], 3):>7}  {_number(row['bytes_per_token'], 3):>11}  "
            f"{_number(row['tokens_per_word'], 3):>11}  {_percent(row['continued_word_share']):>9}  "
            f"{_percent(row['byte_token_share'], 3):>19}  {_number(row['changed_documents'], 0):>7}"
        )
    if one["texts"]:
        total = one["texts"]["total"]
        yield (
            f"all: {total['bytes_per_token']:.3f} bytes a token, {total['tokens_per_word']:.3f} tokens a word, "
            f"{total['continued_word_share']:.1%} of words continued; {total['changed_documents']:,} of {total['documents']:,} texts do "
            "not come back as they were"
        )
    if one["parallel"]:
        parallel = one["parallel"]
        yield (
            f"parallel: {parallel['total_tokens']:,} tokens, Gini {parallel['gini']:.4f}, mean premium {parallel['mean_premium']:.3f}, "
            f"worst {parallel['worst_premium']:.3f} ({parallel['worst_language']})"
        )


def _of_the_vocabulary(one: Mapping[str, Any]) -> Iterator[str]:
    pieces, digits, code = one["pieces"], one["digits"], one["code"]
    unused = pieces["unused"]
    signs = ", ".join(
        f"{sign.replace('_', ' ')} {found['pieces']:,}"
        for sign, found in pieces["junk"].items()
        if found["pieces"]
    )
    yield (
        f"  pieces: {pieces['whole']:,} of whole characters, {pieces['unreachable']['pieces']:,} of them unreachable"
        + ("" if unused is None else f", {unused['pieces']:,} not used in these texts")
        + f"; like debris: {signs or 'none'}"
    )
    for script, longest in list(pieces["longest"].items())[:3]:
        yield f"  longest ({script}): {' '.join(shown(piece) for piece in longest[:5])}"
    cuts = ", ".join(
        f"{length}: {one_cut['cut']}"
        for length, one_cut in digits["by_length"].items()
        if int(length) in (3, 4, 6, 9)
    )
    yield f"  numbers: {digits['rule']}{'' if digits['consistent'] else ', not consistent'} ({cuts})"
    indentation = ", ".join(f"{spaces}: {tokens}" for spaces, tokens in code["indentation"].items())
    yield f"  code: {code['total_bytes_per_token']:.2f} bytes a token; tokens of an indentation by spaces: {indentation}"


def shown(piece: str) -> str:
    """A piece so that its spaces and control characters can be seen."""
    return "".join(
        "·" if c == " " else c if c.isprintable() else c.encode("unicode_escape").decode() for c in piece
    )


def _number(value: float | None, digits: int) -> str:
    return NOTHING if value is None else f"{value:,.{digits}f}"


def _percent(value: float | None, digits: int = 1) -> str:
    return NOTHING if value is None else f"{value:.{digits}%}"
