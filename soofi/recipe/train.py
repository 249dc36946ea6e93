"""The recipe's words for training: stages, optimizer, schedule, layout, checkpoints."""

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from soofi.recipe.fields import Section, field
from soofi.recipe.languages import check_language
from soofi.recipe.loss import Loss
from soofi.recipe.zero import Zero

Factor = Annotated[float, Field(ge=0)]
Decay = Annotated[float, Field(ge=0, lt=1)]
Packing = Literal["tiled", "best_fit"]
"""How windows are cut from a stream."""


class Mixture(Section):
    """Weights with which streams (source × language) are sampled.

    Languages are weighted by exponent and factor; within a language its sources in proportion to their tokens.
    """

    exponent: float = field(
        0.3,
        "A language's weight is its tokens to this power: 1 natural, 0 uniform.",
        ge=0,
        le=1,
    )
    sources: dict[str, Factor] = field({}, "Factor on all streams of a source; 0 leaves it out.")
    languages: dict[str, Factor] = field({}, "Factor on all streams of a language; 0 leaves it out.")
    maximum_epochs: float = field(
        4.0,
        "`soofi corpus mixture` warns of a stream that the run reads more often; to about 4 times text is as good as new "
        "(Muennighoff et al. 2023, arXiv 2305.16264).",
        on_resume="free",
        gt=0,
    )

    @field_validator("languages")
    @classmethod
    def _languages(cls, factors: dict[str, float]) -> dict[str, float]:
        return {check_language(tag): factor for tag, factor in factors.items()}


class BatchRamp(Section):
    """Small batches at the beginning of a stage, which grow to its `batch_samples` in equal increments."""

    from_samples: int = field(description="Samples of the first steps.", ge=1)
    increment_samples: int = field(description="Samples by which the batch grows each time.", ge=1)
    tokens: int = field(
        description="Tokens over which it grows, the same share for each batch; rounded to whole steps.", gt=0
    )


class Stage(Section):
    """One stage of training: sequence length, mixture and, unless it grows at first, batch are constant."""

    name: str = field(description="Name of the stage.", pattern=r"^[a-z0-9][a-z0-9._-]*$")
    tokens: int = field(
        description="Tokens of the stage, padding included; rounded up to whole steps.",
        gt=0,
    )
    sequence_length: int = field(description="Tokens of one sample.", ge=8)
    batch_samples: int = field(description="Samples of one step over all ranks.", ge=1)
    packing: Packing = field(
        "tiled",
        "tiled cuts each stream into windows wherever they end; best_fit packs whole documents into windows and cuts only "
        "those longer than sequence_length (Ding et al. 2024, arXiv 2404.10830).",
    )
    batch_ramp: BatchRamp | None = field(None, "Whether, and how, the batch grows at the stage's beginning.")
    mixture: Mixture = field(Mixture(), "How streams are weighted.")

    @model_validator(mode="after")
    def _ramp_fits(self) -> "Stage":
        ramp = self.batch_ramp
        if ramp and (
            ramp.from_samples >= self.batch_samples
            or (self.batch_samples - ramp.from_samples) % ramp.increment_samples
        ):
            raise ValueError(
                f"batch_ramp.from_samples ({ramp.from_samples}) must be smaller than batch_samples ({self.batch_samples}) "
                f"by a multiple of batch_ramp.increment_samples ({ramp.increment_samples})"
            )
        if ramp and ramp.tokens > self.tokens:
            raise ValueError(
                f"batch_ramp.tokens ({ramp.tokens}) are more than the stage's tokens ({self.tokens})"
            )
        return self

    @property
    def batches(self) -> list[int]:
        """Every number of samples that a step of the stage may have."""
        ramp = self.batch_ramp
        growing = range(ramp.from_samples, self.batch_samples, ramp.increment_samples) if ramp else ()
        return [*growing, self.batch_samples]


class Optimizer(Section):
    """AdamW (Loshchilov & Hutter 2019)."""

    name: Literal["adamw"] = field("adamw", "Which optimizer.")
    learning_rate: float = field(description="Peak learning rate of matrices.", gt=0)
    embedding_learning_rate: float | None = field(
        None, "Peak learning rate of embeddings; without it learning_rate.", gt=0
    )
    betas: tuple[Decay, Decay] = field((0.9, 0.95), "Decay of the first and second moment.")
    eps: float = field(1e-8, "Added to the root of the second moment.", gt=0)
    weight_decay: float = field(0.1, "Decoupled decay of matrices; norms and embeddings have none.", ge=0)


class Schedule(Section):
    """Learning rate as a function of tokens seen, after a linear warm-up."""

    kind: Literal["wsd", "cosine", "constant"] = field(
        "wsd",
        "wsd stays at the peak and falls over decay_tokens at the end; cosine falls from the warm-up's end on; constant "
        "never falls.",
    )
    warmup_tokens: int = field(0, "Tokens over which the rate rises from 0 to its peak.", ge=0)
    decay_tokens: int = field(0, "wsd: tokens at the end over which the rate falls.", ge=0)
    decay_shape: Literal["linear", "1-sqrt", "cosine"] = field("1-sqrt", "wsd: how the rate falls.")
    minimum_ratio: float = field(
        0.0, "wsd and cosine: rate at the end as a share (0 to 1) of the peak.", ge=0, le=1
    )

    @model_validator(mode="after")
    def _decay_is_of_wsd(self) -> "Schedule":
        if self.decay_tokens and self.kind != "wsd":
            raise ValueError(
                f"decay_tokens ({self.decay_tokens}) is for kind wsd: take it out, or set kind to wsd instead of {self.kind}"
            )
        return self


class Checkpoints(Section):
    """When the run's state is saved and what is kept."""

    every_steps: int = field(
        1000,
        "Steps between checkpoints; the last step always has one.",
        on_resume="free",
        ge=1,
    )
    keep_last: int = field(2, "How many of the newest checkpoints are kept.", on_resume="free", ge=1)
    keep_every_steps: int | None = field(
        None, "Checkpoints after a multiple of so many steps are kept for good.", on_resume="free", ge=1
    )
    keep_best: int = field(
        0,
        "How many of the best by bits per byte on held-out text are kept; only steps that were measured count.",
        on_resume="free",
        ge=0,
    )
    on_failure: Literal["stop", "continue"] = field(
        "stop",
        "What the run does when a checkpoint cannot be written; the earlier ones stay whole either way.",
        on_resume="free",
    )


class Validation(Section):
    """Measurement of held-out text during training."""

    every_steps: int = field(
        1000,
        "Steps between measurements; the last step always has one.",
        on_resume="free",
        ge=1,
    )
    bytes_per_language: int = field(
        20_000,
        "Bytes of held-out text per language that are read, at most.",
        on_resume="free",
        ge=1,
    )


class Train(Section):
    """The sharded training loop."""

    optimizer: Optimizer = field(description="The optimizer.")
    schedule: Schedule = field(Schedule(), "The learning rate's course.")
    loss: Loss = field(Loss(), "What is minimised.")
    gradient_clipping: float = field(
        1.0, "Greatest norm of the whole gradient; 0 switches clipping off.", ge=0
    )
    precision: Literal["bf16", "fp32", "fp8"] = field(
        "bf16",
        "Arithmetic of the model; master weights and moments are always fp32. fp8 is bf16 with the matrix products of all "
        "but the first and last layers in fp8.",
    )
    zero_stage: Literal[0, 1, 2, 3] = field(2, "DeepSpeed ZeRO stage.", on_resume="recorded")
    ranks: int | None = field(
        None,
        "Processes that `soofi train` starts on this machine: without it one a GPU, or two on CPU.",
        on_resume="recorded",
        ge=1,
    )
    threads_per_rank: int = field(1, "CPU threads of one rank.", on_resume="recorded", ge=1)
    micro_batch_samples: int | None = field(
        None,
        "Samples that one rank computes at once; without it its whole share of the step.",
        on_resume="recorded",
        ge=1,
    )
    prefetch_steps: int = field(
        2,
        "Steps whose samples are made ready in the background while one is computed; 0 reads each when it is needed.",
        on_resume="free",
        ge=0,
    )
    activation_checkpointing: float = field(
        0.0,
        "Share (0 to 1) of layers that are computed again in the backward pass to save memory; true is 1, false 0.",
        on_resume="free",
        ge=0,
        le=1,
    )
    compile: bool = field(
        False,
        "Whether layers are compiled (torch.compile): the first step takes minutes, the others are faster.",
        on_resume="recorded",
    )
    deterministic: bool = field(
        False,
        "Whether a run on GPUs repeats bit for bit; costs speed. A run on CPU always does.",
        on_resume="recorded",
    )
    zero: Zero = field(Zero(), "How ZeRO communicates.", on_resume="recorded")
    checkpoints: Checkpoints = field(Checkpoints(), "When the state is saved.")
    validation: Validation = field(Validation(), "Measurement of held-out text.")
    log_every_steps: int = field(
        10,
        "Steps between plain progress lines where there is no terminal.",
        on_resume="free",
        ge=1,
    )

    @field_validator("activation_checkpointing", mode="before")
    @classmethod
    def _all_or_none(cls, share: Any) -> Any:
        """Recipes of earlier runs say true or false."""
        return float(share) if isinstance(share, bool) else share

    @model_validator(mode="after")
    def _possible(self) -> "Train":
        if self.zero.hpz_partition_size > 1 and self.zero_stage != 3:
            raise ValueError(
                f"zero.hpz_partition_size ({self.zero.hpz_partition_size}) is for zero_stage 3, not {self.zero_stage}: set it to 1"
            )
        if self.zero_stage == 0 and self.precision != "fp32":
            raise ValueError(
                f"zero_stage 0 with precision {self.precision} has no fp32 gradient accumulation: use zero_stage 1 or precision fp32"
            )
        return self
