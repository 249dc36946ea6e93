"""Commands about checkpoints: `list`, `show`, `verify`, `prune`, `convert`."""

import json
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

app = typer.Typer(help="Look at, check, delete and convert checkpoints.", no_args_is_help=True)

RunPath = Annotated[
    Path,
    typer.Argument(metavar="RUN", help="Run directory, such as runs/quickstart.", show_default=False),
]
Checkpoint = Annotated[
    str,
    typer.Argument(
        metavar="RUN@STEP|DIR",
        help="A checkpoint of a run, such as runs/quickstart@900, or its directory; RUN alone is its latest.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list", help="List a run's checkpoints.")
def list_(run: RunPath, as_json: Json = False) -> None:
    """Print a table with a row a checkpoint, those set aside and half-written ones among them."""
    from soofi.checkpoint.listing import checkpoint_table, list_checkpoints
    from soofi.ledger import RunDirectory

    listed = list_checkpoints(RunDirectory(run))
    if as_json:
        print(json.dumps([one.to_values() for one in listed], indent=1))
    elif listed:
        print(checkpoint_table(listed))
    else:
        print(f"{run} has no checkpoint yet")


@app.command("show", help="Say what a checkpoint holds; no tensor is read.")
def show(
    checkpoint: Checkpoint,
    parameters: Annotated[
        bool, typer.Option("--parameters", help="List every parameter, its shape and where its values stand.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Print trainer.json, parameters, files and digests."""
    from soofi.checkpoint.address import find_checkpoint
    from soofi.checkpoint.description import describe, read_description

    description = read_description(find_checkpoint(checkpoint))
    print(json.dumps(description.to_values(), indent=1) if as_json else describe(description, parameters))


@app.command("verify", help="Look at every byte of a checkpoint; the first damage is named.")
def verify(checkpoint: Checkpoint) -> None:
    """Hash every file, and check that every value is there once and finite. Exit code 1 if not."""
    from soofi.checkpoint.address import find_checkpoint
    from soofi.checkpoint.check import verify_checkpoint
    from soofi.ledger import VerificationError

    directory = find_checkpoint(checkpoint)
    try:
        checked = verify_checkpoint(directory)
    except VerificationError as error:
        print(f"soofi: {error}", file=sys.stderr)
        raise typer.Exit(1) from None
    print(
        f"{directory} is whole: {checked.parameters:,} parameters, {checked.values:,} values in {checked.files:,} "
        f"file{'s' if checked.files != 1 else ''}, {checked.bytes / 1e6:,.1f} MB"
    )


@app.command("prune", help="Delete a run's checkpoints but those that a rule keeps; the latest always stays.")
def prune(
    run: RunPath,
    keep_last: Annotated[int | None, typer.Option(min=1, help="Keep so many of the newest.")] = None,
    keep_every_steps: Annotated[
        int | None, typer.Option(min=1, help="Keep those after a multiple of so many steps.")
    ] = None,
    keep_best: Annotated[
        int | None, typer.Option(min=0, help="Keep so many of the best by bits per byte on held-out text.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would go, and delete nothing.")
    ] = False,
) -> None:
    """Delete checkpoints by the options together, or, without any, by the recipe's rule; half-written ones go too."""
    from soofi.checkpoint.listing import checkpoint_table, describe_bytes
    from soofi.checkpoint.pruning import RuleByHand, prune_by_hand
    from soofi.ledger import RunDirectory

    rule = RuleByHand(keep_last or 1, keep_every_steps, keep_best or 0)
    is_given = any(option is not None for option in (keep_last, keep_every_steps, keep_best))
    pruned = prune_by_hand(RunDirectory(run), rule if is_given else None, dry_run)
    if pruned.deleted:
        print(checkpoint_table(pruned.deleted) + "\n")
    what = "would be deleted" if dry_run else "deleted"
    print(f"{len(pruned.deleted)} {what} ({describe_bytes(pruned.bytes)}), {len(pruned.kept)} kept")


@app.command("convert", help="Write a checkpoint as a Hugging Face directory, or as plain safetensors.")
def convert(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="RUN@STEP or a checkpoint's directory; a Hugging Face directory; or one that DeepSpeed wrote.",
            show_default=False,
        ),
    ],
    target: Annotated[Path, typer.Argument(metavar="DIR", help="The directory to make.", show_default=False)],
    to: Annotated[
        Literal["huggingface", "safetensors"],
        typer.Option(help="Stock transformers' form, or whole fp32 tensors by name."),
    ] = "huggingface",
    like: Annotated[
        Path | None,
        typer.Option(
            metavar="RUN|DIR",
            help="Run or Hugging Face directory whose configuration and tokenizer go with the weights; by default the source's own.",
            show_default=False,
        ),
    ] = None,
    precision: Annotated[
        Literal["bf16", "fp32"] | None,
        typer.Option(help="Type of a Hugging Face directory's weights; by default the run's, else fp32."),
    ] = None,
    moments: Annotated[
        bool, typer.Option("--moments", help="With plain safetensors: the optimizer's states, too.")
    ] = False,
) -> None:
    """Write weights in another form; training can begin from a Hugging Face directory (`model.initialise_from`)."""
    if to == "huggingface" and moments:
        raise ValueError("--moments is for --to safetensors: a Hugging Face directory has weights only")
    if to == "safetensors" and (like or precision):
        raise ValueError(
            "--like and --precision are for --to huggingface: plain safetensors are fp32 and have no more"
        )
    from soofi.export.conversion import convert_to_huggingface, convert_to_safetensors, find_source

    found = find_source(source)
    if to == "safetensors":
        convert_to_safetensors(found, target, moments)
    else:
        convert_to_huggingface(found, target, like, precision)
    size = sum(file.stat().st_size for file in target.iterdir())
    print(f"{target}: {size / 1e6:,.1f} MB")
    if to == "huggingface":
        print(f"training begins from it with: model.initialise_from={target} tokenizer.from={target}")
