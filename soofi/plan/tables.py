"""Plans as text, at most 80 columns wide."""

from collections.abc import Sequence

from soofi.plan.communication import Exchange
from soofi.plan.cost import Estimate
from soofi.plan.counts import Counts, Flops
from soofi.plan.layout import Layout, Machine
from soofi.plan.memory import MemoryPlan, Part, total

_RULE = "─"
_MOMENTS = {"loss": "at the loss", "backward": "in a layer's backward pass", "update": "in the update"}


def model_table(rows: Sequence[tuple[str, Counts, Flops, int, int]]) -> str:
    """(name, counts, operations, vocabulary, sequence length) a row."""
    lines = [
        f"{'model':<18}{'parameters':>16}{'active':>16}{'GFLOPs':>9}{'vocabulary':>11}{'sequence':>9}",
        _RULE * 79,
    ]
    for name, counts, flops, vocabulary, length in rows:
        lines.append(
            f"{name:<18}{counts.total:>16,}{counts.active:>16,}{flops.training / 1e9:>9,.4g}{vocabulary:>11,}{length:>9,}"
        )
    return "\n".join(lines)


def parts_table(counts: Counts) -> str:
    """Parameters of one model by part."""
    lines = [
        f"  {kind:<22} {number:>16,}  {number / counts.total:>6.1%}"
        for kind, number in counts.by_kind.items()
    ]
    return "\n".join(lines)


def memory_table(plan: MemoryPlan, machine: Machine) -> str:
    """Every part of a rank's memory, and what is left: in GB, or in MB where it is little."""
    unit, size = ("GB", 1e9) if plan.peak_bytes >= 1e10 else ("MB", 1e6)

    def line(name: str, bytes: int, indent: str = "") -> str:
        return f"{indent + name:<60} {bytes / size:>9,.2f}"

    def of_parts(parts: tuple[Part, ...], indent: str) -> list[str]:
        return [line(part.name, part.bytes, indent) for part in parts if part.bytes >= size / 200]

    lines = [f"{'memory of one rank':<60} {unit:>9}", _RULE * 70]
    lines += [line("states", plan.states_bytes), *of_parts(plan.states, "  ")]
    lines += [line("kept for the backward pass", total(plan.kept)), *of_parts(plan.kept, "  ")]
    for name, parts in plan.moments.items():
        if total(parts):
            fullest = " (the fullest moment)" if name == plan.fullest else ""
            lines += [line(_MOMENTS[name] + fullest, total(parts)), *of_parts(parts, "  ")]
    free = machine.memory_bytes - machine.reserved_bytes
    lines += [
        _RULE * 70,
        line("at the fullest moment, all together", plan.peak_bytes),
        line("reserved for the driver, collectives and gaps", machine.reserved_bytes),
        line("left", free - plan.peak_bytes),
        line(f"memory of a {machine.device} rank", machine.memory_bytes),
    ]
    return "\n".join(lines)


def stages_table(rows: Sequence[tuple[str, int, int, Layout]]) -> str:
    """(name, first step, steps, layout) a part of a stage with one batch."""
    lines = [
        f"{'stage':<16}{'first step':>11}{'steps':>10}{'tokens':>10}{'samples':>9}{'length':>8}{'micro':>7}{'accum.':>8}",
        _RULE * 79,
    ]
    for name, first, steps, layout in rows:
        lines.append(
            f"{name:<16}{first:>11,}{steps:>10,}{scaled(steps * layout.step_tokens):>10}{layout.batch_samples:>9,}"
            f"{layout.sequence_length:>8,}{layout.micro_batch_samples:>7}{layout.accumulation:>8}"
        )
    return "\n".join(lines)


def links_table(exchanges: Sequence[Exchange], machine: Machine, seconds: Sequence[float | None]) -> str:
    """What is sent in a step, in GB, and the least time that the links need for it."""
    lines = [
        f"{'sent in one step':<34} {'a rank gets':>14} {'a node gets':>14} {'at least':>12}",
        _RULE * 78,
    ]
    for exchange, least in zip(exchanges, seconds, strict=True):
        lines.append(
            f"{exchange.name:<34} {exchange.link_bytes(machine) / 1e9:>11,.1f} GB "
            f"{exchange.network_bytes(machine) / 1e9:>11,.1f} GB "
            + (f"{least:>10.2f} s" if least is not None else f"{'—':>12}")
        )
    return "\n".join(lines)


def estimate_lines(estimate: Estimate, tokens: int) -> list[str]:
    """What the whole run would take, under a line that calls it an estimate and says what it assumes."""
    lines = [
        f"estimate, at an assumed MFU of {estimate.assumed_mfu:.0%}; nothing of it was measured",
        f"  {estimate.tokens_per_second:,.0f} tokens/s, {estimate.hours:,.0f} h for {scaled(tokens)} tokens, "
        f"{estimate.gpu_hours:,.0f} GPU-hours",
    ]
    if estimate.megawatt_hours is not None:
        lines.append(f"  {estimate.megawatt_hours:,.0f} MWh at the machines' full draw, cooling not counted")
    return lines


def scaled(number: float) -> str:
    """A large number in short: 5.00 T, 16.8 M."""
    for unit, size in (("T", 1e12), ("B", 1e9), ("M", 1e6)):
        if number >= size:
            return f"{number / size:,.2f} {unit}"
    return f"{number:,.0f}"
