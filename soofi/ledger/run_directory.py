"""Where everything of a run stands."""

from dataclasses import dataclass
from pathlib import Path

from soofi.ledger.chain import Ledger


@dataclass(frozen=True)
class RunDirectory:
    """Paths inside `runs/<name>/`; nothing is created by asking for one."""

    path: Path

    @property
    def recipe(self) -> Path:
        """The resolved recipe, as run."""
        return self.path / "recipe.yaml"

    @property
    def ledger(self) -> Ledger:
        """The hash-chained record."""
        return Ledger(self.path / "ledger.jsonl")

    @property
    def corpus(self) -> Path:
        """Kept and dropped documents, accounting."""
        return self.path / "corpus"

    @property
    def tokenizer(self) -> Path:
        """The vocabulary."""
        return self.path / "tokenizer"

    @property
    def tokens(self) -> Path:
        """Token shards."""
        return self.path / "tokens"

    @property
    def checkpoints(self) -> Path:
        """Checkpoints and the pointer `latest`."""
        return self.path / "checkpoints"

    @property
    def export(self) -> Path:
        """The Hugging Face model directory."""
        return self.path / "export"

    @property
    def evaluation(self) -> Path:
        """Per-language figures of the exported model."""
        return self.path / "evaluation"

    @property
    def report(self) -> Path:
        """Loss plot and samples."""
        return self.path / "report"

    @property
    def metrics(self) -> Path:
        """One JSON object a step."""
        return self.path / "metrics.jsonl"

    @property
    def stage_table(self) -> Path:
        """The recipe's stages resolved into steps, samples, tokens and cursors."""
        return self.path / "stage_table.json"

    @property
    def fork(self) -> Path:
        """Of a child run: where it begins, and its parent's part of the stage table."""
        return self.path / "fork.json"

    @property
    def engine_configuration(self) -> Path:
        """DeepSpeed's configuration, as run."""
        return self.path / "deepspeed.json"

    @property
    def logs(self) -> Path:
        """What libraries and ranks said."""
        return self.path / "logs"

    @property
    def digest_cache(self) -> Path:
        """Digests by size and modification time, for skipping finished stages."""
        return self.path / ".digests.json"
