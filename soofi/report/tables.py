"""Tables of a run in plain text, at most 80 columns wide."""

from collections.abc import Mapping, Sequence

from soofi.evaluate import LanguageFigures
from soofi.recipe import EU_OFFICIAL


def language_table(figures: Mapping[str, LanguageFigures]) -> str:
    """Held-out bits per byte of every language beside its unigram, the mean last."""
    lines = [
        "language         training text   held-out   bits/byte   unigram   below",
        "─" * 72,
    ]
    for language, one in figures.items():
        name = f"{language:<4} {EU_OFFICIAL.get(language, '')}"
        lines.append(
            f"{name:<16} {one.training_bytes / 1000:>10,.0f} kB {one.bytes / 1000:>7,.1f} kB {one.bits_per_byte:>11.3f} "
            f"{one.unigram_bits_per_byte:>9.3f} {one.below:>7.3f}"
        )
    means = [
        sum(getattr(one, name) for one in figures.values()) / len(figures)
        for name in ("bits_per_byte", "unigram_bits_per_byte", "below")
    ]
    lines += ["─" * 72, f"{'mean':<41} {means[0]:>11.3f} {means[1]:>9.3f} {means[2]:>7.3f}"]
    return "\n".join(lines)


def time_table(rows: Sequence[tuple[str, float, float, bool]]) -> str:
    """Where the time went: (stage, wall seconds, CPU seconds, skipped) a row."""
    lines = ["stage          wall seconds   CPU seconds", "─" * 41]
    for name, wall, cpu, skipped in rows:
        lines.append(f"{name:<14} {wall:>12.1f} {cpu:>13.1f}" + ("   unchanged, skipped" if skipped else ""))
    lines += [
        "─" * 41,
        f"{'all':<14} {sum(row[1] for row in rows):>12.1f} {sum(row[2] for row in rows):>13.1f}",
    ]
    return "\n".join(lines)
