"""From a plain model to a DeepSpeed engine: what is applied to it, in order."""

from typing import Any

import torch

from soofi.model import LossOptions, Weights
from soofi.recipe import Model, Train, Zero
from soofi.train.first_weights import build_with_weights
from soofi.train.libraries import compiler_left_alone, import_deepspeed
from soofi.train.mesh import Mesh
from soofi.train.optimizer import build_optimizer
from soofi.train.transforms import transform


def engine_configuration(train: Train, micro_batch_samples: int, accumulation: int) -> dict[str, Any]:
    """DeepSpeed's configuration: precision, ZeRO stage, clipping.

    Micro batch and accumulation are stated for its checks only: the loop marks accumulation boundaries itself, so a
    stage may change its batch. Gradients are summed in fp32 over micro batches and over ranks. Under fp8 parameters are
    bf16, as DeepSpeed sees them.
    """
    bf16 = train.precision != "fp32"
    return {
        "train_micro_batch_size_per_gpu": micro_batch_samples,
        "gradient_accumulation_steps": accumulation,
        "gradient_clipping": train.gradient_clipping,
        "bf16": {"enabled": bf16},
        **({"data_types": {"grad_accum_dtype": "fp32"}} if bf16 else {}),
        "communication_data_type": "fp32",
        "zero_optimization": {
            "stage": train.zero_stage,
            # Overlapping reduction with the backward pass has silently corrupted gradients in a real run; it stays off
            # until a test here shows that it does not.
            "overlap_comm": False,
            "contiguous_gradients": True,
            **({"reduce_bucket_size": train.zero.reduce_bucket_size} if train.zero_stage else {}),
            **(_partitioned_weights(train.zero) if train.zero_stage == 3 else {}),
        },
        "steps_per_print": 2**31 - 1,
        "wall_clock_breakdown": False,
    }


def _partitioned_weights(zero: Zero) -> dict[str, int]:
    """What only stage 3 reads."""
    return {
        "stage3_prefetch_bucket_size": zero.prefetch_bucket_size,
        "stage3_param_persistence_threshold": zero.param_persistence_threshold,
        "stage3_max_live_parameters": zero.max_live_parameters,
        "zero_hpz_partition_size": zero.hpz_partition_size,
    }


def build_engine(
    model: Model,
    train: Train,
    vocabulary_size: int,
    weights: Weights | None,
    configuration: dict[str, Any],
    device: torch.device,
) -> Any:
    """Build the model with its first weights and hand it to DeepSpeed. Collective: every rank calls it.

    Order: weights (each rank its part, in the working precision) → `transform` → precision and ZeRO (DeepSpeed).
    `weights` None: zeros, for a checkpoint to be loaded over.
    """
    transformer = build_with_weights(model, vocabulary_size, weights, configuration, device)
    transformer.loss_options = LossOptions(z_loss=train.loss.z_loss, chunk_tokens=train.loss.chunk_tokens)
    transform(transformer, train, device)
    deepspeed = import_deepspeed()
    with compiler_left_alone():
        engine, *_ = deepspeed.initialize(
            model=transformer,
            optimizer=build_optimizer(transformer, train.optimizer),
            config=configuration,
            dist_init_required=False,
        )
    if train.zero_stage == 1 and train.precision != "fp32" and torch.distributed.get_world_size() == 1:
        # Alone, there is nothing to sum, but DeepSpeed would copy all gradients into one buffer and back.
        engine.enable_backward_allreduce = False
    return engine


def apply_gradients(engine: Any) -> float:
    """Take the optimizer step and return the norm of the whole gradient before clipping.

    ZeRO 1 to 3 keep the norm themselves; stage 0 does not tell it, but every rank holds the whole summed gradient. Its
    squares are summed in fp64, as DeepSpeed does: in fp32 a matrix of 262,144 values was seen to cost six digits.
    """
    norm: Any = None
    if engine.zero_optimization_stage() == 0:
        norms = [
            torch.linalg.vector_norm(parameter.grad, dtype=torch.float64)
            for parameter in engine.module.parameters()
            if parameter.grad is not None
        ]
        norm = torch.linalg.vector_norm(torch.stack(norms))
    engine.step()
    return float(engine.get_global_grad_norm() if norm is None else norm)


def device_of(mesh: Mesh) -> torch.device:
    """The rank's device: its own GPU where there are any, else the CPU."""
    if not torch.cuda.is_available():
        return torch.device("cpu")
    if mesh.local_rank >= torch.cuda.device_count():
        raise ValueError(
            f"rank {mesh.local_rank} of this machine has no GPU: there are {torch.cuda.device_count()}; start one rank a GPU"
        )
    return torch.device("cuda", mesh.local_rank)
