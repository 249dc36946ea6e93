"""The page about tokenizers: what each does to each language, its pieces looked through, several side by side."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from soofi.ledger import publish_directory, write_json, write_text
from soofi.report.tokenizer_plots import (
    plot_cost_and_fairness,
    plot_frontier,
    plot_languages,
    plot_premiums,
    plot_reach,
)
from soofi.report.tokenizer_table import NOTHING, by_language, overview, shown


def write_tokenizer_page(survey: Mapping[str, Any], directory: Path) -> Path:
    """Write `index.html`, a page that needs no other file, and the figures as `survey.json`; returns the page's path.

    `survey`: what `soofi.tokenizer.survey` returned. Replaces the directory if it is one of these; raises ValueError for any other
    that holds something.
    """
    if directory.is_dir() and any(directory.iterdir()) and not (directory / "survey.json").is_file():
        raise ValueError(f"{directory} holds something else: name another directory with --output")
    with publish_directory(directory) as partial:
        write_text(partial / "index.html", page(survey))
        write_json(partial / "survey.json", dict(survey))
    return directory / "index.html"


def page(survey: Mapping[str, Any], rounds: Sequence[Mapping[str, Any]] = (), note: str = "") -> str:
    """The page as HTML. `rounds` as of `plot_frontier`; `note`: a sentence below the title."""
    environment = Environment(
        loader=PackageLoader("soofi.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "count": lambda value: NOTHING if value is None else f"{value:,}",
        "number": _number,
        "percent": _percent,
        "shown": shown,
        "words": lambda name: name.replace("_", " "),
    }
    return environment.get_template("tokenizer_page.html").render(
        survey=survey,
        title=" and ".join(survey["tokenizers"])
        if len(survey["tokenizers"]) < 3
        else f"{len(survey['tokenizers'])} tokenizers",
        note=note,
        overview=overview(survey),
        tables={name: by_language(one) for name, one in survey["tokenizers"].items()},
        plots=_plots(survey, rounds),
    )


def _plots(survey: Mapping[str, Any], rounds: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Heading and SVG."""
    plots = []
    if survey["parallel"]:
        plots.append(
            (f"What each language pays for one token of {survey['reference']}", plot_premiums(survey))
        )
    if survey["parallel"] and len(survey["tokenizers"]) > 1:
        plots.append(("Cost and fairness", plot_cost_and_fairness(survey)))
        plots.append((f"How far a token of {survey['reference']} reaches", plot_reach(survey)))
    if rounds:
        plots.append((f"Parity rounds of {next(iter(survey['tokenizers']))}", plot_frontier(rounds)))
    if survey["texts"]:
        plots.append(("Bytes a token", plot_languages(survey, "bytes_per_token", "bytes a token")))
        plots.append(
            (
                "Words that two or more tokens spell",
                plot_languages(survey, "continued_word_share", "share of words"),
            )
        )
    return plots


def _number(value: float | None, digits: int = 2) -> str:
    return NOTHING if value is None else f"{value:.{digits}f}"


def _percent(value: float | None, digits: int = 1) -> str:
    return NOTHING if value is None else f"{value:.{digits}%}"
