"""The page about a corpus: what was lost where and why, with examples, so that a person can judge the filters."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from soofi.ledger import RunDirectory, publish_directory, write_json, write_text
from soofi.recipe import load_resolved
from soofi.report.corpus_figures import CorpusFigures, read_figures
from soofi.report.corpus_plots import plot_losses

FORMAT = "soofi.corpus_report/1"


def write_corpus_page(run: RunDirectory, examples: int) -> Path:
    """Write `corpus_report/index.html`, a page that needs no other file, and its figures as `figures.json`.

    Returns the page's path. Texts are shown as text, whatever they hold. Raises FileNotFoundError without a corpus.
    """
    figures = read_figures(run, examples)
    name = load_resolved(run.recipe).name if run.recipe.is_file() else run.path.name
    with publish_directory(run.path / "corpus_report") as directory:
        write_text(directory / "index.html", page(name, figures))
        write_json(directory / "figures.json", _values(figures))
    return run.path / "corpus_report" / "index.html"


def page(name: str, figures: CorpusFigures) -> str:
    """The page as HTML."""
    environment = Environment(
        loader=PackageLoader("soofi.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    environment.filters |= {
        "count": lambda number: f"{number:,}",
        "bytes": _bytes,
        "words": lambda name: name.replace("_", " "),
        "named": lambda counts: ", ".join(f"{key} {count:,}" for key, count in counts),
        "evidence": lambda values: ", ".join(f"{key}: {_plain(value)}" for key, value in values.items()),
    }
    placeholders = [(language, counts) for language, counts in sorted(figures.placeholders.items()) if counts]
    last = figures.total[-1]
    return environment.get_template("corpus_page.html").render(
        name=name,
        figures=figures,
        kept_documents=last.documents - last.dropped_documents,
        kept_bytes=last.bytes - last.dropped_bytes - last.removed_bytes,
        plot=plot_losses(figures),
        streams=_streams(figures),
        mistaken=figures.mistaken.most_common(40),
        placeholders=placeholders,
        kinds=sorted({kind for _, counts in placeholders for kind in counts}),
        tables=[
            ("Consent of kept documents", figures.consent.most_common(30)),
            ("Licences of kept documents", figures.licences.most_common(30)),
        ],
        has_text=any(one.text is not None for reason in figures.reasons for one in reason.examples),
    )


def _streams(figures: CorpusFigures) -> list[dict[str, Any]]:
    rows = []
    for (source, language), flows in sorted(figures.streams.items()):
        first, last = flows[0], flows[-1]
        kept = last.bytes - last.dropped_bytes - last.removed_bytes
        rows.append(
            {
                "source": source,
                "language": language,
                "documents_in": first.documents,
                "documents": last.documents - last.dropped_documents,
                "bytes_in": first.bytes,
                "bytes": kept,
                "share": kept / first.bytes if first.bytes else 0.0,
                "tokens": figures.tokens.get((source, language), 0),
            }
        )
    return rows


def _values(figures: CorpusFigures) -> dict[str, Any]:
    """The page's figures as plain values; no text of documents."""
    return {
        "format": FORMAT,
        "streams": _streams(figures),
        "reasons": [
            {
                "stage": reason.stage,
                "reason": reason.reason,
                "documents": reason.documents,
                "bytes": reason.bytes,
                "languages": dict(reason.languages),
            }
            for reason in figures.reasons
        ],
        "placeholders": {language: dict(counts) for language, counts in figures.placeholders.items()},
        "consent": dict(figures.consent),
        "licences": dict(figures.licences),
        "mistaken_languages": [
            {"declared": declared, "identified": identified, "documents": count}
            for (declared, identified), count in figures.mistaken.most_common()
        ],
    }


def _plain(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _bytes(size: int) -> str:
    units: Sequence[str] = ("B", "kB", "MB", "GB", "TB")
    amount, unit = float(size), 0
    while abs(amount) >= 1000 and unit < len(units) - 1:
        amount, unit = amount / 1000, unit + 1
    return f"{amount:,.0f} {units[unit]}" if unit == 0 else f"{amount:,.1f} {units[unit]}"
