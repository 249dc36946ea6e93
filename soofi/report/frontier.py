"""The frontier of a vocabulary's parity rounds: what fairness between languages costs."""

from pathlib import Path
from typing import Any


def plot_frontier(parity: dict[str, Any], path: Path, title: str) -> None:
    """Write a PNG of `parity.json`: left, a point a round of Gini coefficient over tokens in all and in English, both as what
    they cost over the first round; right, each language's tokens over English's in the first round and in the kept one.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    rounds, limits = parity["rounds"], parity["limits"]
    first, kept = rounds[0], rounds[parity["kept"]]
    figure, (left, right) = pyplot.subplots(
        1, 2, figsize=(11, 4.5), dpi=120, layout="constrained", width_ratios=(1, 1.3)
    )
    gini = [one["gini"] for one in rounds]
    for name, label, color in (
        ("total_tokens", "tokens of all languages", "#1f4e8c"),
        ("english_tokens", "tokens of English", "#c0562f"),
    ):
        cost = [100 * (one[name] / first[name] - 1) for one in rounds]
        left.plot(cost, gini, marker="o", markersize=4, linewidth=1, color=color, label=label)
        left.plot(cost[kept["number"]], kept["gini"], marker="o", markersize=9, fillstyle="none", color=color)
        for one, x in zip(rounds, cost, strict=True):
            left.annotate(
                str(one["number"]), (x, one["gini"]), xytext=(4, 4), textcoords="offset points", size=7
            )
    left.axhline(limits["gini"], color="#999999", linewidth=0.8, linestyle=":")
    left.set(xlabel="cost over round 0 (%)", ylabel="Gini coefficient", title=title)
    left.legend(frameon=False)
    languages = sorted(kept["tokens"], key=lambda language: kept["tokens"][language])
    for one, color, label in (
        (first, "#b9b9b9", "round 0"),
        (kept, "#1f4e8c", f"round {kept['number']}, kept"),
    ):
        premiums = [one["tokens"][language] / one["tokens"]["en"] for language in languages]
        right.plot(premiums, marker="o", linestyle="none", markersize=5, color=color, label=label)
    right.set_xticks(range(len(languages)), languages, size=8)
    right.set(ylabel="tokens over English's")
    right.grid(axis="y", linewidth=0.3)
    right.legend(frameon=False)
    figure.savefig(path, metadata={"Software": None})
    pyplot.close(figure)
