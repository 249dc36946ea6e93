"""Plots of tokenizers: what each language pays, cost against fairness, and how far a token reaches."""

from collections.abc import Callable, Mapping, Sequence
from io import StringIO
from typing import Any

from soofi.tokenizer.fairness import gini

COLOURS = (
    "#1f4e8c", "#c0562f", "#2e7d5b", "#9467bd", "#8c564b", "#17becf", "#bcbd22", "#e377c2", "#7f7f7f", "#d62728", "#aec7e8", "#ff9896",
)  # fmt: skip
MARKERS = "oDs^vPX<>*dh"


def plot_premiums(survey: Mapping[str, Any]) -> str:
    """SVG: tokens of each language for one of the reference language's, a mark a tokenizer, the dearest language of the first left."""
    tokenizers = {name: one["parallel"] for name, one in survey["tokenizers"].items() if one["parallel"]}
    first = next(iter(tokenizers.values()))["premiums"]
    languages = sorted(first, key=lambda language: (-first[language], language))

    def draw(axes: Any) -> None:
        for number, (name, parallel) in enumerate(tokenizers.items()):
            axes.plot(
                languages, [parallel["premiums"][language] for language in languages],
                marker=MARKERS[number % len(MARKERS)], color=COLOURS[number % len(COLOURS)], label=name,
                linewidth=1.6 if number == 0 else 0.5, markersize=5,
            )  # fmt: skip
        axes.axhline(1, color="#9aa5b1", linewidth=0.8)
        axes.set(ylabel=f"tokens for one of {survey['reference']}")
        axes.legend(ncols=5, frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), fontsize=8)

    return _drawn(draw, (9.5, 4.4))


def plot_cost_and_fairness(survey: Mapping[str, Any]) -> str:
    """SVG: all tokens of the parallel text against Gini; left and low is better."""

    def draw(axes: Any) -> None:
        for number, (name, one) in enumerate(survey["tokenizers"].items()):
            if not one["parallel"]:
                continue
            x, y = one["parallel"]["total_tokens"], one["parallel"]["gini"]
            axes.plot(
                [x], [y], marker=MARKERS[number % len(MARKERS)], color=COLOURS[number % len(COLOURS)], linestyle="none",
                markersize=7, label=name,
            )  # fmt: skip
        axes.set(xlabel="tokens of the parallel text, all languages", ylabel="Gini coefficient")
        axes.set_ylim(bottom=0)
        axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8)

    return _drawn(draw, (8, 4))


def plot_frontier(rounds: Sequence[Mapping[str, Any]]) -> str:
    """SVG: what the parity rounds of a vocabulary cost and gain on its development text.

    `rounds`: as `parity.json` holds them, with `tokens` and `tokens_apart` (languages with too little training text) by language.
    """
    with_apart = [{**one["tokens"], **one["tokens_apart"]} for one in rounds]
    series = [
        (
            f"{len(rounds[0]['tokens'])} languages with enough training text",
            [one["tokens"] for one in rounds],
            COLOURS[0],
        )
    ]
    if rounds[0]["tokens_apart"]:
        series.append((f"all {len(with_apart[0])} languages", with_apart, COLOURS[1]))

    def draw(axes: Any) -> None:
        for label, tokens, colour in series:
            totals = [sum(one.values()) for one in tokens]
            costs = [100 * (total / totals[0] - 1) for total in totals]
            ginis = [gini(one) for one in tokens]
            axes.plot(costs, ginis, marker="o", color=colour, label=label, linewidth=1)
            for number, (x, y) in enumerate(zip(costs, ginis, strict=True)):
                axes.annotate(str(number), (x, y), textcoords="offset points", xytext=(5, 4), fontsize=8)
        axes.set(
            xlabel="% more tokens than without parity rounds, development text", ylabel="Gini coefficient"
        )
        axes.set_ylim(bottom=0)
        axes.legend(frameon=False, fontsize=8)

    return _drawn(draw, (8, 3.6))


def plot_reach(survey: Mapping[str, Any]) -> str:
    """SVG: bytes that a token of the reference language covers in the parallel text, by tokenizer."""
    reference = survey["reference"]
    reach = {
        name: one["parallel"]["bytes_per_token"][reference]
        for name, one in survey["tokenizers"].items()
        if one["parallel"]
    }

    def draw(axes: Any) -> None:
        bars = axes.barh(
            list(reach), list(reach.values()), color=[COLOURS[i % len(COLOURS)] for i in range(len(reach))]
        )
        axes.bar_label(bars, fmt="%.2f", padding=3)
        axes.invert_yaxis()
        axes.set(xlabel=f"bytes a token of {reference}")
        axes.spines[["top", "right"]].set_visible(False)

    return _drawn(draw, (8, 0.8 + 0.3 * len(reach)))


def plot_languages(survey: Mapping[str, Any], figure: str, label: str) -> str:
    """SVG: one figure of the measured texts by language, a mark a tokenizer."""
    tokenizers = {
        name: one["texts"]["languages"] for name, one in survey["tokenizers"].items() if one["texts"]
    }
    languages = sorted({language for figures in tokenizers.values() for language in figures})

    def draw(axes: Any) -> None:
        for number, (name, figures) in enumerate(tokenizers.items()):
            axes.plot(
                languages, [figures[language][figure] for language in languages],
                marker=MARKERS[number % len(MARKERS)], color=COLOURS[number % len(COLOURS)], label=name, linestyle="none",
                markersize=5,
            )  # fmt: skip
        axes.set(ylabel=label)
        axes.set_ylim(bottom=0)
        axes.grid(axis="y", color="#e3e8ee", linewidth=0.6)
        axes.legend(ncols=5, frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), fontsize=8)

    return _drawn(draw, (9.5, 3.6))


def _drawn(draw: Callable[[Any], None], size: tuple[float, float]) -> str:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    # So that the same figures give the same file, and a small one: text stays text.
    with pyplot.rc_context({"svg.hashsalt": "soofi", "svg.fonttype": "none"}):
        figure, axes = pyplot.subplots(figsize=size, layout="constrained")
        draw(axes)
        drawn = StringIO()
        figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
        pyplot.close(figure)
    return drawn.getvalue()[drawn.getvalue().index("<svg") :]
