"""The model card: README.md of an exported model, drawn from a run's facts."""

import html
import re

import yaml

from soofi.export.card_facts import Amount, ModelCardFacts
from soofi.recipe import EU_OFFICIAL, GivenTokenizer, Recipe

_COMPUTE_OPTIMAL_TOKENS = 20
"""Training tokens for each parameter that spend compute best (Hoffmann et al. 2022)."""


def model_card(recipe: Recipe, facts: ModelCardFacts, parameters: int, active: int, precision: str) -> str:
    """Markdown with the front matter that the Hugging Face Hub reads.

    `parameters` counts the weights, tied ones once, `active` those of them that compute one token; `precision` is the
    type of the exported weights (`bf16`, `fp32`).
    """
    name = recipe.export.model_name or recipe.name
    sections = [
        f"---\n{_front_matter(recipe, facts, name)}---",
        f"# {name}",
        _introduction(recipe, facts, parameters, active),
        _languages(facts),
        _sources(facts),
        _training(recipe, facts, parameters, active, precision),
        _validation(facts),
        _limitations(recipe, facts, parameters, active),
        _use(),
        _provenance(facts),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _front_matter(recipe: Recipe, facts: ModelCardFacts, name: str) -> str:
    # The Hub knows languages without their script, and code under its own word.
    tags = ["code" if tag == "zxx" else tag.split("-")[0] for tag in facts.languages]
    values = {
        "language": list(dict.fromkeys(tags)),
        "license": recipe.export.licence.lower(),
        "library_name": "transformers",
        "pipeline_tag": "text-generation",
        "tags": [
            "soofi",
            *(["multilingual"] if len(set(tags)) > 1 else []),
            *(["moe"] if recipe.model.experts else []),
        ],
        "model_name": name,
    }
    return yaml.safe_dump(values, sort_keys=False, allow_unicode=True)


def _introduction(recipe: Recipe, facts: ModelCardFacts, parameters: int, active: int) -> str:
    named = ", ".join(EU_OFFICIAL.get(tag, tag) for tag in facts.languages)
    description = f"{recipe.description.rstrip('.')}.\n\n" if recipe.description else ""
    experts = recipe.model.experts
    kind = "dense transformer"
    if experts:
        shared = " beside a shared one that computes all" if experts.n_shared_experts else ""
        kind = (
            f"mixture of experts: each token is computed by {experts.num_experts_per_tok} of {experts.num_experts} "
            f"experts a layer{shared}, with {active:,} parameters active"
        )
    begun = recipe.model.initialise_from
    first = f"the weights of `{begun.name}`" if begun else "random weights"
    return (
        f"{description}A base language model with {parameters:,} parameters, trained from {first} to continue text. "
        f"It is a {kind}. It has the architecture `{recipe.model.architecture}` and was trained on "
        f"{_languages_count(facts)}: {named}."
    )


def _languages_count(facts: ModelCardFacts) -> str:
    count = len(facts.languages)
    return f"{count} languages" if count != 1 else "one language"


def _languages(facts: ModelCardFacts) -> str:
    rows = [
        [tag, EU_OFFICIAL.get(tag, ""), *_cells(amount)]
        for tag, amount in [*facts.languages.items(), ("all", facts.total)]
    ]
    return "## Languages\n\nTraining text after cleaning; bytes are UTF-8.\n\n" + _table(
        ["language", "name", "documents", "bytes", "tokens"], rows
    )


def _sources(facts: ModelCardFacts) -> str:
    rows = []
    for source in facts.sources:
        by_count = sorted(source.licences.items(), key=lambda item: (-item[1], item[0] or ""))
        licences = ", ".join(f"{licence or 'none declared'} ({count:,})" for licence, count in by_count)
        rows.append([source.name, *_cells(source.amount), licences])
    return (
        "## Sources\n\nLicences are those that the documents declare, with the number of documents.\n\n"
        + _table(["source", "documents", "bytes", "tokens", "licences"], rows)
    )


def _training(recipe: Recipe, facts: ModelCardFacts, parameters: int, active: int, precision: str) -> str:
    train, optimizer, schedule = recipe.train, recipe.train.optimizer, recipe.train.schedule
    stages = "; ".join(
        f"{stage.name}: sequences of {stage.sequence_length:,} tokens, {stage.batch_samples:,} a step"
        for stage in recipe.stages
    )
    begun = []
    if facts.begun_from_sha256 and recipe.model.initialise_from:
        name = recipe.model.initialise_from.name
        begun = [
            ["begun from", f"the weights of {name} (SHA-256 {facts.begun_from_sha256}), trained elsewhere"]
        ]
    if isinstance(given := recipe.tokenizer, GivenTokenizer):
        more = (
            f" and {given.extend.entries:,} new entries, learned from this run's text" if given.extend else ""
        )
        begun.append(["vocabulary", f"that of {given.from_.name}{more}"])
    if fork := facts.fork:
        begun.append(
            [
                "goes on from",
                f"{fork.parent} after step {fork.step:,} (SHA-256 {fork.checkpoint_sha256}); the stages below are those after it",
            ]
        )
    rows = [
        ["parameters", f"{parameters:,}"],
        *begun,
        *([["active parameters", f"{active:,}"]] if recipe.model.experts else []),
        ["tokens seen", f"{facts.tokens_seen:,} (padding included)"],
        ["optimizer steps", f"{facts.steps:,}"],
        ["stages", stages],
        [
            "optimizer",
            f"AdamW, betas {optimizer.betas[0]:g} and {optimizer.betas[1]:g}, weight decay {optimizer.weight_decay:g}",
        ],
        [
            "learning rate",
            (
                f"{optimizer.learning_rate:g} at its peak, {schedule.warmup_tokens:,} tokens warm-up, "
                f"{schedule.decay_tokens:,} tokens decay ({schedule.decay_shape})"
            ),
        ],
        ["arithmetic", f"{train.precision}, fp32 master weights"],
        ["exported weights", precision],
        ["seed", str(recipe.seed)],
    ]
    return "## Training\n\n" + _table(["", ""], rows)


def _validation(facts: ModelCardFacts) -> str:
    if not facts.bits_per_byte:
        return ""
    rows = [[tag, f"{figure:.3f}"] for tag, figure in facts.bits_per_byte.items()]
    mean = sum(facts.bits_per_byte.values()) / len(facts.bits_per_byte)
    return (
        "## Validation\n\nBits per UTF-8 byte on held-out documents of the same sources, measured during training; less is "
        "better.\n\n" + _table(["language", "bits per byte"], [*rows, ["mean", f"{mean:.3f}"]])
    )


def _limitations(recipe: Recipe, facts: ModelCardFacts, parameters: int, active: int) -> str:
    points = [
        (
            "It continues text. It was not trained to follow instructions, to converse, to be truthful or to be safe; "
            "its output can be wrong, offensive or copied from its training text."
        )
    ]
    if parameters < 100_000_000:
        points.append(
            f"With {parameters:,} parameters it is far too small to hold facts or to reason: what it writes may sound like "
            "a language but must not be relied on."
        )
    ratio = facts.tokens_seen / active
    if recipe.model.initialise_from:
        points.append(
            "What it was trained on before this run is not said here: see the card of the model it began from."
        )
    elif ratio < _COMPUTE_OPTIMAL_TOKENS:
        which = "active parameter" if active < parameters else "parameter"
        points.append(
            f"It saw {ratio:.2g} tokens for each {which}; about {_COMPUTE_OPTIMAL_TOKENS} are needed to use its size well."
        )
    if facts.total.tokens:
        points.append(
            f"Its training text has {facts.total.tokens:,} tokens, of which it saw {facts.tokens_seen:,} with repetitions "
            f"({facts.tokens_seen / facts.total.tokens:.2g} times the text, unevenly over languages)."
        )
    if len(facts.languages) > 1:
        least, most = (
            choose(facts.languages, key=lambda t: facts.languages[t].bytes) for choose in (min, max)
        )
        points.append(
            f"Languages are unequal: {most} has {facts.languages[most].bytes:,} bytes of training text, {least} has "
            f"{facts.languages[least].bytes:,}. Expect it to be worse where there was less."
        )
    if facts.bits_per_byte:
        points.append(
            "Bits per byte say how well it predicts text like its own; they say nothing about facts, tasks or bias."
        )
    else:
        points.append("No measurement on held-out text was recorded during its training.")
    return "## Limitations\n\n" + "\n".join(f"- {point}" for point in points)


def _use() -> str:
    return """## Use

A document begins with the end-of-document id, which is also `bos_token`.

```python
from transformers import AutoModelForCausalLM, AutoTokenizer
model, tokenizer = (kind.from_pretrained(".") for kind in (AutoModelForCausalLM, AutoTokenizer))
prompt = tokenizer(tokenizer.bos_token + "Europa", return_tensors="pt").input_ids
text = model.generate(prompt, max_new_tokens=50, do_sample=True, temperature=0.7)
print(tokenizer.decode(text[0], skip_special_tokens=True))
```"""


def _provenance(facts: ModelCardFacts) -> str:
    ledger = (
        f"The run's ledger seals it in the entry `{facts.ledger_sha256}` (SHA-256), which seals every entry before. "
        if facts.ledger_sha256
        else ""
    )
    return (
        f"## Provenance\n\nExported from checkpoint `{facts.checkpoint}`, whose manifest has the SHA-256 "
        f"`{facts.checkpoint_sha256}`. {ledger}`manifest.json` beside this file lists every exported file with its SHA-256. "
        "Whoever has the run directory can recompute the chain and every digest with `soofi verify RUN`."
    )


def _cells(amount: Amount) -> list[str]:
    return [f"{amount.documents:,}", f"{amount.bytes:,}", f"{amount.tokens:,}"]


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def _cell(text: str) -> str:
    """Text that stays text: licences come from the documents, whose authors must not write the card."""
    one_line = html.escape(" ".join(text.split()), quote=False)
    return re.sub(r"([\\`|\[\]])", r"\\\1", one_line)
