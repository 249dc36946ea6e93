"""The report of a finished run: loss plot and samples."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from soofi.export import generate
from soofi.ledger import RunDirectory, publish_directory, write_json, write_manifest
from soofi.recipe import Recipe
from soofi.report.frontier import plot_frontier
from soofi.report.plots import plot_loss
from soofi.train import read_metrics

FORMAT = "soofi.samples/1"


def report_governing(recipe: Recipe) -> Any:
    """What decides the report beside the export and the metrics."""
    return {
        "seed": recipe.seed,
        "name": recipe.name,
        "generate": recipe.generate.model_dump(mode="json"),
    }


def make_report(
    recipe: Recipe,
    run: RunDirectory,
    inputs: Mapping[str, str],
    say: Callable[[str], None],
) -> None:
    """Draw the loss and let the exported model go on from the recipe's prompts."""
    prompts = recipe.generate.prompts
    texts = generate(
        run.export,
        list(prompts.values()),
        new_tokens=recipe.generate.new_tokens,
        temperature=recipe.generate.temperature,
        seed=recipe.seed,
    )
    say(f"report: {len(texts)} samples written, loss drawn")
    samples = [
        {"language": language, "prompt": prompt, "text": text}
        for (language, prompt), text in zip(prompts.items(), texts, strict=True)
    ]
    with publish_directory(run.report) as partial:
        plot_loss(
            read_metrics(run.metrics),
            partial / "loss.png",
            f"{recipe.name}: training loss",
        )
        if (frontier := run.tokenizer / "parity.json").exists():
            parity = json.loads(frontier.read_text(encoding="utf-8"))
            plot_frontier(parity, partial / "parity.png", f"{recipe.name}: parity rounds")
        write_json(partial / "samples.json", {"format": FORMAT, "samples": samples})
        write_manifest(
            partial,
            "report",
            inputs,
            report_governing(recipe),
            libraries=("matplotlib", "transformers"),
        )


def report_facts(run: RunDirectory) -> dict[str, Any]:
    """Nothing beyond the manifest: samples are text, which the ledger never holds."""
    return {}


def read_samples(run: RunDirectory) -> list[dict[str, str]]:
    """The samples: language, prompt, and prompt with what the model added."""
    return json.loads((run.report / "samples.json").read_text(encoding="utf-8"))["samples"]
