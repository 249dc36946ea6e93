"""Everything about a run that can be checked without its GPUs: `soofi train RECIPE --dry-run`."""

import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from soofi.ledger import RunDirectory
from soofi.model import Transformer
from soofi.plan import (
    Layout,
    Machine,
    check_memory,
    check_sharding,
    count_parameters,
    estimate,
    estimate_lines,
    exchanges,
    flops_per_token,
    layout_of,
    least_seconds,
    links_table,
    machine_of,
    memory_table,
    plan_memory,
    scaled,
    stages_table,
)
from soofi.recipe import Recipe, Tokenizer
from soofi.tokenizer import describe_tokenizer
from soofi.tokens import stage_parts
from soofi.train.course import learning_rate_lines, mixture_lines, read_course
from soofi.train.engine import engine_configuration
from soofi.train.fork import data_of
from soofi.train.libraries import import_deepspeed
from soofi.train.preflight import embedding_rows, vocabulary_size

Say = Callable[[str], None]


@dataclass(frozen=True)
class _Part:
    """Steps of one stage with one batch."""

    name: str
    steps: int
    layout: Layout

    @property
    def tokens(self) -> int:
        return self.steps * self.layout.step_tokens


def dry_run(recipe: Recipe, ranks_here: int, say: Say) -> None:
    """Check a recipe as far as no GPU is needed and say, section by section, what its run will be.

    `ranks_here`: ranks that would start on this machine, for a recipe without a cluster. Raises ValueError, with one
    sentence, for what cannot work: a batch that does not divide, a model that is not its stock twin, a configuration that
    DeepSpeed refuses, memory that does not suffice (with the bytes of each part).
    """
    machine = machine_of(recipe) or machine_here(ranks_here)
    run = RunDirectory(recipe.run_directory)
    rows = _vocabulary(recipe, run)
    parts = [
        _Part(stage.name, steps, layout_of(recipe.train, stage, batch_samples, machine.ranks))
        for stage in recipe.stages
        for steps, batch_samples in stage_parts(stage)
    ]
    layouts = [part.layout for part in parts]
    check_sharding(recipe.train, machine)
    nodes = f" on {machine.nodes:,} machines of {machine.name}" if recipe.cluster else ", this machine"
    say(f"{recipe.name}: planned for {machine.ranks:,} ranks, {machine.device}{nodes}")
    _say_model(recipe, rows, say)
    version = check_engine_configurations(recipe, layouts)
    say(f"DeepSpeed {version} takes its configuration and every batch for {machine.ranks:,} ranks")
    _say_course(recipe, run, parts, say)
    _say_memory(recipe, rows, layouts, machine, say)
    _say_links(recipe, rows, layouts, machine, say)
    _say_estimate(recipe, rows, parts, say)
    if recipe.cluster and recipe.cluster.scheduler == "slurm":
        say(
            f"\nstart with sbatch --nodes={machine.nodes} --gpus-per-node={machine.ranks_per_node} "
            "scripts/train.sbatch RECIPE"
        )


def machine_here(ranks: int) -> Machine:
    """This machine as a place for `ranks` ranks: its GPUs, or an even share of its memory where there are none."""
    if torch.cuda.is_available():
        found = torch.cuda.get_device_properties(0)
        return Machine("this machine", ranks, ranks, found.name, found.total_memory)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return Machine("this machine", ranks, ranks, "CPU", memory // ranks)


def check_model(recipe: Recipe, rows: int) -> tuple[int, str]:
    """Build our model and its stock twin on the meta device; returns parameters and the twin's name.

    Raises ValueError where names, shapes or the closed form differ: it would be a fault of ours.
    """
    from transformers import AutoModelForCausalLM  # slow to import

    from soofi.model.huggingface import huggingface_config

    with torch.device("meta"), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Initializing zero-element tensors")
        ours = Transformer(recipe.model, rows)
        stock = AutoModelForCausalLM.from_config(huggingface_config(recipe.model, rows, 1, 0))
    # Stock modules have parameters without values where there is no shared expert.
    shapes, twin = (
        {name: p.shape for name, p in model.named_parameters() if p.numel()} for model in (ours, stock)
    )
    name = type(stock).__name__
    number = sum(parameter.numel() for parameter in ours.parameters())
    if shapes != twin or number != count_parameters(recipe.model, rows).total:
        raise ValueError(
            f"the model has {number:,} parameters, {name} "
            f"{sum(parameter.numel() for parameter in stock.parameters()):,}: they should be the same; please report it"
        )
    return number, name


def check_engine_configurations(recipe: Recipe, layouts: list[Layout]) -> str:
    """Have DeepSpeed parse its configuration for every stage as the first of all ranks would; returns its version.

    Raises ValueError with DeepSpeed's reason where it refuses.
    """
    deepspeed = import_deepspeed()
    from deepspeed.runtime.config import DeepSpeedConfig, DeepSpeedConfigError

    for layout in layouts:
        configuration = engine_configuration(recipe.train, layout.micro_batch_samples, layout.accumulation)
        with _one_of(layout.ranks):
            try:
                DeepSpeedConfig({**configuration, "train_batch_size": layout.batch_samples})
            except (AssertionError, ValueError, DeepSpeedConfigError) as error:
                reason = " ".join(str(error).split())
                raise ValueError(f"DeepSpeed does not take this configuration: {reason}") from None
    return deepspeed.__version__


@contextmanager
def _one_of(ranks: int) -> Iterator[None]:
    """Let torch and DeepSpeed believe that this process is the first of so many ranks; nothing can be sent."""
    from torch.testing._internal.distributed.fake_pg import FakeStore

    torch.distributed.init_process_group("fake", rank=0, world_size=ranks, store=FakeStore())
    communication = import_deepspeed().comm
    try:
        communication.init_distributed(dist_backend="fake", verbose=False)
        yield
    finally:
        communication.destroy_process_group()


def _vocabulary(recipe: Recipe, run: RunDirectory) -> int:
    """Rows of the embedding: of the run's tokenizer if it is made, else of the recipe."""
    if data_of(recipe, run).tokenizer.is_dir():
        return vocabulary_size(recipe, data_of(recipe, run))
    if recipe.model.vocab_size:
        return recipe.model.vocab_size
    if isinstance(recipe.tokenizer, Tokenizer):
        return recipe.tokenizer.vocabulary_size
    if recipe.tokenizer.extend is not None:
        return embedding_rows(
            recipe, len(describe_tokenizer(recipe.tokenizer).bytes) + recipe.tokenizer.extend.entries
        )
    raise ValueError(
        "the recipe does not say how many entries the given tokenizer has: write model.vocab_size, or run `soofi tokenizer` "
        "first"
    )


def _say_model(recipe: Recipe, rows: int, say: Say) -> None:
    number, twin = check_model(recipe, rows)
    counts = count_parameters(recipe.model, rows)
    length = max(stage.sequence_length for stage in recipe.stages)
    flops = flops_per_token(recipe.model, rows, length)
    active = "all active" if counts.active == number else f"{counts.active:,} active"
    again = flops.with_recomputation(recipe.train.activation_checkpointing) / flops.training - 1
    say(
        f"{number:,} parameters, {active}, vocabulary {rows:,}\n"
        f"built without memory, the model has the names and shapes of {twin}\n"
        f"{flops.training / 1e9:,.4g} GFLOPs a token of {length:,}"
        + (f", and {again:.0%} more to compute layers again" if again else "")
    )


def _say_course(recipe: Recipe, run: RunDirectory, parts: list[_Part], say: Say) -> None:
    table = read_course(recipe, run)
    own = [row for row in table.rows if row.first_step >= recipe.parent_step]
    rows = [
        (part.name, row.first_step, part.steps, part.layout) for part, row in zip(parts, own, strict=True)
    ]
    say(f"\n{stages_table(rows)}")
    for line in mixture_lines(recipe, table):
        say(line)
    say(f"\n{table.steps:,} steps, {scaled(table.tokens)} tokens; learning rate (peak of matrices)")
    for line in learning_rate_lines(recipe, table):
        say(line)


def _say_memory(recipe: Recipe, rows: int, layouts: list[Layout], machine: Machine, say: Say) -> None:
    """The table of the stage that takes most; what does not fit is refused."""
    plans = [plan_memory(recipe.model, rows, recipe.train, layout, machine) for layout in layouts]
    plan = max(plans, key=lambda one: one.peak_bytes)
    say(f"\n{memory_table(plan, machine)}")
    check_memory(plan, machine)


def _say_links(recipe: Recipe, rows: int, layouts: list[Layout], machine: Machine, say: Say) -> None:
    if machine.ranks == 1:
        return
    number = count_parameters(recipe.model, rows).total
    sent = exchanges(number, recipe.train, layouts[-1])
    say(f"\n{links_table(sent, machine, [least_seconds(one, machine, recipe.cluster) for one in sent])}")


def _say_estimate(recipe: Recipe, rows: int, parts: list[_Part], say: Say) -> None:
    if recipe.cluster is None:
        return
    tokens = sum(part.tokens for part in parts)
    flops = sum(
        part.tokens * flops_per_token(recipe.model, rows, part.layout.sequence_length).training
        for part in parts
    )
    found = estimate(recipe.cluster, recipe.train.precision, flops, tokens)
    if found is not None:
        per_step = parts[-1].layout.step_tokens / found.tokens_per_second
        say("")
        for line in estimate_lines(found, tokens):
            say(line)
        say(f"  {per_step:,.2f} s for a step of the last stage, waiting for links not counted")
