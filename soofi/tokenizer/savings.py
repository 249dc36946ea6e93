"""What new entries save on held-out text, language by language."""

from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from soofi.recipe import GivenTokenizer
from soofi.tokenizer.copying import copy_tokenizer
from soofi.tokenizer.measurement import Inspect, measure
from soofi.tokenizer.opening import RunTokenizer, open_tokenizer


def measure_before(
    given: GivenTokenizer,
    files: Mapping[str, Mapping[Path, int]],
    check: Callable[[Path, Path], Inspect],
) -> tuple[dict[str, Any], Inspect]:
    """Figures of a given tokenizer without its new entries, and what to hold the extended one against while it is measured.

    `files`: the held-out text. `check(source, directory)`: what the given tokenizer itself must keep. Raises what `check`'s
    inspection raises.
    """
    with TemporaryDirectory(prefix="soofi-") as directory:
        copy_tokenizer(given, Path(directory))
        before = open_tokenizer(directory)
        figures = measure(before, files, check(given.from_, Path(directory)))
    return figures, _only_coarser(before)


def savings(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Bytes per token without and with the new entries, and the share of tokens that they save, by language and in total.

    `before` and `after` are `measure`'s figures on the same text.
    """
    languages = {
        language: _saved(before["languages"][language], figures)
        for language, figures in after["languages"].items()
    }
    return {"languages": languages, "total": _saved(before["total"], after["total"])}


def savings_line(entries: int, saved: Mapping[str, Any]) -> str:
    """One line for a person: what is saved in all, and by language, most first."""
    by_language = sorted(saved["languages"].items(), key=lambda item: (-item[1]["tokens_saved"], item[0]))
    each = ", ".join(f"{language} {figures['tokens_saved']:.0%}" for language, figures in by_language)
    return (
        f"tokenizer: {entries:,} new entries save {saved['total']['tokens_saved']:.1%} of all tokens ({each})"
    )


def _saved(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, float]:
    return {
        "bytes_per_token_before": before["bytes_per_token"],
        "bytes_per_token": after["bytes_per_token"],
        "tokens_saved": round(1 - after["tokens"] / max(1, before["tokens"]), 4),
    }


def _only_coarser(before: RunTokenizer) -> Inspect:
    counts = before.token_byte_counts()

    def inspect(text: str, ids: list[int], same: bool) -> None:
        old = before.encode(text)
        was_same = before.decode(old) == text and int(counts[old].sum()) == len(text.encode())
        if len(ids) > len(old) or same != was_same:
            raise RuntimeError(
                "a document takes more tokens with the new entries than without, or comes back otherwise: this is a fault of "
                "soofi, please report it"
            )

    return inspect
