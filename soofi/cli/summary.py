"""What `soofi run` ends with."""

from collections.abc import Sequence
from textwrap import fill

from soofi.evaluate import read_evaluation
from soofi.pipeline import Context, StageTime
from soofi.recipe import EU_OFFICIAL
from soofi.report import language_table, read_samples, time_table

WIDTH = 80


def print_summary(context: Context, times: Sequence[StageTime]) -> None:
    """Print the table of languages, samples, paths, and where the time went."""
    run = context.run
    print("\nHeld-out text, read by the exported model, beside a unigram of the training text")
    print(language_table(read_evaluation(run)))
    samples = read_samples(run)
    if samples:
        print("\nSamples (the prompt, then what the model added)")
    for sample in samples:
        name = EU_OFFICIAL.get(sample["language"], sample["language"])
        text = f"{name}: {' '.join(sample['text'].split())}"
        print("\n" + fill(text, WIDTH, initial_indent="  ", subsequent_indent="    "))
    print("\nWhat was made")
    made = (
        (run.export, "the model, for AutoModelForCausalLM.from_pretrained"),
        (run.export / "README.md", "its model card"),
        (run.report / "loss.png", "training loss and held-out bits per byte"),
        (run.report / "parity.png", "what fairness between languages cost"),
        (run.corpus / "accounting.json", "documents and bytes kept and dropped, with reasons"),
        (run.metrics, "figures of every step"),
        (run.ledger.path, "the record of the run; `soofi verify` checks it"),
    )
    for path, what in made:
        if path.name == "parity.png" and not path.exists():
            continue  # of a vocabulary that was learned in parity rounds
        # A path is never broken, so that it can be taken with a click: where it is long, its words stand below.
        line = f"  {path!s:<34} {what}"
        print(line if len(line) <= WIDTH else f"  {path}\n      {what}")
    print("\nWhere the time went")
    print(time_table([(t.name, t.wall_seconds, t.cpu_seconds, t.skipped) for t in times]))
