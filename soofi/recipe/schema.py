"""The schema of a whole run."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Discriminator, Field, Tag, field_validator, model_validator

from soofi.recipe.cluster import Cluster
from soofi.recipe.corpus import Corpus
from soofi.recipe.fields import Section, field
from soofi.recipe.languages import check_language, check_languages
from soofi.recipe.model import Model
from soofi.recipe.tokenizer import GivenTokenizer, Tokenizer, meant
from soofi.recipe.train import Stage, Train

FORMAT = "soofi.recipe/1"

LEARNED, GIVEN = "(learned)", "(given)"
"""Tags of the two kinds of tokenizer; pydantic puts them into the place of an error, where no field is called so."""


def _kind_of_tokenizer(value: Any) -> str:
    if isinstance(value, BaseModel):
        return GIVEN if isinstance(value, GivenTokenizer) else LEARNED
    return GIVEN if isinstance(value, dict) and "from" in value else LEARNED


class Tokens(Section):
    """Token shards."""

    workers: int = field(
        2,
        "Processes that encode at once; does not change the result.",
        on_resume="free",
        ge=1,
    )
    packed_lengths: list[Annotated[int, Field(ge=8)]] = field(
        [],
        "Sequence lengths in tokens for which documents are packed into windows, for stages with packing best_fit, those of "
        "child runs among them.",
    )

    @field_validator("packed_lengths")
    @classmethod
    def _each_once(cls, lengths: list[int]) -> list[int]:
        if twice := [length for length in lengths if lengths.count(length) > 1]:
            raise ValueError(f"{twice[0]} is named twice")
        return lengths


class Export(Section):
    """The Hugging Face directory at the end of a run."""

    model_name: str | None = field(
        None, "Name on the model card; without it the run's name.", on_resume="free"
    )
    licence: str = field("apache-2.0", "Licence of the weights on the model card.", on_resume="free")
    architecture: Literal["auto", "Qwen3ForCausalLM", "Qwen3MoeForCausalLM", "Glm4MoeForCausalLM"] = field(
        "auto",
        "Stock architecture that must compute the model; auto takes the one that does.",
        on_resume="free",
    )
    precision: Literal["as_trained", "fp32", "bf16"] = field(
        "as_trained",
        "Type of the exported weights; as_trained is the type the model computed with.",
        on_resume="free",
    )


class Evaluate(Section):
    """Figures of the exported model."""

    bytes_per_language: int = field(
        20_000,
        "Bytes of held-out text per language that are read, at most.",
        on_resume="free",
        ge=1,
    )


class Generate(Section):
    """Samples that the run ends with."""

    prompts: dict[str, str] = field(
        {},
        "Language to the beginning of a text; the model goes on from there.",
        on_resume="free",
    )
    new_tokens: int = field(60, "Tokens to generate for each.", on_resume="free", ge=1)
    temperature: float = field(0.7, "0 is greedy.", on_resume="free", ge=0)

    _languages = field_validator("prompts")(
        lambda prompts: {check_language(tag): text for tag, text in prompts.items()}
    )


class Recipe(Section):
    """One run, from raw text to an exported model."""

    format: Literal["soofi.recipe/1"] = field(FORMAT, "Version of this schema.")
    name: str = field(
        description="Name of the run; its directory is called so.",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
    )
    description: str = field("", "One line about the run.", on_resume="free")
    parent: str | None = field(
        None,
        "RUN@STEP: the run, by its directory or by its name beside this run, after whose step STEP this one begins.",
    )
    seed: int = field(1, "Seed of every random number of the run.", ge=0, lt=2**32)
    run_root: Path = field(
        Path("runs"),
        "Directory that holds run directories; a relative one is taken from where the command is typed.",
        on_resume="free",
    )
    languages: list[str] = field(
        description="BCP-47 tags of the languages that the run must have text in.",
        min_length=1,
    )
    corpus: Corpus = field(description="Text and its cleaning.")
    tokenizer: Annotated[
        Annotated[Tokenizer, Tag(LEARNED)] | Annotated[GivenTokenizer, Tag(GIVEN)],
        Discriminator(_kind_of_tokenizer),
    ] = field(
        description="The vocabulary: `specification: PATH` reads what is learned from a file, `from: DIR` takes one as it is."
    )
    tokens: Tokens = field(Tokens(), "Token shards.")
    model: Model = field(description="The transformer.")
    stages: list[Stage] = field(description="Stages of training, in order.", min_length=1)
    train: Train = field(description="The training loop.")
    cluster: Cluster | None = field(
        None,
        "Hardware that the run is planned for; without it that of this machine.",
        on_resume="recorded",
    )
    export: Export = field(Export(), "The Hugging Face directory.")
    evaluate: Evaluate = field(Evaluate(), "Figures of the exported model.")
    generate: Generate = field(Generate(), "Samples at the end.")

    @field_validator("parent")
    @classmethod
    def _parent(cls, parent: str | None) -> str | None:
        run, _, step = (parent or "run@1").rpartition("@")
        if not run or not (step.isascii() and step.isdigit() and int(step)):
            raise ValueError(
                f"'{parent}' is no RUN@STEP: write a run and its checkpoint's step, such as quickstart@600"
            )
        return parent

    @field_validator("languages")
    @classmethod
    def _languages(cls, tags: list[str]) -> list[str]:
        check_languages(tags)
        return tags

    @model_validator(mode="after")
    def _fits(self) -> "Recipe":
        names = [stage.name for stage in self.stages]
        for index, stage in enumerate(self.stages):
            here = f"stages[{index}]"
            if names.count(stage.name) > 1:
                raise ValueError(f"two stages are called '{stage.name}': give each its own name")
            if stage.sequence_length > self.model.max_position_embeddings:
                raise ValueError(
                    f"{here}.sequence_length ({stage.sequence_length}) is longer than model.max_position_embeddings "
                    f"({self.model.max_position_embeddings})"
                )
            goldfish = self.train.loss.goldfish
            if goldfish and goldfish.h >= stage.sequence_length:
                raise ValueError(
                    f"train.loss.goldfish.h ({goldfish.h}) is not shorter than {here}.sequence_length ({stage.sequence_length})"
                )
            factors = stage.mixture.sources
            if factors and all(factors.get(source.name, 1) == 0 for source in self.corpus.sources):
                raise ValueError(f"{here}.mixture.sources leaves out every source of corpus.sources")
            check_layout(self.train, stage, self.planned_ranks or 1, here)
            for source in stage.mixture.sources:
                known = [known.name for known in self.corpus.sources]
                if source not in known:
                    raise ValueError(
                        f"{here}.mixture.sources names '{source}', which corpus.sources does not have ({', '.join(known)})"
                    )
        wanted, computes = self.export.architecture, self.model.architecture
        if wanted not in ("auto", computes):
            router = (
                f"model.experts.balance {self.model.experts.balance}"
                if self.model.experts
                else "no model.experts"
            )
            raise ValueError(
                f"export.architecture {wanted} does not compute a model with {router}: write {computes} or auto"
            )
        cluster, ranks = self.cluster, self.train.ranks
        if cluster and ranks not in (None, cluster.gpus_per_node):
            raise ValueError(
                f"train.ranks ({ranks}) and cluster.gpus_per_node ({cluster.gpus_per_node}) differ: a machine has one rank a "
                "GPU; leave train.ranks out, or set cluster to null"
            )
        total = sum(stage.tokens for stage in self.stages)
        # A child run's schedule begins with its parent's first token: only the whole table can tell.
        if (
            self.parent is None
            and self.train.schedule.warmup_tokens + self.train.schedule.decay_tokens > total
        ):
            raise ValueError(
                f"train.schedule.warmup_tokens and train.schedule.decay_tokens together are longer than the stages ({total} tokens)"
            )
        return self

    @model_validator(mode="after")
    def _packing(self) -> "Recipe":
        """Windows are packed by the tokens stage, for lengths that it must know; a child's were packed with its parent's."""
        lengths, longest = self.tokens.packed_lengths, self.model.max_position_embeddings
        for index, stage in enumerate(self.stages):
            if stage.packing == "best_fit" and stage.sequence_length not in lengths:
                raise ValueError(
                    f"stages[{index}].packing best_fit needs stages[{index}].sequence_length ({stage.sequence_length}) among "
                    f"tokens.packed_lengths ({lengths}): add it there"
                )
        if lengths and max(lengths) > longest:
            raise ValueError(
                f"tokens.packed_lengths ({max(lengths)}) is longer than model.max_position_embeddings ({longest})"
            )
        return self

    @model_validator(mode="after")
    def _fp8(self) -> "Recipe":
        """Products in fp8 need sides in multiples of 16, and layers between the first and the last."""
        if self.train.precision != "fp8":
            return self
        model, experts = self.model, self.model.experts
        if model.num_hidden_layers < 3:
            raise ValueError(
                f"train.precision fp8 leaves the first and last layers in bf16, and model.num_hidden_layers is "
                f"{model.num_hidden_layers}: set train.precision=bf16"
            )
        sides = {
            "model.hidden_size": model.hidden_size,
            "model.intermediate_size": model.intermediate_size,
            "model.num_attention_heads × model.head_dim": model.num_attention_heads * model.head_dim,
            "model.num_key_value_heads × model.head_dim": model.num_key_value_heads * model.head_dim,
            **(
                {
                    "model.experts.moe_intermediate_size × n_shared_experts": experts.moe_intermediate_size
                    * experts.n_shared_experts
                }
                if experts
                else {}
            ),
            **{f"stages[{i}].sequence_length": stage.sequence_length for i, stage in enumerate(self.stages)},
        }
        for name, side in sides.items():
            if side % 16:
                raise ValueError(f"train.precision fp8 needs multiples of 16, and {name} is {side}")
        return self

    @model_validator(mode="after")
    def _vocabulary(self) -> "Recipe":
        if not isinstance(self.tokenizer, Tokenizer):
            return self
        for tag in (*self.tokenizer.languages, *self.tokenizer.weights):
            if tag not in (*self.languages, "zxx"):
                raise ValueError(
                    f"tokenizer: '{tag}' is not among the run's languages: {meant(tag, self.languages)}"
                )
        if self.model.initialise_from is not None:
            raise ValueError(
                "model.initialise_from begins with embeddings of another vocabulary than the one that tokenizer would learn: set "
                "tokenizer: {from: DIR} to the same directory"
            )
        rows = self.model.vocab_size
        if rows and rows < self.tokenizer.vocabulary_size:
            raise ValueError(
                f"model.vocab_size ({rows}) is smaller than tokenizer.vocabulary_size ({self.tokenizer.vocabulary_size})"
            )
        return self

    @property
    def vocabulary_size(self) -> int | None:
        """Rows of the embedding, or None where only the given tokenizer's files say."""
        learned = self.tokenizer.vocabulary_size if isinstance(self.tokenizer, Tokenizer) else None
        return self.model.vocab_size or learned

    @property
    def planned_ranks(self) -> int | None:
        """Ranks of the whole run where the recipe says so: by its cluster, else by `train.ranks`."""
        return self.cluster.gpus if self.cluster else self.train.ranks

    @property
    def parent_directory(self) -> Path | None:
        """Where the files of the run stand that this one goes on from."""
        if self.parent is None:
            return None
        return Path(self.run_root) / self.parent.rpartition("@")[0]  # an absolute path stays what it is

    @property
    def parent_step(self) -> int:
        """Steps that the parent has taken where this run begins; 0 without a parent."""
        return int(self.parent.rpartition("@")[2]) if self.parent else 0

    @property
    def run_directory(self) -> Path:
        """Where the run's files stand."""
        return Path(self.run_root) / self.name


def check_layout(train: Train, stage: Stage, ranks: int, subject: str = "the stage") -> None:
    """Raise ValueError unless every step of the stage divides over `ranks` and their micro batches."""
    unit = ranks * (train.micro_batch_samples or 1)
    for batch in stage.batches:
        if batch % unit:
            micro = (
                f" × train.micro_batch_samples ({train.micro_batch_samples})"
                if train.micro_batch_samples
                else ""
            )
            which = ".batch_samples" if batch == stage.batch_samples else ".batch_ramp reaches a batch that"
            raise ValueError(
                f"{subject}{which} ({batch}) is not a multiple of the number of ranks ({ranks}){micro}"
            )
