"""Memory, work and layout of a run before it starts. Needs no torch and no GPU."""

from soofi.plan.activations import spread
from soofi.plan.communication import Exchange, exchanges, least_seconds
from soofi.plan.cost import Estimate, estimate
from soofi.plan.counts import Counts, Flops, count_parameters, flops_per_token
from soofi.plan.layout import Layout, Machine, check_sharding, layout_of, machine_of
from soofi.plan.memory import MemoryPlan, Part, check_memory, model_states, plan_memory
from soofi.plan.shapes import Parameter, parameters
from soofi.plan.tables import (
    estimate_lines,
    links_table,
    memory_table,
    model_table,
    parts_table,
    scaled,
    stages_table,
)

__all__ = [
    "Counts", "Estimate", "Exchange", "Flops", "Layout", "Machine", "MemoryPlan", "Parameter", "Part", "check_memory",
    "check_sharding", "count_parameters", "estimate", "estimate_lines", "exchanges", "flops_per_token", "layout_of",
    "least_seconds", "links_table", "machine_of", "memory_table", "model_states", "model_table", "parameters",
    "parts_table", "plan_memory", "scaled", "spread", "stages_table",
]  # fmt: skip
