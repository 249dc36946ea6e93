"""The graph of stages, from raw text to the report."""

from graphlib import TopologicalSorter

from soofi.checkpoint import latest_checkpoint
from soofi.corpus import corpus_facts, corpus_governing, listed_documents, locate, make_corpus, stage_files
from soofi.evaluate import evaluation_facts, evaluation_governing, make_evaluation
from soofi.export import export_facts, export_governing, make_export
from soofi.ledger import manifest_sha256, sha256_file
from soofi.pipeline.stage import Context, DirectoryStage, Stage, directory_input
from soofi.pipeline.train_stage import TrainStage
from soofi.recipe import GivenTokenizer
from soofi.report import make_report, report_facts, report_governing
from soofi.tokenizer import (
    files_beside,
    make_tokenizer,
    tokenizer_facts,
    tokenizer_files,
    tokenizer_governing,
)
from soofi.tokens import make_tokens, tokens_facts, tokens_governing


def _source_inputs(context: Context) -> dict[str, str]:
    # By origin, since a document's id is made of it: a file that moved inside its source is another input.
    corpus = context.recipe.corpus
    files = [file for source in corpus.sources for file in locate(source).files]
    local = [file.path for file in files if not file.digest]
    digest_of = dict(zip(local, context.digests.sha256_all(local, corpus.threads), strict=True))
    sources = {f"{file.source}/{file.origin}": file.digest or digest_of[file.path] for file in files}
    beside = {name: context.digests.sha256(path) for name, path in stage_files(corpus).items()}
    # Receipts of all runs are called alike, and their order says nothing: they are named by what they hold.
    for path in corpus.erased:
        listed_documents(path)
        digest = context.digests.sha256(path)
        beside[f"erased/{digest[:16]}"] = digest
    return sources | beside


def _tokenizer_inputs(context: Context) -> dict[str, str]:
    inputs = {"corpus": directory_input(context, "corpus", "corpus")}
    tokenizer = context.recipe.tokenizer
    if isinstance(tokenizer, GivenTokenizer):
        files = tokenizer_files(tokenizer.from_)
        inputs |= {f"from/{file.name}": context.digests.sha256(file) for file in files}
    else:
        beside = files_beside(tokenizer)
        inputs |= {name: context.digests.sha256(file) for name, file in beside.items()}
    return inputs


def _tokens_inputs(context: Context) -> dict[str, str]:
    return {
        "corpus": directory_input(context, "corpus", "corpus"),
        "tokenizer": directory_input(context, "tokenizer", "tokenizer"),
    }


def _export_inputs(context: Context) -> dict[str, str]:
    checkpoint = latest_checkpoint(context.run)
    if checkpoint is None:
        raise FileNotFoundError(f"{context.run.path} has no checkpoint yet: run `soofi train` first")
    return {
        "checkpoint": manifest_sha256(checkpoint),
        "corpus": directory_input(context, "corpus", "corpus"),
        "tokenizer": directory_input(context, "tokenizer", "tokenizer"),
    }


def _evaluation_inputs(context: Context) -> dict[str, str]:
    return {
        "export": directory_input(context, "export", "export"),
        "tokens": directory_input(context, "tokens", "tokens"),
    }


def _report_inputs(context: Context) -> dict[str, str]:
    return {
        "evaluation": directory_input(context, "evaluation", "evaluate"),
        "export": directory_input(context, "export", "export"),
        "metrics": sha256_file(context.run.metrics),
    }


_ALL: tuple[Stage, ...] = (
    DirectoryStage(
        name="corpus",
        after=(),
        kind="stage",
        directory_name="corpus",
        inputs=_source_inputs,
        governing=corpus_governing,
        make=make_corpus,
        facts=corpus_facts,
        feeds_training=True,
    ),
    DirectoryStage(
        name="tokenizer",
        after=("corpus",),
        kind="tokenizer",
        directory_name="tokenizer",
        inputs=_tokenizer_inputs,
        governing=tokenizer_governing,
        make=make_tokenizer,
        facts=tokenizer_facts,
        feeds_training=True,
    ),
    DirectoryStage(
        name="tokens",
        after=("corpus", "tokenizer"),
        kind="tokens",
        directory_name="tokens",
        inputs=_tokens_inputs,
        governing=tokens_governing,
        make=make_tokens,
        facts=tokens_facts,
        feeds_training=True,
    ),
    TrainStage(),
    DirectoryStage(
        name="export",
        after=("train",),
        kind="export",
        directory_name="export",
        inputs=_export_inputs,
        governing=export_governing,
        make=make_export,
        facts=export_facts,
    ),
    DirectoryStage(
        name="evaluate",
        after=("export", "tokens"),
        kind="evaluate",
        directory_name="evaluation",
        inputs=_evaluation_inputs,
        governing=evaluation_governing,
        make=make_evaluation,
        facts=evaluation_facts,
    ),
    DirectoryStage(
        name="report",
        after=("evaluate",),
        kind="stage",
        directory_name="report",
        inputs=_report_inputs,
        governing=report_governing,
        make=make_report,
        facts=report_facts,
    ),
)

STAGES: dict[str, Stage] = {stage.name: stage for stage in _ALL}
"""Every stage by name."""


def in_order() -> list[Stage]:
    """All stages, each after those whose results it reads."""
    order = TopologicalSorter({stage.name: stage.after for stage in _ALL}).static_order()
    return [STAGES[name] for name in order]
