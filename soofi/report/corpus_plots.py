"""Plots of a corpus: what became of the bytes of each language."""

from io import StringIO

from soofi.report.corpus_figures import CorpusFigures

_COLOURS = (
    "#7f7f7f", "#8c564b", "#9467bd", "#17becf", "#d62728", "#ff7f0e", "#bcbd22", "#e377c2", "#1f77b4", "#aec7e8",
)  # fmt: skip
_KEPT = "#2e7d5b"


def plot_losses(figures: CorpusFigures) -> str:
    """SVG: of each language's bytes as read, the share kept, taken out of texts, and dropped by each stage."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    by_language = figures.by_language
    languages = sorted(by_language, key=lambda one: -by_language[one][0].bytes)
    pyplot.rcParams["svg.hashsalt"] = "soofi"  # so that the same figures give the same file
    figure, axes = pyplot.subplots(figsize=(9, 0.8 + 0.26 * max(len(languages), 4)), layout="constrained")
    left = [0.0] * len(languages)
    parts = [("kept", _KEPT, [_kept_share(by_language[one]) for one in languages])]
    for number, stage in enumerate(figures.stages):
        flows = [by_language[one][number] for one in languages]
        lost = [
            (flow.dropped_bytes + max(0, flow.removed_bytes)) / max(1, by_language[one][0].bytes)
            for one, flow in zip(languages, flows, strict=True)
        ]
        if any(lost):
            parts.append((stage, _COLOURS[number % len(_COLOURS)], lost))
    for name, colour, shares in parts:
        axes.barh(languages, [100 * share for share in shares], left=left, color=colour, label=name)
        left = [start + 100 * share for start, share in zip(left, shares, strict=True)]
    axes.invert_yaxis()
    axes.set(xlabel="% of the bytes read", xlim=(0, 100))
    axes.legend(ncols=5, frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    drawn = StringIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
    pyplot.close(figure)
    return drawn.getvalue()[drawn.getvalue().index("<svg") :]


def _kept_share(flows: tuple[object, ...]) -> float:
    first, last = flows[0], flows[-1]
    kept = last.bytes - last.dropped_bytes - last.removed_bytes  # type: ignore[attr-defined]
    return float(kept / max(1, first.bytes))  # type: ignore[attr-defined]
